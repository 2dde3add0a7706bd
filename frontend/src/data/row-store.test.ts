import { describe, expect, test } from 'vitest';
import { frame, hello, history, schema, series, timeOf, T0 } from '../testing/messages';
import { addedRows, changeOf, type Changes } from './change';
import type { Interruption } from './ledger';
import { createStore } from './row-store';
import { KEPT_ROWS } from './rows';
import type { Store } from './store';

const cpu = [series(0, 'cpu', { mode: 'user' }), series(1, 'cpu', { mode: 'system' })];

function joined(newest: number, list = cpu): Store {
  const store = createStore();
  store.apply(hello({ newest }));
  store.apply(schema(list));
  return store;
}

const resumedBy = (changes: Changes): Interruption | undefined => changeOf(changes, 'resumed')?.interruption;
const seqs = (store: Store): (number | undefined)[] => Array.from({ length: store.length }, (_, i) => store.seqAt(i));
const values = (store: Store, id: number): (number | null)[] => Array.from({ length: store.length }, (_, i) => store.value(id, i));

describe('rows', () => {
  test('history comes in any order', () => {
    const store = joined(6);
    store.apply(history(4, 6, [[0, [8, 10, 12]]], { more: true }));
    store.apply(history(1, 3, [[0, [2, null, 6]], [1, 7]]));
    expect(seqs(store)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(values(store, 0)).toEqual([1, null, 3, 4, 5, 6]);
    expect(values(store, 1)).toEqual([3.5, 3.5, 3.5, null, null, null]);
  });

  test('a frame repeats what it does not name', () => {
    const store = joined(1);
    store.apply(history(1, 1, [[0, 2], [1, 4]]));
    expect(store.apply(frame(2, [2, 6]))).toEqual([{ kind: 'rows', added: 1 }]);
    store.apply(frame(3, [1, null]));
    expect(values(store, 0)).toEqual([1, 1, null]);
    expect(values(store, 1)).toEqual([2, 3, 3]);
  });

  test('a frame applies only to the row before it', () => {
    const store = joined(1);
    store.apply(history(1, 1, [[0, 2]]));
    expect(store.apply(frame(3, [1, 5]))).toEqual([{ kind: 'resync' }]);
    expect(store.newest).toBe(1);
    expect(store.apply(frame(1, [1, 5]))).toEqual([]);
    expect(values(store, 0)).toEqual([1]);
  });

  test('keeps the newest rows and forgets older ones', () => {
    const store = joined(10);
    store.apply(history(1, 10, [[0, Array.from({ length: 10 }, (_, i) => i + 1)]]));
    for (let seq = 11; seq <= 2 * KEPT_ROWS + 5; seq++) store.apply(frame(seq, [1, seq]));
    expect(store.length).toBe(KEPT_ROWS);
    expect([store.oldest, store.newest]).toEqual([KEPT_ROWS + 6, 2 * KEPT_ROWS + 5]);
    for (let i = 0; i < store.length; i += 97) expect(store.value(0, i)).toBe((store.seqAt(i) ?? NaN) / 2);
    expect(store.value(0, store.length - 1)).toBe((2 * KEPT_ROWS + 5) / 2);
    expect(store.rowAt(KEPT_ROWS)).toBe(-1);
  });

  test('holds values beyond 32 bits exactly', () => {
    const store = joined(1, [series(0, 'bytes', {}, { quantum: 1 })]);
    store.apply(history(1, 1, [[0, 5]]));
    store.apply(frame(2, [1, 2 ** 53 - 1]));
    store.apply(frame(3, [1, null]));
    store.apply(frame(4, [1, -(2 ** 31)]));
    expect(values(store, 0)).toEqual([5, 2 ** 53 - 1, null, -(2 ** 31)]);
  });

  test('reads a stretch of a column in its unit', () => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, [2, null, 6]]]));
    const out = new Float64Array(2);
    store.column(0)?.read(1, 3, out);
    expect(Array.from(out)).toEqual([NaN, 3]);
  });

  test('finds the row at a time or before it', () => {
    const store = joined(9);
    store.apply(history(1, 3, [[0, 1]]));
    store.apply(history(7, 9, [[0, 1]]));
    const found = [0, 1, 2.5, 3, 5, 6.9, 7, 99].map((s) => {
      const index = store.indexAtTime(T0 + s * 1000);
      return index < 0 ? undefined : store.seqAt(index);
    });
    expect(found).toEqual([undefined, 1, 2, 3, 3, 3, 7, 9]);
  });
});

