import { expect, test } from 'vitest';
import { process } from '../testing/process';
import { lineOf, mostHistoryMs, pointsOf, stretchOf } from './history';
import type { PastSecond } from './memory';
import { createTrails } from './trails';

const second = (seq: number, key: string, cpu: number): PastSecond => ({
  seq,
  t: seq * 1000,
  rows: [process({ key, cpu, memory: null })],
  others: { count: 0, cpu: 0, io: 0 },
});

test('a short view is shown whole, of a long one what is around the cursor', () => {
  const newest = { seq: 5000, t: 5_000_000 };
  expect(stretchOf({ from: 4_700_000, to: 5_000_000 }, undefined, newest, 1000)).toEqual({ from: 4_700_000, to: 5_000_000, firstSeq: 4700, lastSeq: 5000 });
  const around = stretchOf({ from: 1_400_000, to: 5_000_000 }, 2_000_000, newest, 1000);
  expect([around.from, around.to]).toEqual([2_000_000 - mostHistoryMs / 2, 2_000_000 + mostHistoryMs / 2]);
  expect(around.firstSeq).toBe(1550);
});

test('what the page saw goes before what is remembered, and both are in order', () => {
  const trails = createTrails();
  trails.add(12, 12_000, [process({ key: 'a', cpu: 5 })]);
  const remembered = [second(10, 'a', 1), second(11, 'b', 9), second(12, 'a', 4)];
  const memory = { seconds: () => remembered[Symbol.iterator]() as Generator<PastSecond> };
  const stretch = { from: 9000, to: 13_000, firstSeq: 9, lastSeq: 13 };
  expect(pointsOf('a', stretch, memory, trails).map(({ t, cpu }) => [t, cpu])).toEqual([
    [10_000, 1],
    [11_000, NaN],
    [12_000, 5],
  ]);
  expect(pointsOf('a', { ...stretch, from: 12_000 }, memory, trails)).toHaveLength(1);
});

test('of a column the largest is drawn, and what was not seen is a hole', () => {
  const points = [1, 9, 2, NaN, 5].map((cpu, i) => ({ t: i * 1000, cpu, memory: NaN, io: NaN }));
  const line = lineOf([...points, { t: 40_000, cpu: 3, memory: NaN, io: NaN }], 'cpu', { from: 0, to: 40_000 }, 21);
  expect(Array.from(line.values).slice(0, 4)).toEqual([1, 9, 5, NaN]);
  expect(Array.from(line.values).slice(-2)).toEqual([NaN, 3]);
  expect([line.largest, line.at]).toEqual([9, 1000]);
  expect(lineOf(points, 'memory', { from: 0, to: 40_000 }, 21).largest).toBeNull();
});

test('an observation holds until the next one, unless that says that it was not there', () => {
  const seen = (t: number, cpu: number) => ({ t, cpu, memory: NaN, io: NaN });
  const stretch = { from: 0, to: 6000 };
  expect(Array.from(lineOf([seen(0, 4), seen(3000, 1), seen(6000, 2)], 'cpu', stretch, 7).values)).toEqual([4, 4, 4, 1, 1, 1, 2]);
  expect(Array.from(lineOf([seen(0, 4), seen(1000, NaN), seen(3000, 1)], 'cpu', stretch, 7).values)).toEqual([4, NaN, NaN, 1, NaN, NaN, NaN]);
});
