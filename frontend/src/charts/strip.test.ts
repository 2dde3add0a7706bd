import { expect, test } from 'vitest';
import type { Buckets } from '../data/archive';
import { createStore } from '../data/row-store';
import { hello, history, schema, series, timeOf } from '../testing/messages';
import { peaksOf, stripValues } from './strip';

const use = series(0, 'use.cpu', {}, { quantum: 1 });

/** Rows 11 to 20 are held, all before is remembered. */
function held() {
  const store = createStore();
  store.apply(hello({ newest: 20, oldest: 1, oldestT: timeOf(1) }));
  store.apply(schema([use]));
  store.apply(history(11, 20, [[0, 5]]));
  return store;
}

const over = (from: number, to: number) => ({ feed: { store: held(), oldest: () => timeOf(1) }, shown: { range: () => ({ from: timeOf(from), to: timeOf(to) }) } });

/** Buckets of two seconds from row 1 on. */
function buckets(values: readonly number[]): Buckets {
  const column = Float64Array.from(values);
  const t = Float64Array.from(values, (_, i) => timeOf(1 + 2 * i));
  return { stepMs: 2000, t, series: new Map([[0, { min: column, max: column, mean: column, last: column, n: column, maxSeq: column }]]), gaps: [], rows: [], lastSeq: 0 };
}

test('a strip of rows alone has nothing before them', () => {
  const values = Array.from(stripValues(over(0, 20), use, 20));
  expect(values.slice(10)).toEqual(Array(10).fill(5));
  expect(values.slice(0, 10).every(Number.isNaN)).toBe(true);
});

test('before the rows held a strip is made of buckets', () => {
  const values = Array.from(stripValues(over(0, 20), use, 20, buckets([1, 2, NaN, 4])));
  // The second in which one bucket ends and the next begins has the larger of both.
  expect(values.slice(0, 5)).toEqual([1, 1, 2, 2, 2]);
  expect(values[5]).toBeNaN();
  expect(values.slice(6, 9)).toEqual([4, 4, 4]);
  expect(values[9]).toBeNaN();
  expect(values.slice(10)).toEqual(Array(10).fill(5));
});

test('a window before all rows is made of buckets alone', () => {
  expect(Array.from(stripValues(over(1, 4), use, 3, buckets([7, 3])))).toEqual([7, 7, 3]);
});

test('what a strip shows keeps its shape while the window moves', () => {
  const store = createStore();
  store.apply(hello({ newest: 200, oldest: 1, oldestT: timeOf(1) }));
  store.apply(schema([use]));
  store.apply(history(1, 200, [[0, Array.from({ length: 200 }, (_, i) => ((i + 1) * 7919) % 101)]]));
  // A hundred rows on 32 pixels: a pixel is a little more than three rows.
  const span = timeOf(100) - timeOf(0);
  const at = (to: number): readonly number[] => Array.from(stripValues({ feed: { store, oldest: () => timeOf(1) }, shown: { range: () => ({ from: to - span, to }) } }, use, 32));
  const moved = new Set<number>();
  for (let row = 102; row <= 200; row++) {
    const [before, now] = [at(timeOf(row - 1)), at(timeOf(row))];
    const steps = now.slice(1, 31).every((value, i) => value === before[i + 1]) ? 0 : 1;
    if (steps === 1) moved.add(row);
    expect(now.slice(1, 31 - steps)).toEqual(before.slice(1 + steps, 31));
  }
  expect(moved.size).toBeGreaterThan(28);
});

test('a trail stays as it is until its picture moves by a pixel, but for its ends', () => {
  const wave = (seq: number): number => (seq * 7919) % 101;
  // 300 rows on 96 pixels: a pixel is a little more than three rows.
  const at = (newest: number) => peaksOf(Array.from({ length: 300 }, (_, i) => wave(newest - 299 + i)), newest, 96);
  let moves = 0;
  for (let newest = 1001; newest <= 1300; newest++) {
    const [before, now] = [at(newest - 1), at(newest)];
    const steps = before.key === now.key ? 0 : 1;
    moves += steps;
    expect(now.peaks.slice(1, 95 - steps)).toEqual(before.peaks.slice(1 + steps, 95));
  }
  expect(moves).toBe(96);
});

test('a trail in which rows of the past were filled in is another picture', () => {
  const holed = Float64Array.from({ length: 300 }, (_, i) => (i === 150 ? NaN : 1));
  expect(peaksOf(holed, 1000, 96).key).not.toBe(peaksOf(holed.map(() => 1), 1000, 96).key);
});
