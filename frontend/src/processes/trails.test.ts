import { expect, test } from 'vitest';
import { process } from '../testing/process';
import { createTrails, trailLength } from './trails';

test('the newest value stands last and what was not seen is missing', () => {
  const trails = createTrails();
  trails.add(1, 1000 * 1, [process({ key: 'a', cpu: 1 })]);
  trails.add(3, 1000 * 3, [process({ key: 'a', cpu: null })]);
  trails.add(4, 1000 * 4, [process({ key: 'a', cpu: 3 })]);
  const trail = Array.from(trails.of('a') ?? []);
  expect(trail).toHaveLength(trailLength);
  expect(trail.slice(-4)).toEqual([1, NaN, NaN, 3]);
});

test('it turns over after five minutes', () => {
  const trails = createTrails();
  for (let i = 0; i < trailLength + 5; i++) trails.add(i, 1000 * i, [process({ key: 'a', cpu: i })]);
  const trail = Array.from(trails.of('a') ?? []);
  expect([trail[0], trail.at(-1)]).toEqual([5, trailLength + 4]);
});

test('a process that is gone leaves nothing behind', () => {
  const trails = createTrails();
  trails.add(1, 1000 * 1, [process({ key: 'a', cpu: 1 }), process({ key: 'b', cpu: 1 })]);
  trails.add(2, 1000 * 2, [process({ key: 'b', cpu: 1 })]);
  expect(trails.of('a')).toBeUndefined();
});

test('what is remembered fills what was not seen, and overwrites nothing', () => {
  const trails = createTrails();
  trails.add(1000, 1000 * 1000, [process({ key: 'a', cpu: 7 })]);
  trails.fill(999, 1000 * 999, [process({ key: 'a', cpu: 6 }), process({ key: 'gone', cpu: 1 })]);
  trails.fill(1000, 1000 * 1000, [process({ key: 'a', cpu: 1 })]);
  trails.fill(700, 1000 * 700, [process({ key: 'a', cpu: 1 })]);
  expect(Array.from(trails.of('a') ?? []).filter((value) => !Number.isNaN(value))).toEqual([6, 7]);
  expect(trails.of('gone')).toBeUndefined();
});

test('a row that was missed leaves a hole, not what stood there five minutes before', () => {
  const trails = createTrails();
  for (let i = 1; i <= trailLength; i++) trails.add(i, 1000 * i, [process({ key: 'a', cpu: i })]);
  trails.add(trailLength + 2, 1000 * (trailLength + 2), [process({ key: 'a', cpu: 0 })]);
  expect(Array.from(trails.of('a') ?? []).slice(-3)).toEqual([trailLength, NaN, 0]);
});

test('an observation is remembered with its time, what is not known of it as missing', () => {
  const trails = createTrails();
  trails.add(7, 7000, [process({ key: 'a', cpu: 1, memory: 4096, io: null })]);
  trails.add(9, 9500, [process({ key: 'a', cpu: 2, memory: 8192, io: 16 })]);
  trails.fill(8, 8000, [process({ key: 'a', cpu: null, memory: 4096, io: 0 })]);
  expect(Array.from(trails.points('a'))).toEqual([
    [7, { t: 7000, cpu: 1, memory: 4096, io: NaN }],
    [8, { t: 8000, cpu: NaN, memory: 4096, io: 0 }],
    [9, { t: 9500, cpu: 2, memory: 8192, io: 16 }],
  ]);
  expect(Array.from(trails.points('b'))).toEqual([]);
});
