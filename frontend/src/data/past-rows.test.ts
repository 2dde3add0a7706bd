import { expect, test } from 'vitest';
import { hello, history, schema, series, timeOf } from '../testing/messages';
import type { HistoryMessage } from '../wire/types';
import { ApiError, type RowQuery } from './archive';
import { type PastRow, PastRows } from './past-rows';
import { createStore } from './row-store';

interface Question {
  readonly query: RowQuery;
  answer(seq: number): Promise<void>;
  refuse(error: Error): Promise<void>;
}

function rig() {
  const store = createStore();
  store.apply(hello());
  store.apply(schema([series(0, 'cpu.usage'), series(1, 'mem.used')]));
  const asked: Question[] = [];
  const timers: (() => void)[] = [];
  let ready = 0;
  const settled = (): Promise<void> => new Promise((done) => setTimeout(done));
  const rows = new PastRows({
    store,
    archive: {
      row: (query) =>
        new Promise<HistoryMessage>((resolve, reject) => {
          asked.push({
            query,
            answer: (seq) => {
              resolve(history(seq, seq, [[0, seq * 2]]));
              return settled();
            },
            refuse: (error) => {
              reject(error);
              return settled();
            },
          });
        }),
    },
    later: (_, run) => {
      timers.push(run);
      return () => undefined;
    },
    ready: () => ready++,
  });
  const question = (i: number): Question => {
    const found = asked[i];
    if (!found) throw new Error(`question ${i} was not asked`);
    return found;
  };
  return { rows, asked, question, timers, ready: () => ready };
}

const row = (found: PastRow | string): PastRow => {
  if (typeof found === 'string') throw new Error(found);
  return found;
};

test('a row is asked for once and then known, in units, by its number and by its time', async () => {
  const { rows, asked, question, ready } = rig();
  expect(rows.want({ seq: 5 })).toBe('loading');
  expect(rows.want({ seq: 5 })).toBe('loading');
  await question(0).answer(5);
  expect(ready()).toBe(1);
  const found = row(rows.want({ seq: 5 }));
  expect([found.seq, found.t, found.value(0, 0), found.value(1, 0), found.value(0, 1)]).toEqual([5, timeOf(5), 5, null, null]);
  expect(row(rows.want({ at: timeOf(5) + 400 })).seq).toBe(5);
  expect(asked).toHaveLength(1);
});

test('a moving cursor has one question under way, and then the newest one', async () => {
  const { rows, asked, question } = rig();
  for (const seq of [1, 2, 3, 4]) rows.want({ seq });
  expect(asked.map(({ query }) => query)).toEqual([{ seq: 1 }]);
  await question(0).answer(1);
  expect(asked.map(({ query }) => query)).toEqual([{ seq: 1 }, { seq: 4 }]);
});

test('what is not remembered is not asked for again', async () => {
  const { rows, asked, question } = rig();
  rows.want({ seq: 7 });
  await question(0).refuse(new ApiError(404, 'not_remembered'));
  expect(rows.want({ seq: 7 })).toBe('none');
  expect(asked).toHaveLength(1);
});

test('the row nearest to a time in a gap is not the row of that time', async () => {
  const { rows, question } = rig();
  rows.want({ at: timeOf(9) });
  await question(0).answer(3);
  expect(rows.want({ at: timeOf(9) })).toBe('none');
  expect(row(rows.want({ seq: 3 })).seq).toBe(3);
});

test('a failure waits, and is asked again', async () => {
  const { rows, asked, question, timers, ready } = rig();
  rows.want({ seq: 7 });
  await question(0).refuse(new TypeError('network'));
  expect(rows.want({ seq: 7 })).toBe('loading');
  expect(asked).toHaveLength(1);
  const before = ready();
  timers.forEach((run) => run());
  expect(ready()).toBe(before + 1);
  rows.want({ seq: 7 });
  expect(asked).toHaveLength(2);
});

test('an answer of an earlier instance is dropped', async () => {
  const { rows, question, ready } = rig();
  rows.want({ seq: 7 });
  rows.clear();
  await question(0).answer(7);
  expect(ready()).toBe(0);
  expect(rows.want({ seq: 7 })).toBe('loading');
});
