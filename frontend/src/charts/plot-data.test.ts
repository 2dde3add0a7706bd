import { describe, expect, test } from 'vitest';
import { toBuckets } from '../data/history-api';
import { createStore, type Store } from '../data/store';
import { hello, history, panel, schema, series, timeOf } from '../testing/messages';
import { FreeAxis, niceTop } from './axis';
import { type Curve, legendAt, resolveCurves } from './layers';
import { bucketGaps, bucketPoints, curveBuckets } from './bucket-data';
import { decimate, flatLayers, Lender, rowPoints } from './plot-data';
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

const curvesOf = (from: Store, of = stack): readonly Curve[] => resolveCurves(of, from, new Ranking());
const listed = (points: Float64Array | undefined): (number | null)[] => Array.from(points ?? [], (value) => (Number.isNaN(value) ? null : value));
const whole = { from: timeOf(0), to: timeOf(100), pixels: 400, stack: true };

describe('rows', () => {
  test('are stacked, what is missing adds nothing', () => {
    const held = store(3, [10, 20, 30], [1, null, 3], [0, 0, 0]);
    const curves = curvesOf(held);
    const data = rowPoints(held, curves, whole);
    expect(data.lines.map(listed)).toEqual([[10, 20, 30], [11, null, 33], [11, 20, 33]]);
    expect(data.largest).toBe(33);
  });

  test('a layer of nothing is flat', () => {
    const held = store(3, [10, 20, 30], [1, 2, 3], [0, 0, 0]);
    const curves = curvesOf(held);
    expect(Array.from(flatLayers(curves, rowPoints(held, curves, whole)))).toEqual(['cpu:steal']);
  });

  test('a gap is never a line', () => {
    const held = store(2, [1, 2]);
    held.apply(history(5, 6, [[0, [5, 6]]]));
    const data = rowPoints(held, curvesOf(held), { ...whole, stack: false });
    expect(listed(data.lines[0])).toEqual([1, 2, null, 5, 6]);
    expect(data.x[2]).toBe((timeOf(2) + timeOf(5)) / 2);
  });

  test('thinning keeps every peak and every trough', () => {
    const values = Array.from({ length: 3600 }, (_, i) => (i === 1234 ? 900 : i === 2345 ? 0 : 50 + (i % 7)));
    const held = store(600, values.slice(0, 600));
    for (let from = 600; from < 3600; from += 600) held.apply(history(from + 1, from + 600, [[0, values.slice(from, from + 600)]]));
    const data = rowPoints(held, curvesOf(held), { from: timeOf(0), to: timeOf(3600), pixels: 200, stack: false });
    expect(data.x.length).toBeLessThanOrEqual(2 * 200 + 4);
    expect([Math.max(...(data.lines[0] ?? [])), Math.min(...(data.lines[0] ?? []))]).toEqual([900, 0]);
  });
});

test('decimate keeps order inside a step and does not join over a break', () => {
  const thin = decimate(Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7), [Float64Array.of(5, 1, 9, 3, NaN, 2, 8, 4)], 4);
  expect([listed(thin.x), ...thin.lines.map(listed)]).toEqual([
    [0, 3, 4, 5, 7],
    [1, 9, null, 2, 8],
  ]);
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

  test('are extended by the rows that came since', () => {
    const start = Math.floor(timeOf(1) / 10_000) * 10_000;
    const held = store(30, Array.from({ length: 30 }, (_, i) => i));
    const found = curveBuckets(held, toBuckets(answer(5, [start], [2], [4]), (id) => held.info(id)), curvesOf(held).slice(0, 1));
    expect(found.t.map((t) => (t - start) / 10_000)).toEqual([0, 1, 2, 3].slice(0, found.t.length));
    expect(found.curves[0]?.max.at(-1)).toBe(29);
  });

  test('draw the envelope around the mean and break where one is missing', () => {
    const held = store(1, [1]);
    const t = [timeOf(0), timeOf(10), timeOf(40)];
    const found = { t, stepMs: 10_000, curves: [{ min: Float64Array.of(1, 2, 3), mean: Float64Array.of(2, 3, 4), max: Float64Array.of(9, 8, 7) }] };
    const data = bucketPoints(found, curvesOf(held).slice(0, 1), { ...whole, stack: false }, new Lender());
    expect([data.lines[0], data.low[0], data.high[0]].map(listed)).toEqual([[2, 3, null, 4], [1, 2, null, 3], [9, 8, null, 7]]);
    expect(data.largest).toBe(9);
  });
});

