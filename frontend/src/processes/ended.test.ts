import { expect, test } from 'vitest';
import { process } from '../testing/process';
import { endedProcesses } from './ended';
import type { PastSecond } from './memory';

const second = (t: number, ...keys: string[]): PastSecond => ({
  seq: t / 1000,
  t,
  rows: keys.map((key) => process({ key, name: key, pid: Number(key.slice(1)) })),
  others: { count: 0, cpu: 0, io: 0 },
});

test('who is remembered and not there any more has ended, at the second it was seen last', () => {
  const seconds = [second(1000, 'a1', 'b2'), second(2000, 'b2', 'c3'), second(3000, 'c3')];
  expect(endedProcesses(seconds, [process({ key: 'c3' })])).toEqual([
    { key: 'b2', name: 'b2', pid: 2, lastMs: 2000 },
    { key: 'a1', name: 'a1', pid: 1, lastMs: 1000 },
  ]);
  expect(endedProcesses([], [])).toEqual([]);
});