describe('schema', () => {
  test('a series that is dropped is gone, one that is added begins missing', () => {
    const store = joined(1);
    store.apply(history(1, 1, [[0, 2], [1, 4]]));
    store.apply({ type: 'schema', rev: 2, add: [series(5, 'disk')], drop: [1] });
    store.apply(frame(2, [6, 9], { rev: 2 }));
    expect(store.series().map((info) => info.id)).toEqual([0, 5]);
    expect(values(store, 5)).toEqual([null, 4.5]);
    expect(store.value(1, 0)).toBeNull();
  });

  // It was refused, and a page that lagged while a series appeared asked for rows that were on their way.
  test('a frame of an older revision applies: its row came before the newest series', () => {
    const store = joined(1);
    store.apply(history(1, 1, [[0, 2]]));
    store.apply({ type: 'schema', rev: 2, add: [series(5, 'disk')] });
    expect(store.apply(frame(2, [1, 4], { rev: 1 }))).toEqual([{ kind: 'rows', added: 1 }]);
    expect(values(store, 0)).toEqual([1, 2]);
  });

  test('a frame of a revision that has not come is not applied', () => {
    const store = joined(1);
    store.apply(history(1, 1, [[0, 2]]));
    expect(store.apply(frame(2, [1, 5], { rev: 2 }))).toEqual([{ kind: 'resync' }]);
    expect(store.newest).toBe(1);
  });

  test('finds series by labels and by info', () => {
    const store = joined(0, [series(0, 'disk', { device: 'sda' }, { info: { class: 'physical' } }), series(1, 'disk', { device: 'dm-0' }, { info: { class: 'virtual' } })]);
    expect(store.find('disk', { class: ['physical'] }).map((info) => info.id)).toEqual([0]);
    expect(store.find('disk', { device: ['sda', 'dm-0'], class: ['virtual'] }).map((info) => info.id)).toEqual([1]);
    expect(store.find('disk', { colour: ['red'] })).toEqual([]);
  });
});

describe('gaps', () => {
  test('tells what was not sampled, not received, not remembered', () => {
    const store = joined(10);
    store.apply(history(2, 3, [[0, 1]]));
    store.apply(history(5, 6, [[0, 1]], { missed: [{ seq: 6, count: 2, why: 'suspended' }] }));
    store.apply(history(9, 10, [[0, 1]], { gap: { from: 7, to: 8 } }));
    expect(store.gaps(timeOf(0), timeOf(10)).map(({ from, to, kind, why }) => [(from - T0) / 1000, (to - T0) / 1000, kind, why])).toEqual([
      [3, 5, 'not-received', ''],
      [5, 6, 'not-sampled', 'suspended'],
      [6, 9, 'not-remembered', ''],
    ]);
  });

  test('what is older than the ring is not remembered', () => {
    const store = createStore();
    store.apply(hello({ oldest: 5, oldestT: timeOf(5), newest: 6 }));
    store.apply(schema(cpu));
    store.apply(history(5, 6, [[0, 1]]));
    expect(store.gaps(timeOf(0), timeOf(6))).toEqual([{ from: timeOf(0), to: timeOf(5), kind: 'not-remembered', why: '' }]);
  });
});

