import { expect, test } from 'vitest';
import { TableStore } from '../data/tables';
import type { TableMessage } from '../wire/types';
import { createTableReader } from './from-table';

const observation = (seq: number, rows: TableMessage['rows'], gone: readonly string[] = [], base = seq - 1): TableMessage => ({ type: 'table', table: 'processes', seq, t: 1000 * seq, base, rows, gone: [...gone], cols: [] });

test('a process that did not change is the very one it was, whoever comes and goes beside it', () => {
  const table = new TableStore({ name: 'processes', columns: [{ name: 'name', kind: 'text' }, { name: 'cpu', kind: 'number' }] } as never);
  const read = createTableReader();
  table.apply(observation(1, [['a', { name: 'a', cpu: 1 }], ['b', { name: 'b', cpu: 2 }], ['c', { name: 'c', cpu: 3 }]], [], 0));
  const [, b, c] = read(table);
  table.apply(observation(2, [['c', { cpu: 4 }], ['d', { name: 'd', cpu: 5 }]], ['a']));
  const next = read(table);
  expect(next.map(({ key, name, cpu }) => ({ key, name, cpu }))).toEqual([
    { key: 'b', name: 'b', cpu: 2 },
    { key: 'c', name: 'c', cpu: 4 },
    { key: 'd', name: 'd', cpu: 5 },
  ]);
  expect(next[0]).toBe(b);
  expect(next[1]).not.toBe(c);
  // All of it anew, in another order, as behind an interruption.
  table.apply(observation(3, [['d', { name: 'd', cpu: 6 }], ['b', { name: 'b', cpu: 7 }]], [], 0));
  expect(read(table).map(({ key, cpu }) => [key, cpu])).toEqual([['d', 6], ['b', 7]]);
});
