import { expect, test } from 'vitest';
import type { Remembered } from '../data/archive';
import { blockRows, TableMemory } from './memory';
import { pastOf, type Past, type PastQuestion } from './past';
import { process } from '../testing/process';
import type { Process } from './rows';

/** A memory whose answers are given by hand; every second row has an observation. */
function scene(newest: number) {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  let ready = 0;
  const memory = new TableMemory({
    fetch: (from, to) => {
      asked.push(`${from}-${to}`);
      const found: Remembered[] = [];
      for (let seq = from; seq <= to; seq++) if (seq % 2 === 0) found.push({ seq, t: seq * 1000, rows: [], others: 3, sums: [], partial: '' });
      return new Promise((done) => answers.push(() => done(found)));
    },
    toSecond: ({ seq, others }) => ({ seq, t: seq * 1000, rows: [process({ key: 'a', cpu: seq })], others: { count: others, cpu: 1, io: null } }),
    newest: () => newest,
    reach: () => 10,
    later: () => () => undefined,
    ready: () => ready++,
  });
  const answer = async (): Promise<void> => {
    answers.shift()?.();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { memory, asked, answer, ready: () => ready };
}

test('a block is asked for once, and its neighbours after it', async () => {
  const { memory, asked, answer, ready } = scene(1000);
  expect(memory.at(130)).toBe('loading');
  expect(memory.at(131)).toBe('loading');
  await answer();
  expect(ready()).toBe(1);
  expect(memory.at(131)).toMatchObject({ seq: 130 });
  for (let seq = 120; seq < 180; seq++) expect(memory.at(seq)).toMatchObject({ seq: seq - (seq % 2) });
  await answer();
  expect(asked).toEqual(['120-179', '60-119', '180-239']);
});

test('what is looked at goes before what was wanted ahead', async () => {
  const { memory, asked, answer } = scene(1000);
  memory.prefetch(600);
  memory.at(70);
  await answer();
  expect(asked).toEqual(['600-659', '60-119']);
});

test('five minutes cost six questions, and give a trail', async () => {
  const { memory, asked, answer } = scene(630);
  memory.prefetch(630);
  for (let i = 0; i < 10; i++) await answer();
  expect(asked).toHaveLength(6);
  const known = Array.from(memory.trail('a', 630)).filter((value) => !Number.isNaN(value));
  expect([known[0], known.at(-1), known.length]).toEqual([332, 630, 150]);
});

test('the newest block is asked for again when a row after its answer is looked at', async () => {
  let newest = 100;
  const asked: string[] = [];
  const memory = new TableMemory({
    fetch: (from, to) => {
      asked.push(`${from}-${to}`);
      return Promise.resolve([]);
    },
    toSecond: () => ({ seq: 0, t: 0, rows: [], others: { count: 0, cpu: 0, io: 0 } }),
    newest: () => newest,
    reach: () => 10,
    later: () => () => undefined,
    ready: () => undefined,
  });
  memory.at(100);
  await Promise.resolve();
  await Promise.resolve();
  expect(memory.at(100)).toBe('none');
  newest = 105;
  expect(memory.at(104)).toBe('loading');
  await Promise.resolve();
  await Promise.resolve();
  expect(asked.filter((each) => each.startsWith(String(blockRows)))).toEqual(['60-100', '60-105']);
});

const second = { seq: 5, t: 5000, rows: [], others: { count: 0, cpu: 0, io: 0 } };
const question = (over: Partial<PastQuestion<Process>>): PastQuestion<Process> => ({
  cursor: { t: 5000, pinned: true },
  row: { state: 'held', seq: 5, t: 5000 },
  newest: 9000,
  known: true,
  memory: { at: () => second },
  restedMs: 1000,
  ...over,
});
const live: Past = { type: 'live' };

test('a link to a second waits for the first rows instead of calling it forgotten', () => {
  // Before the first rows there is no row for any second; that was shown as an answer and stayed.
  const before = pastOf(live, question({ known: false, row: { state: 'none', seq: undefined, t: 5000 } }));
  expect(before).toEqual({ type: 'loading', ms: 5000 });
  expect(pastOf(before, question({}))).toMatchObject({ type: 'at', seq: 5 });
});

test('a pointer that crosses a chart leaves the table alone; in the past it moves at once', () => {
  const crossing = { cursor: { t: 5000, pinned: false }, restedMs: 20 };
  expect(pastOf(live, question(crossing))).toBe(live);
  const at = pastOf(live, question({ ...crossing, restedMs: 150 }));
  expect(at.type).toBe('at');
  expect(pastOf(at, question(crossing)).type).toBe('at');
});

test('a second without a row is said to be forgotten', () => {
  expect(pastOf(live, question({ row: { state: 'none', seq: undefined, t: NaN } }))).toEqual({ type: 'none', ms: 5000, why: 'this second is not remembered' });
  expect(pastOf(live, question({ cursor: { t: 60_000, pinned: true }, row: { state: 'none', seq: undefined, t: NaN } }))).toMatchObject({ why: 'this second has not come yet' });
});
