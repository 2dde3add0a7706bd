import { expect, test } from 'vitest';
import type { Process } from './rows';
import { createTrails, trailLength } from './trails';

const process = (key: string, cpu: number | null): Process => ({
  key,
  cpu,
  name: '',
  pid: 1,
  user: '',
  state: 'S',
  memory: 0,
  io: 0,
  threads: 1,
  cgroup: '',
});

test('the newest value stands last and what was not seen is missing', () => {
  const trails = createTrails();
  trails.add(1, [process('a', 1)]);
  trails.add(3, [process('a', null)]);
  trails.add(4, [process('a', 3)]);
  const trail = Array.from(trails.of('a') ?? []);
  expect(trail).toHaveLength(trailLength);
  expect(trail.slice(-4)).toEqual([1, NaN, NaN, 3]);
});

test('it turns over after five minutes', () => {
  const trails = createTrails();
  for (let i = 0; i < trailLength + 5; i++) trails.add(i, [process('a', i)]);
  const trail = Array.from(trails.of('a') ?? []);
  expect([trail[0], trail.at(-1)]).toEqual([5, trailLength + 4]);
});

test('a process that is gone leaves nothing behind', () => {
  const trails = createTrails();
  trails.add(1, [process('a', 1), process('b', 1)]);
  trails.add(2, [process('b', 1)]);
  expect(trails.of('a')).toBeUndefined();
});

test('what is remembered fills what was not seen, and overwrites nothing', () => {
  const trails = createTrails();
  trails.add(1000, [process('a', 7)]);
  trails.fill(999, [process('a', 6), process('gone', 1)]);
  trails.fill(1000, [process('a', 1)]);
  trails.fill(700, [process('a', 1)]);
  expect(Array.from(trails.of('a') ?? []).filter((value) => !Number.isNaN(value))).toEqual([6, 7]);
  expect(trails.of('gone')).toBeUndefined();
});

test('a row that was missed leaves a hole, not what stood there five minutes before', () => {
  const trails = createTrails();
  for (let i = 1; i <= trailLength; i++) trails.add(i, [process('a', i)]);
  trails.add(trailLength + 2, [process('a', 0)]);
  expect(Array.from(trails.of('a') ?? []).slice(-3)).toEqual([trailLength, NaN, 0]);
});
