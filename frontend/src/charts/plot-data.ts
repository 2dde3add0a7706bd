// From rows to the points of a chart. Pure: what is drawn can be asserted without drawing.
// Points are numbers in typed arrays that a chart lends again at every drawing.

import type { Store, TimeGap } from '../data/store';
import { type Curve, readRows } from './layers';

/** Points of one line; NaN is missing. */
export type Points = Float64Array;

/** What a chart draws. lines has one entry per curve; stacked ones are cumulative. */
export interface PlotData {
  readonly x: Points;
  readonly lines: readonly Points[];
  /** The envelope of each curve, over buckets only. */
  readonly low: readonly Points[];
  readonly high: readonly Points[];
  /** The envelope of a whole stack, over buckets only. */
  readonly peak: Points;
  /** The largest number drawn. */
  readonly largest: number;
}

export interface PlotWindow {
  readonly from: number;
  readonly to: number;
  /** The width of the plot, in device pixels or anything near. */
  readonly pixels: number;
  readonly stack: boolean;
}

export const NO_POINTS: Points = new Float64Array(0);

/** A curve that is a line above a stack is no part of it. */
export const inStack = (curve: Curve): boolean => curve.style !== 'line';

/** Lender lends arrays and gets them all back at once: a chart needs as many at every row as at the one before. */
export class Lender {
  readonly #arrays: Float64Array[] = [];
  #lent = 0;

  /** An array of a length, its content anything. */
  take(length: number): Float64Array {
    const at = this.#lent++;
    let array = this.#arrays[at];
    if (!array || array.length < length) {
      array = new Float64Array(Math.ceil(length * 1.25));
      this.#arrays[at] = array;
    }
    return array.subarray(0, length);
  }

  /** Everything lent is given back: what it held is no longer valid. */
  reset(): void {
    this.#lent = 0;
  }
}

/** rowPoints draws the rows held, thinned to two points per pixel (the smallest and the largest) where there are more. */
export function rowPoints(store: Store, curves: readonly Curve[], window: PlotWindow, lender = new Lender()): PlotData {
  // One row more on either side, so that lines reach the edges.
  const first = Math.max(0, store.indexAtTime(window.from));
  const end = Math.min(store.length, store.indexAtTime(window.to) + 2);
  const count = end - first;
  const nothing = { low: [], high: [], peak: NO_POINTS, largest: 0 };
  if (count <= 0) return { ...nothing, x: NO_POINTS, lines: curves.map(() => NO_POINTS) };
  const scratch = lender.take(count);
  const values = curves.map((curve) => {
    const out = lender.take(count);
    readRows(store, curve, first, end, out, scratch);
    return out;
  });
  if (window.stack) accumulate(curves, values, scratch.fill(0));
  const times = lender.take(count);
  store.times(first, end, times);
  const gaps = store.gaps(store.time(first), window.to);
  const { x, lines } = isWhole(times, gaps) ? { x: times, lines: values } : withBreaks(times, values, gaps, lender);
  const step = (Math.max(1, Math.ceil(x.length / Math.max(1, window.pixels))) * (window.to - window.from)) / Math.max(1, x.length);
  const thin = x.length > 2 * window.pixels ? decimate(x, lines, niceStep(step, store.intervalMs), lender) : { x, lines };
  return { ...nothing, ...thin, largest: largestOf(thin.lines) };
}

function accumulate(curves: readonly Curve[], values: readonly Points[], sum: Points): void {
  curves.forEach((curve, c) => {
    const column = values[c];
    if (!column || !inStack(curve)) return;
    for (let i = 0; i < column.length; i++) {
      const value = column[i] ?? NaN;
      if (Number.isNaN(value)) continue;
      const total = (sum[i] ?? 0) + value;
      sum[i] = total;
      column[i] = total;
    }
  });
}

function isWhole(times: Points, gaps: readonly TimeGap[]): boolean {
  const start = times[0] ?? NaN;
  if (gaps.some((gap) => gap.to > start)) return false;
  for (const t of times) if (Number.isNaN(t)) return false;
  return true;
}

/** Leaves out holes and puts a missing point into every gap. */
function withBreaks(times: Points, values: readonly Points[], gaps: readonly TimeGap[], lender: Lender): { x: Points; lines: Points[] } {
  const breaks = new Map(gaps.map((gap) => [gap.to, gap]));
  const x = lender.take(times.length + gaps.length);
  const lines = values.map(() => lender.take(times.length + gaps.length));
  let n = 0;
  for (let i = 0; i < times.length; i++) {
    const t = times[i] ?? NaN;
    if (Number.isNaN(t)) continue;
    const gap = breaks.get(t);
    if (gap && n > 0) {
      x[n] = (gap.from + gap.to) / 2;
      for (const line of lines) line[n] = NaN;
      n++;
    }
    x[n] = t;
    for (let c = 0; c < values.length; c++) {
      const line = lines[c];
      if (line) line[n] = values[c]?.[i] ?? NaN;
    }
    n++;
  }
  return { x: x.subarray(0, n), lines: lines.map((line) => line.subarray(0, n)) };
}