describe('ledger', () => {
  const counts = ({ ledger }: Store): number[] => [ledger.expected, ledger.received, ledger.filled, ledger.lost];

  test('what was there before the page is not counted', () => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, 1]]));
    store.apply(frame(4));
    store.apply(frame(5));
    expect(counts(store)).toEqual([2, 2, 0, 0]);
  });

  test('an outage is filled and nothing is lost', () => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, 1]]));
    store.apply(frame(4));
    store.apply(hello({ newest: 9 }));
    store.apply(schema(cpu));
    expect(store.ledger.expected).toBe(6);
    expect(resumedBy(store.apply(history(5, 9, [[0, 1]])))).toMatchObject({ filled: 5, lost: 0 });
    store.apply(frame(10));
    expect(counts(store)).toEqual([7, 2, 5, 0]);
    expect(store.ledger.interruptions).toBe(1);
  });

  // The first frame settled the account: the rows of the frames behind it stood as lost.
  test('a short outage is filled by frames and nothing is lost', () => {
    const store = joined(1);
    store.apply(history(1, 1, [[0, 2]]));
    store.apply(hello({ newest: 4 }));
    store.apply(schema(cpu));
    expect(resumedBy(store.apply(frame(2, [1, 4])))).toBeUndefined();
    store.apply(frame(3, [1, 6]));
    expect(resumedBy(store.apply(frame(4, [1, 8])))).toMatchObject({ filled: 3, lost: 0 });
    store.apply(frame(5));
    expect(store.ledger).toMatchObject({ expected: 4, received: 1, filled: 3, lost: 0, interruptions: 1 });
  });

  test('a page that had nothing asks nobody for rows that cannot be read now', () => {
    const store = joined(30);
    const changes = store.apply(history(21, 30, [[0, 1]], { older: { from: 10, to: 20, why: 'the disk does not answer' } }));
    expect(changes).toEqual([{ kind: 'rows', added: 10 }]);
    expect(store.ledger.lost).toBe(0);
  });

  // Charts said "not remembered" of rows that the disk did not give.
  test('rows that cannot be read now are a gap with the reason, before those held and between them', () => {
    const why = 'the disk does not answer';
    const store = createStore();
    store.apply(hello({ newest: 30, oldestT: timeOf(1) }));
    store.apply(schema(cpu));
    store.apply(history(21, 30, [[0, 1]], { older: { from: 10, to: 20, why } }));
    expect(store.gaps(timeOf(5), timeOf(30))).toEqual([{ from: timeOf(5), to: timeOf(21), kind: 'not-received', why }]);
    store.apply(hello({ newest: 50, oldestT: timeOf(1) }));
    store.apply(schema(cpu));
    store.apply(history(41, 50, [[0, 1]], { older: { from: 31, to: 40, why } }));
    expect(store.gaps(timeOf(22), timeOf(50))).toEqual([{ from: timeOf(30), to: timeOf(41), kind: 'not-received', why }]);
    // They came after all.
    store.apply(history(10, 20, [[0, 1]]));
    expect(store.gaps(timeOf(12), timeOf(25))).toEqual([]);
  });

  // They counted as lost although the API had every one of them.
  test('rows beyond the reach are counted by the API before the account is settled', () => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, 1]]));
    store.apply(hello({ newest: 30 }));
    store.apply(schema(cpu));
    const changes = store.apply(history(21, 30, [[0, 1]], { gap: { from: 4, to: 9 }, older: { from: 10, to: 20 } }));
    expect(resumedBy(changes)).toBeUndefined();
    const older = changeOf(changes, 'older')?.rows;
    expect(older).toEqual({ from: 10, to: 20, fromMs: T0 + 3000, toMs: T0 + 21_000 });
    if (!older) throw new Error('nothing older');
    expect(resumedBy(store.apply(frame(31)))).toBeUndefined();
    expect(resumedBy(store.countOlder(older, 8))).toMatchObject({ filled: 10 + 8, older: 8, lost: 6 + 3 });
    expect(counts(store)).toEqual([28, 1, 18, 9]);
    expect(resumedBy(store.countOlder(older, 8))).toBeUndefined();
    expect(counts(store)).toEqual([28, 1, 18, 9]);
  });

  test('remembers the last interruptions, newest first', () => {
    const store = joined(1);
    store.apply(history(1, 1, [[0, 2]]));
    for (let i = 0; i < 7; i++) {
      const at = 2 + 3 * i;
      store.apply(hello({ newest: at + 1 + (i % 2) }));
      store.apply(schema(cpu));
      store.apply(history(at, at + 1 + (i % 2), [[0, 2]]));
      for (let seq = store.newest + 1; seq < at + 3; seq++) store.apply(frame(seq));
    }
    expect(store.ledger.recent.map(({ fromMs, filled }) => [(fromMs - T0) / 1000, filled])).toEqual([[19, 2], [16, 3], [13, 2], [10, 3], [7, 2]]);
  });

  test('half a row that is forgotten is not filled', () => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, 1]]));
    store.apply(hello({ instance: 'B', oldest: 1, oldestT: T0 + 4000, newest: 8 }));
    store.apply(schema(cpu));
    store.apply(history(4, 7, [[0, 1]], { part: 'first', more: true }));
    store.apply(history(8, 8, [[0, 1]]));
    expect(store.partial).toEqual({ from: 4, to: 7 });
    store.apply(history(6, 7, [], { part: 'rest', gap: { from: 4, to: 5 } }));
    expect(store.partial).toBeUndefined();
    expect([4, 5, 6, 7, 8].map((seq) => store.rowAt(seq) >= 0)).toEqual([false, false, true, true, true]);
    expect(store.ledger.lost).toBe(5);
  });

  test('rows that are no longer remembered are lost, once', () => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, 1]]));
    store.apply(hello({ newest: 20 }));
    store.apply(schema(cpu));
    const changes = store.apply(history(15, 20, [[0, 1]], { gap: { from: 4, to: 14 } }));
    expect(resumedBy(changes)).toMatchObject({ filled: 6, lost: 11 });
    store.apply(frame(21));
    expect(counts(store)).toEqual([18, 1, 6, 11]);
  });

  test('a batch that comes twice counts once', () => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, 1]]));
    store.apply(hello({ newest: 5 }));
    store.apply(schema(cpu));
    store.apply(history(4, 5, [[0, 1]], { more: true }));
    store.apply(history(4, 5, [[0, 1]]));
    expect(counts(store)).toEqual([2, 0, 2, 0]);
  });
});

