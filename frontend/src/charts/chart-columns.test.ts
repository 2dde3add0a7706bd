import { describe, expect, test } from 'vitest';
import { toBuckets } from '../data/http-archive';
import { createStore } from '../data/row-store';
import type { Store } from '../data/store';
import { hello, history, panel, schema, series, timeOf } from '../testing/messages';
import { bucketGaps, gapsOf } from './bucket-data';
import { ChartColumns, type Wanted } from './chart-columns';
import { columnOf, Columns } from './columns';
import { type Curve, resolveCurves } from './layers';
import { Ranking } from './ranking';

const list = [series(0, 'cpu', { mode: 'user' }, { quantum: 1 }), series(1, 'cpu', { mode: 'system' }, { quantum: 1 }), series(2, 'cpu', { mode: 'steal' }, { quantum: 1 })];
const layers = ['user', 'system', 'steal'].map((mode, i) => ({ title: mode, family: 'cpu', match: { mode: [mode] }, color: `c${i + 1}` }));
const stack = panel('cpu', { stack: true, layers });

function store(rows: number, ...columns: (readonly (number | null)[])[]): Store {
  const made = createStore();
  made.apply(hello({ newest: rows }));
  made.apply(schema(list));
  made.apply(history(1, rows, columns.map((values, id) => [id, values])));
  return made;
}

const curvesOf = (from: Store): readonly Curve[] => resolveCurves(stack, from, new Ranking());

/** What is wanted of the rows from..to, one column each second unless said otherwise. */
function wanted(of: Store, from: number, to: number, fields: Partial<Wanted> = {}): Wanted {
  const msPerColumn = fields.msPerColumn ?? 1000;
  return { curves: curvesOf(of), states: [], stack: true, first: columnOf(timeOf(from), msPerColumn), last: columnOf(timeOf(to), msPerColumn), to: timeOf(to), answer: undefined, ...fields, msPerColumn };
}

/** The values of the columns of rows. */
const lasts = (columns: Columns, from: number, to: number): (number | null)[] =>
  Array.from({ length: to - from + 1 }, (_, i) => columns.last(columnOf(timeOf(from + i), 1000))).map((value) => (Number.isNaN(value) ? null : value));

describe('columns', () => {
  test('keep the smallest, the largest, the last and the mean of their rows', () => {
    const columns = new Columns(10);
    for (const value of [5, 1, 9, 3]) columns.add(7, value);
    expect([columns.min(7), columns.max(7), columns.last(7), columns.mean(7), columns.has(8)]).toEqual([1, 9, 3, 4.5, false]);
  });

  test('forget what is further back than they reach', () => {
    const columns = new Columns(10);
    columns.add(7, 1);
    columns.add(17, 2);
    expect([columns.has(7), columns.last(17), columns.last(7)]).toEqual([false, 2, NaN]);
  });

  test('what is missing breaks a line once', () => {
    const columns = new Columns(10);
    columns.add(1, 1);
    columns.add(2, NaN);
    columns.add(3, 3);
    columns.add(4, 4);
    expect([columns.joined(3), columns.joined(4)]).toEqual([false, true]);
  });

  test('negative ones have a place, too', () => {
    const columns = new Columns(10);
    columns.add(-3, 1);
    expect([columns.last(-3), columns.before(5, -9), columns.after(-9, 5)]).toEqual([1, -3, -3]);
  });
});

describe('rows', () => {
  test('are stacked, what is missing adds nothing', () => {
    const held = store(3, [10, 20, 30], [1, null, 3], [0, 0, 0]);
    const columns = new ChartColumns({ feed: { store: held } });
    columns.take(wanted(held, 1, 3));
    expect([0, 1, 2].map((curve) => lasts(columns.of(curve), 1, 3))).toEqual([[10, 20, 30], [11, null, 33], [11, 20, 33]]);
    expect(columns.largest(columnOf(timeOf(1), 1000), columnOf(timeOf(3), 1000))).toBe(33);
  });

  test('a gap is never a line', () => {
    const held = store(2, [1, 2]);
    held.apply(history(5, 6, [[0, [5, 6]]]));
    const columns = new ChartColumns({ feed: { store: held } });
    columns.take(wanted(held, 1, 6));
    expect([2, 5, 6].map((seq) => columns.of(0).joined(columnOf(timeOf(seq), 1000)))).toEqual([true, false, true]);
  });

  test('every peak and every trough is in its column', () => {
    const values = Array.from({ length: 3600 }, (_, i) => (i === 1234 ? 900 : i === 2345 ? 0 : 50 + (i % 7)));
    const held = store(600, values.slice(0, 600));
    for (let from = 600; from < 3600; from += 600) held.apply(history(from + 1, from + 600, [[0, values.slice(from, from + 600)]]));
    const columns = new ChartColumns({ feed: { store: held } });
    columns.take(wanted(held, 1, 3600, { msPerColumn: 18_000 }));
    expect([columns.of(0).max(columnOf(timeOf(1235), 18_000)), columns.of(0).min(columnOf(timeOf(2346), 18_000))]).toEqual([900, 0]);
  });

  test('one that comes changes the columns from the one before it on, and is not read again', () => {
    const held = store(3, [10, 20, 30]);
    const columns = new ChartColumns({ feed: { store: held } });
    expect(columns.take(wanted(held, 1, 3))).toBe(-Infinity);
    expect(columns.take(wanted(held, 1, 3))).toBe(Infinity);
    held.apply({ type: 'frame', rev: 1, seq: 4, t: timeOf(4), d: [1, 40] });
    expect(columns.take(wanted(held, 2, 4))).toBe(columnOf(timeOf(3), 1000));
    expect([lasts(columns.of(0), 1, 4), columns.version]).toEqual([[10, 20, 30, 40], 1]);
  });
});