/** A step that is a multiple of the interval, so that buckets do not wander with the window. */
const niceStep = (step: number, intervalMs: number): number => Math.max(2, Math.ceil(step / intervalMs)) * intervalMs;

/** decimate keeps the smallest and the largest point of every step of time, in their order. Breaks stay. */
export function decimate(x: Points, lines: readonly Points[], step: number, lender = new Lender()): { x: Points; lines: Points[] } {
  const outX = lender.take(x.length);
  const out = lines.map(() => lender.take(x.length));
  const isBreak = (i: number): boolean => lines.every((line) => Number.isNaN(line[i] ?? NaN));
  let n = 0;
  for (let a = 0; a < x.length; ) {
    const slot = Math.floor((x[a] ?? 0) / step);
    let b = a + 1;
    if (!isBreak(a)) while (b < x.length && Math.floor((x[b] ?? 0) / step) === slot && !isBreak(b)) b++;
    outX[n] = x[a] ?? 0;
    if (b - a > 1) outX[n + 1] = x[b - 1] ?? 0;
    for (let c = 0; c < lines.length; c++) {
      const [from, to] = [lines[c], out[c]];
      if (from && to) thinOne(from, a, b, to, n);
    }
    n += b - a > 1 ? 2 : 1;
    a = b;
  }
  return { x: outX.subarray(0, n), lines: out.map((line) => line.subarray(0, n)) };
}

/** Writes the smallest and the largest of a..b−1 at n and n+1, whichever came first; a single point alone. */
function thinOne(line: Points, a: number, b: number, out: Points, n: number): void {
  if (b - a === 1) {
    out[n] = line[a] ?? NaN;
    return;
  }
  let [low, high, lowAt, highAt] = [NaN, NaN, a, a];
  for (let i = a; i < b; i++) {
    const value = line[i] ?? NaN;
    if (Number.isNaN(value)) continue;
    if (!(value >= low)) [low, lowAt] = [value, i];
    if (!(value <= high)) [high, highAt] = [value, i];
  }
  out[n] = lowAt <= highAt ? low : high;
  out[n + 1] = lowAt <= highAt ? high : low;
}

/** largestOf is the largest number of several lines, at least 0. */
export function largestOf(lines: readonly Points[]): number {
  let largest = 0;
  for (const line of lines) for (const value of line) if (value > largest) largest = value;
  return largest;
}

/** flatLayers are the layers of a stack that add nothing anywhere: their line would only hide the one below. */
export function flatLayers(curves: readonly Curve[], data: PlotData): ReadonlySet<string> {
  const flat = new Set<string>();
  let below: Points | undefined;
  curves.forEach((curve, c) => {
    const line = data.lines[c];
    if (!line || !inStack(curve)) return;
    const under = below;
    const adds = (value: number, i: number): boolean => !Number.isNaN(value) && value !== (under?.[i] ?? 0);
    if (!line.some(adds)) flat.add(curve.key);
    below = line;
  });
  return flat;
}

/** heightsOf is how high a chart stands at each of the rows from first to end−1: the sum of a stack, else the largest curve. */
export function heightsOf(store: Store, curves: readonly Curve[], stack: boolean, first: number, end: number): Float64Array {
  const count = end - first;
  const values = new Float64Array(count);
  const scratch = new Float64Array(count);
  const height = new Float64Array(count).fill(NaN);
  for (const curve of curves) {
    if (stack && !inStack(curve)) continue;
    readRows(store, curve, first, end, values, scratch);
    for (let i = 0; i < count; i++) {
      const [value, known] = [values[i] ?? NaN, height[i] ?? NaN];
      if (Number.isNaN(value)) continue;
      height[i] = Number.isNaN(known) ? value : stack ? known + value : Math.max(known, value);
    }
  }
  return height;
}

/** peakRow is the row from first to end−1 at which a chart is highest, counted from first; −1 where it has no values. */
export function peakRow(store: Store, curves: readonly Curve[], stack: boolean, first: number, end: number): number {
  const height = heightsOf(store, curves, stack, first, end);
  let best = -1;
  height.forEach((value, i) => {
    if (!Number.isNaN(value) && (best < 0 || value > (height[best] ?? NaN))) best = i;
  });
  return best;
}