describe('curves', () => {
  test('more than seven are the six largest and, where they add up, the rest', () => {
    const many = Array.from({ length: 10 }, (_, i) => series(i, 'disk', { device: `d${i}` }));
    const held = createStore();
    held.apply(hello());
    held.apply(schema(many));
    const ranking = new Ranking();
    ranking.update(0, (id) => id);
    const titles = (sum: boolean): string[] => resolveCurves(panel('disk', { sum }), held, ranking).map((curve) => curve.title);
    expect(titles(true)).toEqual(['d4', 'd5', 'd6', 'd7', 'd8', 'd9', 'other']);
    expect(titles(false)).toEqual(['d4', 'd5', 'd6', 'd7', 'd8', 'd9']);
  });

  test('those shown stay unless another is clearly larger, with their colour', () => {
    const ids = [1, 2, 3];
    const ranking = new Ranking();
    ranking.update(0, (id) => [0, 10, 9, 8][id] ?? 0);
    expect(Array.from(ranking.top(ids, 2))).toEqual([1, 2]);
    const color = ranking.color(1, ['c1', 'c2']);
    ranking.update(31_000, (id) => [0, 10, 9, 10][id] ?? 0);
    expect(Array.from(ranking.top(ids, 2)).sort()).toEqual([1, 2]);
    ranking.update(62_000, (id) => [0, 10, 9, 20][id] ?? 0);
    expect(Array.from(ranking.top(ids, 2)).sort()).toEqual([1, 3]);
    expect(ranking.color(1, ['c1', 'c2'])).toBe(color);
  });

  test('the legend reads the row that is asked for', () => {
    const held = store(2, [10, 20], [1, null]);
    expect(legendAt(held, curvesOf(held), 1, new Set(['cpu:user'])).map(({ value, hidden }) => [value, hidden])).toEqual([
      [20, true],
      [null, false],
      [null, false],
    ]);
  });
});

describe('axis', () => {
  test.each([
    [0, 'decimal', 1],
    [1, 'decimal', 1],
    [1.1, 'decimal', 2],
    [30, 'decimal', 50],
    [51, 'decimal', 100],
    [0.003, 'decimal', 0.005],
    [1025, 'binary', 2048],
    [2048, 'binary', 2048],
    [0.02, 'duration', 0.02],
    [70, 'duration', 120],
    [15_000, 'duration', 6 * 3600],
    [41 * 86_400, 'duration', 50 * 86_400],
  ] as const)('%d in %s steps goes to %d', (value, base, top) => {
    expect(niceTop(value, base)).toBeCloseTo(top, 9);
  });

  test('grows at once and shrinks after thirty seconds of small values, to the largest of them', () => {
    const axis = new FreeAxis('decimal', 1);
    expect(axis.next(90, 0)).toBe(100);
    expect(axis.next(3, 1000)).toBe(100);
    expect(axis.next(18, 20_000)).toBe(100);
    expect(axis.next(3, 30_999)).toBe(100);
    expect(axis.next(3, 31_000)).toBe(20);
    expect(axis.next(700, 32_000)).toBe(1000);
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
    gaps: [gap(0, 10, 'not remembered any more', true), gap(20, 30, 'dashcam was killed'), gap(40, 45, 'damaged on the disk', true), gap(50, 52, 'suspend'), gap(92, 94, 'late')],
  };
  expect(bucketGaps(store, toBuckets(answer, () => undefined))).toEqual([
    { ...gap(20, 30, 'dashcam was killed'), kind: 'restart' },
    { ...gap(40, 45, 'damaged on the disk'), kind: 'not-remembered' },
    { ...gap(50, 52, 'suspend'), kind: 'not-sampled' },
    { ...gap(60, 60, 'dashcam was stopped'), kind: 'restart' },
  ]);
});