describe('restart', () => {
  const second = (seq: number): number => timeOf(seq + 100);
  const restarted = (): Store => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, [2, 4, 6]]]));
    // The new instance has given the same series another id.
    expect(store.apply(hello({ instance: 'B', oldest: 1, oldestT: second(1), newest: 2 }))).toEqual([{ kind: 'hello', restarted: true }]);
    store.apply(schema([series(7, 'cpu', { mode: 'user' })]));
    store.apply(history(1, 2, [[7, [20, 22]]], { t: [second(1), second(2)] }));
    return store;
  };

  test('keeps the past behind a boundary, under the new ids', () => {
    const store = restarted();
    expect(values(store, 7)).toEqual([1, 2, 3, 10, 11]);
    expect(seqs(store)).toEqual([undefined, undefined, undefined, 1, 2]);
    expect([store.oldest, store.newest]).toEqual([1, 2]);
    expect(store.gaps(T0, second(2)).at(-1)).toMatchObject({ kind: 'restart', to: second(1) });
  });

  test('frames go on in the new instance', () => {
    const store = restarted();
    expect(addedRows(store.apply(frame(3, [8, 24], { t: second(3) })))).toBe(1);
    expect(values(store, 7).at(-1)).toBe(12);
  });

  test('names how the instance before ended where the new one goes on counting, and expects only its own rows', () => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, 2]]));
    const expected = store.ledger.expected;
    store.apply(hello({ instance: 'B', oldest: 1, oldestT: timeOf(1), newest: 5, first: 4, starts: [{ seq: 4, t: second(4), why: 'dashcam was killed' }] }));
    store.apply(schema([series(0, 'cpu', { mode: 'user' })]));
    store.apply(history(1, 5, [[0, 2]], { t: [1, 2, 3].map(timeOf).concat(second(4), second(5)), missed: [{ seq: 4, count: 100, why: 'dashcam was killed' }] }));
    expect(store.gaps(timeOf(1), second(5))).toEqual([{ from: timeOf(3), to: second(4), kind: 'restart', why: 'dashcam was killed' }]);
    expect(store.ledger.expected - expected).toBe(2);
    expect(store.ledger.lost).toBe(0);
  });

  test('drops the past where the new instance remembers it itself', () => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, 2]]));
    store.apply(hello({ instance: 'B', oldest: 1, oldestT: timeOf(1), newest: 4 }));
    store.apply(schema([series(7, 'cpu', { mode: 'user' })]));
    store.apply(history(1, 4, [[7, 8]]));
    expect(values(store, 7)).toEqual([4, 4, 4, 4]);
  });

  test('drops the past where the clock went back', () => {
    const store = joined(3);
    store.apply(history(1, 3, [[0, 2]]));
    store.apply(hello({ instance: 'B', oldest: 0, oldestT: 0, newest: 0 }));
    store.apply(schema(cpu));
    store.apply(frame(1, [1, 8], { t: timeOf(0) }));
    expect(seqs(store)).toEqual([1]);
  });
});

test('random cuts lose and duplicate nothing', () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const store = joined(1);
  store.apply(history(1, 1, [[0, 1]]));
  let newest = 1;
  for (let cut = 0; cut < 200; cut++) {
    const live = Math.floor(random() * 5);
    for (let i = 0; i < live; i++) store.apply(frame(++newest, [1, newest]));
    const from = store.newest + 1;
    newest += Math.floor(random() * 40);
    store.apply(hello({ newest }));
    store.apply(schema(cpu));
    const middle = from + Math.floor(random() * Math.max(0, newest - from));
    const pieces = newest < from ? [history(1, 0, [])] : [history(middle + 1, newest, [[0, seqsTo(middle + 1, newest)]], { more: true }), history(from, middle, [[0, seqsTo(from, middle)]])];
    for (const piece of pieces) store.apply(piece);
  }
  expect(store.ledger.lost).toBe(0);
  expect(store.ledger.received + store.ledger.filled).toBe(store.ledger.expected);
  expect(store.newest).toBe(newest);
  for (let i = 1; i < store.length; i++) expect(store.seqAt(i)).toBe((store.seqAt(i - 1) ?? NaN) + 1);
});

const seqsTo = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
