import { expect, test } from 'vitest';
import type { HostEvent } from '../wire/types';
import { type EventQuery, isOfKind } from './archive';
import { gapIn, isTold, joined, PastEvents } from './past-events';

const event = (fields: Partial<HostEvent> = {}): HostEvent => ({ seq: 1, t: 5, kind: 'state', text: 'x', ...fields });

function asked() {
  const questions: { query: EventQuery; answer: (events: readonly HostEvent[]) => void; fail: () => void }[] = [];
  const timers: (() => void)[] = [];
  const came: HostEvent[] = [];
  const past = new PastEvents({
    archive: { events: (query) => new Promise((answer, fail) => questions.push({ query, answer: (events) => answer({ events }), fail: () => fail(new Error('no')) })) },
    later: (_, run) => {
      timers.push(run);
      return () => undefined;
    },
    came: (events) => came.push(...events),
  });
  return { past, questions, timers, came };
}

test('a time is asked for once, and what was not yet, the newest part first', async () => {
  const { past, questions, came } = asked();
  past.want(100, 300);
  past.want(0, 300);
  expect(questions.map(({ query }) => query)).toMatchObject([{ from: 100, to: 300, kinds: ['-exec', '-exit'] }]);
  questions[0]?.answer([event()]);
  await expect.poll(() => came.length).toBe(1);
  // What comes from now on is told live.
  past.want(120, 400);
  expect(questions).toHaveLength(1);
  past.want(0, 400);
  questions[1]?.answer([event({ seq: 2 })]);
  await expect.poll(() => came.length).toBe(2);
  past.want(0, 500);
  expect(questions.map(({ query: { from, to } }) => [from, to])).toEqual([[100, 300], [0, 100]]);
});

test('after a failure it waits, and asks again for the same', async () => {
  const { past, questions, timers } = asked();
  past.want(0, 10);
  questions[0]?.fail();
  await expect.poll(() => timers.length).toBe(1);
  past.want(0, 10);
  expect(questions).toHaveLength(1);
  timers[0]?.();
  past.want(0, 10);
  expect(questions[1]?.query).toMatchObject({ from: 0, to: 10 });
});

test('stretches', () => {
  expect(gapIn([], 0, 10)).toEqual({ from: 0, to: 10 });
  expect(gapIn([{ from: 0, to: 10 }], 2, 10)).toBeUndefined();
  expect(gapIn([{ from: 4, to: 6 }], 0, 10)).toEqual({ from: 6, to: 10 });
  expect(gapIn([{ from: 4, to: 6 }], 0, 6)).toEqual({ from: 0, to: 4 });
  expect(gapIn([{ from: 0, to: 2 }, { from: 4, to: 10 }], 0, 10)).toEqual({ from: 2, to: 4 });
  expect(gapIn([{ from: 20, to: 30 }], 0, 10)).toEqual({ from: 0, to: 10 });
  expect(joined([{ from: 5, to: 8 }, { from: 0, to: 5 }, { from: 10, to: 12 }])).toEqual([{ from: 0, to: 8 }, { from: 10, to: 12 }]);
});

test('what programs do all day is told where it went wrong', () => {
  expect(isTold(event({ kind: 'exec' }))).toBe(false);
  expect(isTold(event({ kind: 'exit', level: 'info' }))).toBe(false);
  expect(isTold(event({ kind: 'exit', level: 'warning' }))).toBe(true);
  expect(isTold(event({ kind: 'mark' }))).toBe(true);
});

test.each([
  ['oom', undefined, true],
  ['oom', [], true],
  ['oom', ['oom', 'unit'], true],
  ['state', ['oom'], false],
  ['oom', ['-oom'], false],
  ['state', ['-oom', '-unit'], true],
  ['state', ['oom', '-unit'], false],
])('%s is of %j: %s', (kind, kinds, wanted) => {
  expect(isOfKind(kind, kinds)).toBe(wanted);
});
