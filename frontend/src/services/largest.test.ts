import { expect, test } from 'vitest';
import type { Taken as Column } from '../processes/history';
import { largestOf, peakOf, type ServiceSecond } from './largest';
import type { Service } from './rows';

type Taken = Partial<Record<Column, number | null>>;

const service = (name: string, taken: Taken, cgroup = `/${name}`): Service => ({ cpu: null, memory: null, io: null, ...taken, key: name, name, cgroup }) as Service;
const second = (t: number, rows: readonly Service[], others: ServiceSecond['others'] = { count: 0, cpu: 0, io: 0 }): ServiceSecond => ({ t, rows, others });
const cpu = (t: number, all: Readonly<Record<string, number>>): ServiceSecond => second(t, Object.entries(all).map(([name, value]) => service(name, { cpu: value })));
const taken = (seconds: readonly ServiceSecond[], column: Column = 'cpu') => largestOf(seconds, column).map(({ name, points }) => [name, ...points.map((point) => point.taken)]);

test('the six that took most over the whole stretch have a line, and the others one together', () => {
  const lines = taken([cpu(1, { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 0 }), cpu(2, { a: 30, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 0.5 })]);
  expect(lines).toEqual([['a', 1, 30], ['g', 7, 7], ['f', 6, 6], ['e', 5, 5], ['d', 4, 4], ['c', 3, 3], ['all others', 2, 2.5]]);
});

test('who was not among those of a second is missing in it, and not 0', () => {
  expect(taken([cpu(1, { a: 1 }), cpu(2, { b: 5 }), cpu(3, { a: 1 })])).toEqual([['b', NaN, 5, NaN], ['a', 1, NaN, 1]]);
  expect(taken([second(1, [service('a', { io: null }), service('b', { io: 0 })])], 'io')).toEqual([]);
});

test('what was not remembered one by one counts where its sum is known, and says nothing where not', () => {
  const others = { count: 9, cpu: 20, io: null };
  const of = (column: Column) => taken([second(1, [service('a', { [column]: 50 })], others), second(2, [service('a', { [column]: 50 })])], column);
  expect(of('cpu')).toEqual([['a', 50, 50], ['all others', 20, 0]]);
  expect(of('io')).toEqual([['a', 50, 50]]);
  expect(of('memory')).toEqual([['a', 50, 50]]);
});

test('one that was started anew within a second is one service', () => {
  expect(taken([second(1, [service('old', { memory: 3 }, '/x'), service('new', { memory: 4 }, '/x')])], 'memory')).toEqual([['new', 7]]);
});

test('a line stays until another one took a tenth more', () => {
  const six = { a: 100, b: 90, c: 80, d: 70, e: 60, f: 50, g: 54 };
  const ids = (before: readonly string[], g: number) => largestOf([cpu(1, { ...six, g })], 'cpu', before).map(({ id }) => id);
  expect(ids([], 54)).toContain('/g');
  const before = ['/a', '/b', '/c', '/d', '/e', '/f'];
  expect(ids(before, 54)).not.toContain('/g');
  expect(ids(before, 56)).toContain('/g');
});

test('lines share a scale', () => {
  expect(peakOf(largestOf([cpu(1, { a: 1, b: 7 }), cpu(2, { a: 9 })], 'cpu'))).toBe(9);
  expect(peakOf([])).toBe(0);
});
