import { expect, test } from 'vitest';
import { createStore } from '../data/row-store';
import type { Store } from '../data/store';
import { hello, history, resource, schema, series, timeOf, T0 } from '../testing/messages';
import type { Buckets } from '../data/archive';
import { HeatData, heatRows } from './heat-data';
import { laneFamilies, laneStates, overviewSpan, peakColumn, peakIn } from './lane-data';
import { greyOf, lanePixels } from './lane-paint';

const cores = (count: number): Store => {
  const store = createStore();
  store.apply(hello({ newest: 10 }));
  store.apply(schema(Array.from({ length: count }, (_, i) => series(i, 'core', { cpu: String(i) }, { quantum: 1 }))));
  store.apply(history(1, 10, Array.from({ length: count }, (_, i) => [i, i * 10] as const)));
  return store;
};

/** The strip of a store over the rows from..to, in so many columns. */
function heat(store: Store, from: number, to: number, max: number, columns: number, answer?: Buckets): (column: number) => number[] {
  const data = new HeatData({ feed: { store, buckets: { want: () => answer } }, shown: { range: () => ({ from: timeOf(from), to: timeOf(to) }) } }, 'core', max);
  data.update(columns);
  return (column) => Array.from(data.shares(data.first + column));
}

test('one processor needs no strip, more than sixteen share sixteen rows', () => {
  expect([1, 2, 16, 17, 256].map(heatRows)).toEqual([0, 2, 16, 16, 16]);
});

test('every processor has its row', () => {
  expect(heat(cores(4), 0, 10, 100, 20)(10)).toEqual([0, 0.1, 0.2, 0.3].map((share): unknown => expect.closeTo(share, 9)));
});

test('many processors stand sorted, the busiest first', () => {
  const column = heat(cores(40), 0, 10, 400, 10)(5);
  expect(column).toHaveLength(16);
  expect(column[0]).toBeCloseTo(390 / 400, 9);
  expect(column.at(-1)).toBe(0);
  expect(column).toEqual(column.toSorted((a, b) => b - a));
});

test('before the rows that are held the strip is made of buckets', () => {
  const store = cores(4);
  store.apply(hello({ newest: 10, oldestT: timeOf(-60) }));
  const column = Float64Array.of(50);
  const older = { stepMs: 5000, t: Float64Array.of(timeOf(-10)), series: new Map([[2, { min: column, max: column, mean: column, last: column, n: column, maxSeq: column }]]), gaps: [], rows: [], lastSeq: 0 };
  const at = heat(store, -20, 10, 100, 30, older);
  // A bucket of five seconds, behind it nothing is known, and then the rows.
  expect([9, 13, 18, 28].map((x) => at(x)[2])).toEqual([0.5, 0.5, NaN, 0.2]);
  expect(at(13)[1]).toBeNaN();
});

test('the overview spans at least a minute, and everything remembered', () => {
  const store = cores(1);
  expect(overviewSpan(store, timeOf(10))).toEqual({ from: timeOf(10) - 60_000, to: timeOf(10) });
  store.apply(hello({ newest: 10, oldestT: T0 - 9_000_000 }));
  expect(overviewSpan(store, timeOf(10)).from).toBe(T0 - 9_000_000);
});

test('a lane shows the worst of each column', () => {
  const store = createStore();
  store.apply(hello({ newest: 10 }));
  store.apply(schema([series(0, 'state.disk', {}, { quantum: 1, kind: 'state' })], { resources: [resource('disk')] }));
  store.apply(history(1, 10, [[0, [0, 0, 2, 0, 0, 1, 1, null, 0, 0]]]));
  const [lane] = laneStates(store, undefined, timeOf(0), timeOf(10), 5);
  expect(Array.from(lane?.states ?? [])).toEqual([0, 2, 1, 1, 0]);
});

test('a lane shows the share in use, of a family that has one', () => {
  const store = createStore();
  store.apply(hello({ newest: 4 }));
  const disk = { ...resource('disk'), use: [{ family: 'use.disk_rate' }, { family: 'use.disk' }] };
  store.apply(schema([series(0, 'state.disk', {}, { quantum: 1 }), series(1, 'use.disk_rate', {}, { quantum: 1, unit: 'bytes/s' }), series(2, 'use.disk', {}, { quantum: 1 })], { resources: [disk] }));
  store.apply(history(1, 4, [[0, [0, 0, 0, 0]], [1, [9, 9, 9, 9]], [2, [20, 80, null, 5]]]));
  expect(laneFamilies(store)).toEqual(['state.disk', 'use.disk']);
  const [lane] = laneStates(store, undefined, timeOf(0), timeOf(4), 4);
  expect(Array.from(lane?.use ?? [])).toEqual([0.2, 0.8, NaN, 0.05]);
});

test('a ramp has a step for every eighth', () => {
  expect([0, 0.01, 0.5, NaN, 0.5, 0.999, 1, 3].map(greyOf)).toEqual([0, 0, 4, -1, 4, 7, 7, 7]);
});

test('in a lane a warning takes the lower half, what is critical all of it', () => {
  const [dim, warn, critical] = [0xff112233, 0xff0000aa, 0xff0000bb];
  const [lightest, darkest] = [0x24112233, 0xbd112233];
  const calm = { states: Float64Array.of(0, NaN, NaN), use: Float64Array.of(NaN, 1, NaN) };
  const bad = { states: Float64Array.of(0, 1, 2), use: Float64Array.of(1, 1, 1) };
  expect(Array.from(lanePixels([calm, bad], 3, { dim, warn, critical }))).toEqual([
    ...[lightest, darkest, 0],
    ...[lightest, darkest, 0],
    ...[darkest, darkest, critical],
    ...[darkest, warn, critical],
  ]);
});

test('a click goes to the nearest of the worst', () => {
  const states = Float64Array.of(0, 2, 2, 0, 1, 0, 0, 2, 0, NaN);
  expect([peakColumn(states, 0), peakColumn(states, 2), peakColumn(states, 8), peakColumn(Float64Array.of(0, 0), 1), peakColumn(Float64Array.of(NaN), 0)]).toEqual([1, 2, 7, 1, -1]);
});

test('a click goes to a second at which it was so, though the column around it is wider', () => {
  const store = createStore();
  store.apply(hello({ newest: 110, oldestT: timeOf(0) }));
  store.apply(schema([series(0, 'state.disk', {}, { quantum: 1, kind: 'state' })], { resources: [resource('disk')] }));
  store.apply(history(101, 110, [[0, [0, 0, 0, 0, 2, 0, 0, 0, 0, 0]]]));
  const column = (from: number, to: number) => ({ from: timeOf(from), to: timeOf(to) });
  expect(peakIn(store, undefined, resource('disk'), 2, column(100, 110))).toEqual({ t: timeOf(105) });
  expect(peakIn(store, undefined, resource('disk'), 2, column(106, 110))).toBeUndefined();
  // Before the rows held it is the bucket that knows: the one that was so, not the one before.
  const none = new Float64Array(2);
  const older: Buckets = { stepMs: 6000, t: Float64Array.of(timeOf(10), timeOf(16)), series: new Map([[0, { min: none, max: Float64Array.of(0, 2), mean: none, last: none, n: none, maxSeq: none }]]), gaps: [], rows: [], lastSeq: 0 };
  expect(peakIn(store, older, resource('disk'), 2, column(15, 17))).toEqual({ t: timeOf(16), bucket: column(16, 22) });
});
