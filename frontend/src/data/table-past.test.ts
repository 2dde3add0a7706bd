import { expect, test } from 'vitest';
import type { Remembered } from './archive';
import { createTablePast } from './table-past';

const observation = (seq: number): Remembered => ({ seq, t: seq * 1000, rows: [], others: 0, sums: [], partial: '' });

function setUp() {
  const asked: string[] = [];
  const answers: ((found: readonly Remembered[]) => void)[] = [];
  let ready = 0;
  const past = createTablePast({
    fetch: (from, to) =>
      new Promise((resolve) => {
        asked.push(`${from}-${to}`);
        answers.push(resolve);
      }),
    reach: () => 10,
    ready: () => {
      ready++;
    },
  });
  const answer = async (found: readonly Remembered[]): Promise<void> => {
    answers.shift()?.(found);
    await Promise.resolve();
    await Promise.resolve();
  };
  return { past, asked, answer, ready: () => ready };
}

test('a second is asked for once, with what still counts for it, and then known', async () => {
  const { past, asked, answer, ready } = setUp();
  expect(past.at(100)).toBe('loading');
  expect(past.at(100)).toBe('loading');
  expect(asked).toEqual(['90-100']);
  await answer([observation(95), observation(98)]);
  expect(past.at(100)).toMatchObject({ seq: 98 });
  expect(ready()).toBe(1);
  expect(asked).toHaveLength(1);
});

test('of the seconds that a moving cursor passes the last one is asked for', async () => {
  const { past, asked, answer } = setUp();
  for (const seq of [5, 20, 21, 22]) expect(past.at(seq)).toBe('loading');
  expect(asked).toEqual(['1-5']);
  await answer([]);
  expect(past.at(5)).toBe('none');
  expect(asked).toEqual(['1-5', '12-22']);
});

test('what comes for an instance that is gone is not kept', async () => {
  const { past, asked, answer } = setUp();
  past.at(50);
  past.clear();
  await answer([observation(50)]);
  expect(past.at(50)).toBe('loading');
  expect(asked).toEqual(['40-50', '40-50']);
});
