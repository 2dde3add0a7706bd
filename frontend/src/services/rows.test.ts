import { expect, test } from 'vitest';
import type { Cell } from '../data/tables';
import { identity, isIn, matching, readerOf, suspects, worstFirst } from './rows';

const columns = ['name', 'kind', 'cpu', 'cpuLimit', 'memory', 'memoryLimit', 'throttled', 'oom', 'io', 'netIn', 'netOut', 'pids', 'pressureMemory', 'cgroup'];
const bad = { throttled: { warn: 25 }, oom: { crit: 1 }, memory: { warn: 95, of: 'memoryLimit' }, pressureMemory: { warn: 5 } };
const info = { columns: columns.map((name) => ({ name, title: name, kind: 'number' as const, ...(name in bad && bad[name as keyof typeof bad]) })) };
const read = (cells: Readonly<Record<string, Cell>>) => readerOf(info)('1', columns.map((name) => cells[name] ?? null));

test('what is missing is missing, and never 0', () => {
  expect(read({ name: 'api', kind: 'docker', netIn: 1 })).toMatchObject({
    key: '1', name: 'api', kind: 'docker', cpu: null, cpuLimit: null, memory: null, memoryLimit: null, io: null, network: null, tasks: null, restarts: null, level: 'ok', word: '',
  });
});

test('a service says what is wrong with itself, by what stands with the columns, the worst first', () => {
  expect(read({ throttled: 24.9 }).level).toBe('ok');
  expect(read({ throttled: 25 })).toMatchObject({ level: 'warn', word: 'throttled 25 % of the time' });
  expect(read({ memory: 94, memoryLimit: 100 }).level).toBe('ok');
  expect(read({ memory: 95, memoryLimit: 100 })).toMatchObject({ level: 'warn', word: 'near its memory limit' });
  expect(read({ memory: 95, memoryLimit: 100, pressureMemory: 4.9 }).level).toBe('ok');
  expect(read({ memory: 95, memoryLimit: 100, pressureMemory: 5 }).level).toBe('warn');
  expect(read({ memory: 95 }).level).toBe('ok');
  expect(read({ throttled: 90, oom: 1 })).toMatchObject({ level: 'critical', word: 'killed for its memory' });
  const all = [read({ name: 'calm' }), read({ name: 'slow', throttled: 50 }), read({ name: 'also calm' }), read({ name: 'dead', oom: 2 })];
  expect(worstFirst(all).map(({ name }) => name)).toEqual(['dead', 'slow', 'calm', 'also calm']);
  // A server that says nothing of what is bad is believed.
  expect(readerOf({ columns: info.columns.map(({ name, title, kind }) => ({ name, title, kind })) })('1', columns.map((name) => (name === 'throttled' ? 100 : null))).level).toBe('ok');
});

test('a table of another version is read as far as it goes', () => {
  expect(readerOf({ columns: [] })('1', ['x'])).toMatchObject({ name: '', cpu: null, level: 'ok' });
});

test('a service with a fifth of what is bad is marked', () => {
  const all = [read({ name: 'big', io: 80 }), read({ name: 'small', io: 19 }), read({ name: 'none' })];
  expect(all.map(suspects(['io'], { cpu: null, io: null, memory: 0 }, all))).toEqual(['io', undefined, undefined]);
  // What the host does beside its services counts where that is more.
  expect(all.map(suspects(['io'], { cpu: null, io: 1000, memory: 0 }, all))[0]).toBe(undefined);
});

test('services are kept by every word of a filter, and known by their control group', () => {
  const all = [read({ name: 'none' }), read({ name: 'small', kind: 'docker' }), read({ name: 'big', kind: 'systemd', cgroup: '/system.slice/big' })];
  expect(matching(all, 'DOCK sm').map(({ name }) => name)).toEqual(['small']);
  expect(matching(all, ' ')).toBe(all);
  expect(all.map(identity)).toEqual(['none', 'small', '/system.slice/big']);
  expect(['/system.slice/big', '/system.slice/big/inner', '/system.slice/bigger', ''].map((cgroup) => all.filter((each) => isIn(cgroup, each)).map(({ name }) => name))).toEqual([['big'], ['big'], [], []]);
});
