import { expect, test } from 'vitest';
import { process } from '../testing/process';
import type { Process } from './rows';
import { treeOf, withAncestors } from './tree';

const row = (pid: number, parent: number | null): Process => process({ pid, parent });
const tree = (rows: readonly Process[], order: readonly number[]): string =>
  treeOf(order.map(String), new Map(rows.map((each) => [each.key, each]))).map(({ key, depth }) => '-'.repeat(depth) + key).join(' ');

test('a branch stands where its highest process would', () => {
  const rows = [row(1, 0), row(2, 1), row(3, 1), row(4, 3), row(5, 2)];
  expect(tree(rows, [1, 2, 3, 4, 5])).toBe('1 -2 --5 -3 --4');
  // 4 is on top of the list, so its branch comes first.
  expect(tree(rows, [4, 2, 5, 1, 3])).toBe('1 -3 --4 -2 --5');
});

test('without its parent a process is a root', () => {
  expect(tree([row(7, 3), row(8, 7)], [8, 7])).toBe('7 -8');
});

test('every row is in the tree exactly once, whatever the parents say', () => {
  expect(tree([row(1, 2), row(2, 1), row(3, 3), row(4, 2)], [4, 3, 2, 1]).split(' ').map((each) => each.replaceAll('-', '')).sort()).toEqual(['1', '2', '3', '4']);
});

test('what is filtered keeps the processes it descends from', () => {
  const rows = [row(1, 0), row(2, 1), row(3, 1), row(4, 3)];
  expect(withAncestors([row(4, 3)], rows).map(({ pid }) => pid).sort()).toEqual([1, 3, 4]);
  expect(withAncestors(rows, rows)).toBe(rows);
});
