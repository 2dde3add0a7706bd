import { expect, test } from 'vitest';
import type { Process } from '../processes/rows';
import { linesOf, membersOf, processesShown } from './lines';
import { readerOf, type Service } from './rows';

const columns = ['name', 'parent', 'cgroup', 'cpu', 'memory'] as const;
const info = { columns: columns.map((name) => ({ name, title: name, kind: 'number' as const })) };
const service = (name: string, parent: string, cpu: number): Service => readerOf(info)(name, [name, parent, `/${parent}/${name}`, cpu, 0]);
const process = (pid: number, cgroup: string, cpu: number): Process => ({
  key: `${pid}.1`, name: 'sh', pid, parent: 1, started: null, user: '', state: 'S', cpu, memory: 1, io: null, read: null, written: null, threads: 1, cgroup, command: '',
});
const none = (): undefined => undefined;

test('a list has a row for each service, with bars for shares of the largest', () => {
  const lines = linesOf([service('a', 'x', 10), service('b', 'x', 5)], undefined, none, ({ name }) => name === 'b');
  expect(lines.map(({ name, of, depth, opened, shares }) => [name, of, depth, opened, shares.cpu])).toEqual([['a', 'service', 0, false, 1], ['b', 'service', 0, true, 0.5]]);
});

test('a tree has groups with what is in them, services, and their largest processes', () => {
  const processes = [process(1, '/x/a', 1), process(2, '/x/a/inner', 3), process(3, '/y/c', 1), process(4, '/nowhere', 9)];
  const lines = linesOf([service('a', 'x', 10), service('c', 'y', 4), service('b', 'x', 5), service('top', '', 1)], { processes }, none, () => false);
  expect(lines.map(({ name, of, depth, cpu }) => [name, of, depth, cpu])).toEqual([
    ['x', 'group', 0, 15],
    ['a', 'service', 1, 10],
    ['sh 2', 'process', 2, 3],
    ['sh 1', 'process', 2, 1],
    ['b', 'service', 1, 5],
    ['y', 'group', 0, 4],
    ['c', 'service', 1, 4],
    ['sh 3', 'process', 2, 1],
    ['top', 'service', 0, 1],
  ]);
  const many = Array.from({ length: 9 }, (_, i) => process(i + 1, '/x/a', i));
  expect(linesOf([service('a', 'x', 1)], { processes: many }, none, () => false).filter(({ of }) => of === 'process')).toHaveLength(processesShown);
  expect(membersOf({ cgroup: '/x/a' }, many).map(({ pid }) => pid)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

// Its numbers are what makes the table add up to the host.
test('what no service accounts for has a row like a service, and no processes', () => {
  const rest = readerOf(info)('host', ['kernel and unaccounted', null, null, 7, 3]);
  const all = [service('a', 'x', 10), rest];
  const processes = [process(1, '/x/a', 1), process(2, '', 9), process(3, '/', 9)];
  for (const tree of [undefined, { processes }]) {
    const lines = linesOf(all, tree, none, () => false);
    expect(lines.filter(({ name }) => name === 'kernel and unaccounted').map(({ of, depth, cpu, memory }) => [of, depth, cpu, memory])).toEqual([['service', 0, 7, 3]]);
    // Nothing of it hangs below it.
    expect(lines.at(-1)?.of === 'process').toBe(false);
  }
  expect(membersOf(rest, processes)).toEqual([]);
});
