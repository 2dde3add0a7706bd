import { expect, test } from 'vitest';
import type { Verdict } from '../wire/types';
import { ApiError } from './archive';
import { Verdicts } from './verdicts';

const verdict = (at: number): Verdict => ({ at, resource: 'none', level: 'ok', text: `at ${at}`, clauses: [], culprits: [] });

/** Verdicts whose questions are answered by hand, in the order in which they are asked. */
function asked() {
  const questions: { t: number; answer: (verdict: Verdict) => void; fail: (error: Error) => void }[] = [];
  const timers: (() => void)[] = [];
  let ready = 0;
  const verdicts = new Verdicts({
    archive: { verdict: (t) => new Promise((answer, fail) => questions.push({ t, answer, fail })) },
    later: (_, run) => {
      timers.push(run);
      return () => undefined;
    },
    ready: () => ready++,
  });
  return { verdicts, questions, timers, ready: () => ready };
}

test('one that came live is known without a question', () => {
  const { verdicts, questions } = asked();
  verdicts.keep(verdict(5));
  verdicts.want(5);
  expect(verdicts.at(5)).toMatchObject({ text: 'at 5' });
  expect(verdicts.at(6)).toBe('loading');
  expect(questions).toEqual([]);
});

test('of the moments that a cursor runs over only the first and the last are asked for', async () => {
  const { verdicts, questions, ready } = asked();
  for (const t of [1, 2, 3, 4]) verdicts.want(t);
  expect(questions.map(({ t }) => t)).toEqual([1]);
  questions[0]?.answer(verdict(1));
  await expect.poll(ready).toBe(1);
  expect(questions.map(({ t }) => t)).toEqual([1, 4]);
  questions[1]?.answer(verdict(4));
  await expect.poll(ready).toBe(2);
  expect([1, 2, 4].map((t) => verdicts.at(t))).toMatchObject([{ text: 'at 1' }, {}, { text: 'at 4' }]);
  expect(verdicts.at(2)).toBe('loading');
});

test('what nobody remembers is none, and what failed is asked again after a pause', async () => {
  const { verdicts, questions, timers, ready } = asked();
  verdicts.want(1);
  questions[0]?.answer(verdict(0));
  await expect.poll(ready).toBe(1);
  expect(verdicts.at(1)).toBe('none');
  verdicts.want(2);
  questions[1]?.fail(new ApiError(404, 'nothing'));
  await expect.poll(ready).toBe(2);
  expect(verdicts.at(2)).toBe('none');
  verdicts.want(3);
  questions[2]?.fail(new ApiError(503, 'busy'));
  await expect.poll(ready).toBe(3);
  expect(verdicts.at(3)).toBe('loading');
  verdicts.want(3);
  expect(questions).toHaveLength(3);
  timers[0]?.();
  verdicts.want(3);
  expect(questions.map(({ t }) => t)).toEqual([1, 2, 3, 3]);
});

test('another instance knows none of them', () => {
  const { verdicts } = asked();
  verdicts.keep(verdict(5));
  verdicts.clear();
  expect(verdicts.at(5)).toBe('loading');
});
