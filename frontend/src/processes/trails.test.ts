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
  trails.add([process('a', 1)]);
  trails.add([process('a', null)]);
  trails.add([process('a', 3)]);
  const trail = Array.from(trails.of('a') ?? []);
  expect(trail).toHaveLength(trailLength);
  expect(trail.slice(-4)).toEqual([NaN, 1, NaN, 3]);
});

test('it turns over after five minutes', () => {
  const trails = createTrails();
  for (let i = 0; i < trailLength + 5; i++) trails.add([process('a', i)]);
  const trail = Array.from(trails.of('a') ?? []);
  expect([trail[0], trail.at(-1)]).toEqual([5, trailLength + 4]);
});

test('a process that is gone leaves nothing behind', () => {
  const trails = createTrails();
  trails.add([process('a', 1), process('b', 1)]);
  trails.add([process('b', 1)]);
  expect(trails.of('a')).toBeUndefined();
});
