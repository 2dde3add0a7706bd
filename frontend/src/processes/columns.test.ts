import { expect, test } from 'vitest';
import { process } from '../testing/process';
import { columnsBehind, rankingColumn, shownColumns } from './columns';
import { groupText, tailOf } from './process-cells';

const names = (ranking: Parameters<typeof columnsBehind>[1]) => columnsBehind(shownColumns, ranking).map(({ name }) => name);

test('the column that ranks stands right behind the name, and the others keep their order', () => {
  expect(names('cpu').slice(0, 4)).toEqual(['name', 'cpu', 'memory', 'io']);
  expect(names('io').slice(0, 4)).toEqual(['name', 'io', 'cpu', 'memory']);
  expect(names('memory').slice(0, 4)).toEqual(['name', 'memory', 'cpu', 'io']);
  for (const ranking of ['cpu', 'memory', 'io'] as const) expect(names(ranking).toSorted()).toEqual(names('cpu').toSorted());
  // A name or a state ranks nobody.
  expect(rankingColumn('state')).toBe(undefined);
  expect(names(undefined)).toEqual(names('cpu'));
});

test('processes of one name are told apart by arguments where they are shown, else by their service', () => {
  expect(tailOf(process({ name: 'postgres', cgroup: '/system.slice/postgresql@16-main.service' }))).toBe('postgresql@16-main');
  expect(tailOf(process({ name: 'node', cgroup: '/system.slice/api.service', command: '/usr/bin/node  server.js --port 80' }))).toBe('server.js --port 80');
  // What only says the name again says nothing.
  expect(tailOf(process({ name: 'node', cgroup: `/pods/0123456789ab${'c'.repeat(20)}` }))).toBe('0123456789ab');
  expect(tailOf(process({ name: 'cron', cgroup: '/system.slice/cron.service' }))).toBe('');
  expect(tailOf(process({ name: 'cron', cgroup: '', command: 'cron' }))).toBe('');
  expect(tailOf(process({ name: 'kthreadd', cgroup: '/' }))).toBe('');
});

test('a control group is named in the letters that its column has room for', () => {
  const id = `0123456789ab${'c'.repeat(52)}`;
  for (const [cgroup, text] of [
    ['/system.slice/cron.service', 'cron'],
    [`/docker/${id}`, '0123456789ab'],
    [`/system.slice/docker-${id}.scope`, '0123456789ab'],
    [`/kubepods.slice/kubepods-burstable.slice/cri-containerd-${id}.scope`, '0123456789ab'],
    ['/user.slice/user-1000.slice/vte-spawn-12345678-1234-1234-1234-123456789012.scope', 'vte-spawn…12.scope'],
  ] as const)
    expect(groupText(cgroup), cgroup).toBe(text);
});