describe('buckets', () => {
  const answer = (lastSeq: number, t: number[], mean: (number | null)[], max: (number | null)[]): Parameters<typeof toBuckets>[0] => ({
    rev: 1,
    stepMs: 10_000,
    t,
    rows: t.map(() => 10),
    firstSeq: t.map(() => 1),
    lastSeq: t.map(() => lastSeq),
    series: { '0': { min: mean, max, mean, last: mean, n: mean.map((value) => (value === null ? 0 : 10)), maxSeq: mean } },
    gaps: [],
  });
  const begin = Math.floor(timeOf(1) / 10_000) * 10_000;
  const middle = (i: number): number => columnOf(begin + i * 10_000 + 5000, 5000);

  test('are extended by the rows that came since', () => {
    const held = store(30, Array.from({ length: 30 }, (_, i) => i));
    const columns = new ChartColumns({ feed: { store: held } });
    columns.take(wanted(held, 1, 30, { curves: curvesOf(held).slice(0, 1), stack: false, msPerColumn: 5000, answer: toBuckets(answer(5, [begin], [2], [4]), (id) => held.info(id)) }));
    const newest = columnOf(Math.floor(timeOf(30) / 10_000) * 10_000 + 5000, 5000);
    expect([columns.of(0).max(newest), columns.of(0).joined(newest)]).toEqual([29, true]);
  });

  test('have an envelope around their mean, break where one is missing, and a stack has its peak', () => {
    const held = store(1, [1]);
    const t = [begin, begin + 10_000, begin + 40_000];
    const columns = new ChartColumns({ feed: { store: held } });
    columns.take(wanted(held, 0, 60, { msPerColumn: 5000, answer: toBuckets(answer(1, t, [2, 3, 4], [9, 8, 7]), (id) => held.info(id)) }));
    expect([0, 1, 4].map((i) => [columns.of(0).mean(middle(i)), columns.peak.max(middle(i)), columns.of(0).joined(middle(i))])).toEqual([
      [2, 9, false],
      [3, 8, true],
      [4, 7, false],
    ]);
  });
});

test('the breaks of an answer are those before the rows held, each with what it is', () => {
  const store = createStore();
  store.apply(
    hello({
      oldestT: timeOf(10),
      starts: [
        { seq: 2, t: timeOf(30), why: 'dashcam was killed' },
        { seq: 3, t: timeOf(60), why: 'dashcam was stopped' },
        { seq: 4, t: timeOf(72), why: 'dashcam was killed' },
      ],
    }),
  );
  store.apply(schema([series(0, 'cpu')]));
  store.apply(history(90, 95, [[0, 2]]));
  const gap = (from: number, to: number, why: string, lost?: true) => ({ from: timeOf(from), to: timeOf(to), why, ...(lost && { lost }) });
  const answer = {
    rev: 1,
    stepMs: 1000,
    t: [],
    rows: [],
    firstSeq: [],
    lastSeq: [],
    series: {},
    gaps: [gap(0, 10, 'not remembered any more', true), gap(20, 30, 'dashcam was killed'), gap(40, 45, 'damaged on the disk', true), gap(50, 52, 'suspend'), gap(70, 73, 'dashcam was killed'), gap(92, 94, 'late')],
  };
  expect(bucketGaps(store, toBuckets(answer, () => undefined))).toEqual([
    { ...gap(20, 30, 'dashcam was killed'), kind: 'restart' },
    { ...gap(40, 45, 'damaged on the disk'), kind: 'not-remembered' },
    { ...gap(50, 52, 'suspend'), kind: 'not-sampled' },
    { ...gap(70, 73, 'dashcam was killed'), kind: 'restart' },
    { ...gap(60, 60, 'dashcam was stopped'), kind: 'restart' },
  ]);
});

test('rows that could not be read are a gap until buckets have come for them', () => {
  const store = createStore();
  store.apply(hello({ newest: 95, oldestT: timeOf(1) }));
  store.apply(schema([series(0, 'cpu')]));
  store.apply(history(90, 95, [[0, 2]], { older: { from: 1, to: 89, why: 'the disk does not answer' } }));
  const window = { from: timeOf(80), to: timeOf(95) };
  const came = toBuckets({ rev: 1, stepMs: 1000, t: [], rows: [], firstSeq: [], lastSeq: [], series: {}, gaps: [] }, () => undefined);
  expect(gapsOf(store, window, undefined)).toEqual([{ from: timeOf(80), to: timeOf(90), kind: 'not-received', why: 'the disk does not answer' }]);
  expect(gapsOf(store, window, came)).toEqual([]);
});
