// From rows or buckets to the points of a chart. Pure: what is drawn can be asserted
// without drawing.

import type { Buckets } from '../data/history-api';
import type { Store, TimeGap } from '../data/store';
import { type Curve, readBuckets, readRows } from './layers';

/** Points of one line; null is missing. */
export type Points = (number | null)[];

/** What a chart draws. lines has one entry per curve; stacked ones are cumulative. */
export interface PlotData {
  readonly x: number[];
  readonly lines: Points[];
  /** The envelope of each curve, over buckets only. */
  readonly low: Points[];
  readonly high: Points[];
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

const EMPTY: PlotData = { x: [], lines: [], low: [], high: [], peak: [], largest: 0 };

/** A curve that is a line above a stack is no part of it. */
const inStack = (curve: Curve): boolean => curve.style !== 'line';

/** rowPoints draws the rows held, thinned to two points per pixel (the smallest and the largest) where there are more. */
export function rowPoints(store: Store, curves: readonly Curve[], window: PlotWindow): PlotData {
  // One row more on either side, so that lines reach the edges.
  const first = Math.max(0, store.indexAtTime(window.from));
  const end = Math.min(store.length, store.indexAtTime(window.to) + 2);
  const count = end - first;
  if (count <= 0) return { ...EMPTY, lines: curves.map(() => []) };
  const values = curves.map(() => new Float64Array(count));
  const scratch = new Float64Array(count);
  curves.forEach((curve, i) => {
    const out = values[i];
    if (out) readRows(store, curve, first, end, out, scratch);
  });
  if (window.stack) accumulate(curves, values, count);
  const breaks = new Map(store.gaps(store.time(first), window.to).map((gap) => [gap.to, gap]));
  const x: number[] = [];
  const lines: Points[] = curves.map(() => []);
  for (let i = 0; i < count; i++) {
    const t = store.time(first + i);
    if (Number.isNaN(t)) continue;
    const gap = breaks.get(t);
    if (gap && x.length > 0) pushBreak(x, lines, gap);
    x.push(t);
    values.forEach((column, c) => lines[c]?.push(orNull(column[i])));
  }
  const step = (Math.max(1, Math.ceil(x.length / Math.max(1, window.pixels))) * (window.to - window.from)) / Math.max(1, x.length);
  const thin = x.length > 2 * window.pixels ? decimate(x, lines, niceStep(step, store.intervalMs)) : { x, lines };
  return { ...EMPTY, ...thin, largest: largestOf(thin.lines) };
}

function accumulate(curves: readonly Curve[], values: readonly Float64Array[], count: number): void {
  const sum = new Float64Array(count);
  curves.forEach((curve, c) => {
    const column = values[c];
    if (!column || !inStack(curve)) return;
    for (let i = 0; i < count; i++) {
      const value = column[i] ?? NaN;
      if (Number.isNaN(value)) continue;
      const total = (sum[i] ?? 0) + value;
      sum[i] = total;
      column[i] = total;
    }
  });
}

function pushBreak(x: number[], lines: readonly Points[], gap: TimeGap): void {
  x.push((gap.from + gap.to) / 2);
  for (const line of lines) line.push(null);
}

const orNull = (value: number | undefined): number | null => (value === undefined || Number.isNaN(value) ? null : value);

/** A step that is a multiple of the interval, so that buckets do not wander with the window. */
const niceStep = (step: number, intervalMs: number): number => Math.max(2, Math.ceil(step / intervalMs)) * intervalMs;

/** decimate keeps the smallest and the largest point of every step of time, in their order. Breaks stay. */
export function decimate(x: readonly number[], lines: readonly Points[], step: number): { x: number[]; lines: Points[] } {
  const outX: number[] = [];
  const out: Points[] = lines.map(() => []);
  const isBreak = (i: number): boolean => lines.every((line) => line[i] === null);
  for (let a = 0; a < x.length; ) {
    const start = x[a] ?? 0;
    const slot = Math.floor(start / step);
    let b = a + 1;
    if (!isBreak(a)) while (b < x.length && Math.floor((x[b] ?? 0) / step) === slot && !isBreak(b)) b++;
    outX.push(start);
    if (b - a === 1) lines.forEach((line, c) => out[c]?.push(line[a] ?? null));
    else {
      outX.push(x[b - 1] ?? start);
      lines.forEach((line, c) => out[c]?.push(...extremes(line, a, b)));
    }
    a = b;
  }
  return { x: outX, lines: out };
}

function extremes(line: Points, a: number, b: number): [number | null, number | null] {
  let low: number | null = null;
  let high: number | null = null;
  let lowAt = a;
  let highAt = a;
  for (let i = a; i < b; i++) {
    const value = line[i] ?? null;
    if (value === null) continue;
    if (low === null || value < low) [low, lowAt] = [value, i];
    if (high === null || value > high) [high, highAt] = [value, i];
  }
  return lowAt <= highAt ? [low, high] : [high, low];
}

function largestOf(lines: readonly Points[]): number {
  let largest = 0;
  for (const line of lines) for (const value of line) if (value !== null && value > largest) largest = value;
  return largest;
}

/** The numbers of one curve over buckets. */
export interface Envelope {
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
}

/** Buckets of curves, the newest ones made from frames. */
export interface CurveBuckets {
  readonly t: number[];
  readonly stepMs: number;
  readonly curves: Envelope[];
}

/** curveBuckets reduces buckets to curves and extends them by the rows that came since. */
export function curveBuckets(store: Store, buckets: Buckets, curves: readonly Curve[]): CurveBuckets {
  const { stepMs } = buckets;
  const tail = tailRows(store, buckets);
  const t = Array.from(buckets.t);
  const start = (i: number): number => Math.floor(store.time(tail.from + i) / stepMs) * stepMs;
  // Where each row of the tail goes; holes go nowhere.
  const places: number[] = [];
  for (let i = 0; i < tail.count; i++) {
    const bucket = start(i);
    if (Number.isNaN(bucket)) {
      places.push(-1);
      continue;
    }
    if (t.length === 0 || bucket > (t.at(-1) ?? 0)) t.push(bucket);
    places.push(t.length - 1);
  }
  const known = buckets.t.length;
  const scratch = new Float64Array(Math.max(known, tail.count));
  const rows = new Float64Array(tail.count);
  const all = curves.map((curve): Envelope => {
    const read = (aspect: 'min' | 'max' | 'mean' | 'n'): Float64Array => {
      const out = new Float64Array(t.length).fill(NaN);
      readBuckets(buckets, curve, aspect, scratch);
      out.set(scratch.subarray(0, known));
      return out;
    };
    const envelope = { min: read('min'), max: read('max'), mean: read('mean') };
    if (tail.count > 0) {
      readRows(store, curve, tail.from, tail.from + tail.count, rows, scratch);
      extend(envelope, read('n'), rows, places);
    }
    return envelope;
  });
  return { t, stepMs, curves: all };
}

/** The rows behind the newest bucket. */
function tailRows(store: Store, buckets: Buckets): { from: number; count: number } {
  if (store.length === 0) return { from: 0, count: 0 };
  const last = buckets.lastSeq > 0 ? store.rowAt(buckets.lastSeq) : -1;
  if (last >= 0) return { from: last + 1, count: store.length - last - 1 };
  const lastT = buckets.t.at(-1);
  const from = lastT === undefined ? 0 : store.indexAtTime(lastT + buckets.stepMs - 1) + 1;
  return { from, count: Math.max(0, store.length - from) };
}

function extend(envelope: Envelope, n: Float64Array, rows: Float64Array, places: readonly number[]): void {
  const { min, max, mean } = envelope;
  for (let i = 0; i < rows.length; i++) {
    const at = places[i] ?? -1;
    const value = rows[i] ?? NaN;
    if (at < 0 || Number.isNaN(value)) continue;
    const count = n[at] ?? NaN;
    if (Number.isNaN(count) || count === 0 || Number.isNaN(mean[at] ?? NaN)) {
      min[at] = max[at] = mean[at] = value;
      n[at] = 1;
      continue;
    }
    min[at] = Math.min(min[at] ?? value, value);
    max[at] = Math.max(max[at] ?? value, value);
    mean[at] = ((mean[at] ?? 0) * count + value) / (count + 1);
    n[at] = count + 1;
  }
}

/**
 * bucketGaps are the stretches without rows before those that are held, and the starts of
 * dashcam among them.
 */
export function bucketGaps(store: Store, buckets: Buckets): TimeGap[] {
  const held = store.length > 0 ? store.time(0) : Infinity;
  const oldest = store.hello?.oldestT ?? 0;
  const starts = (store.hello?.starts ?? []).filter(({ t }) => t <= held);
  const isStart = (time: number): boolean => starts.some(({ t }) => t === time);
  const gaps = buckets.gaps
    .filter(({ to }) => to > oldest && to <= held)
    .map(({ from, to, why, lost }): TimeGap => ({ from, to, why, kind: lost === true ? 'not-remembered' : isStart(to) ? 'restart' : 'not-sampled' }));
  // A start that cost no row has no gap.
  const quick = starts.filter(({ t }) => !gaps.some(({ to }) => to === t));
  return [...gaps, ...quick.map(({ t, why }): TimeGap => ({ from: t, to: t, kind: 'restart', why }))];
}

/**
 * bucketPoints draws the mean of every bucket and around it what was smallest and largest.
 * The envelope of a stack is the highest of: one curve at its largest, the others at
 * their mean; the true sum may have been higher for a moment.
 */
export function bucketPoints(found: CurveBuckets, curves: readonly Curve[], window: PlotWindow): PlotData {
  const { t, stepMs } = found;
  const x: number[] = [];
  const lines: Points[] = curves.map(() => []);
  const low: Points[] = curves.map(() => []);
  const high: Points[] = curves.map(() => []);
  const peak: Points = [];
  let before: number | undefined;
  t.forEach((start, i) => {
    if (start + stepMs < window.from || start > window.to) return;
    if (before !== undefined && start - before > stepMs * 1.5) {
      x.push((before + start + stepMs) / 2);
      for (const points of [...lines, ...low, ...high, peak]) points.push(null);
    }
    before = start;
    x.push(start + stepMs / 2);
    let sum = 0;
    let rise = 0;
    let any = false;
    for (const [c, curve] of curves.entries()) {
      const envelope = found.curves[c];
      const mean = envelope?.mean[i] ?? NaN;
      if (!envelope || Number.isNaN(mean)) {
        for (const points of [lines[c], low[c], high[c]]) points?.push(null);
        continue;
      }
      const stacked = window.stack && inStack(curve);
      const max = envelope.max[i] ?? mean;
      if (stacked) {
        any = true;
        sum += mean;
        rise = Math.max(rise, max - mean);
      }
      lines[c]?.push(stacked ? sum : mean);
      low[c]?.push(stacked ? null : (envelope.min[i] ?? mean));
      high[c]?.push(stacked ? null : max);
    }
    peak.push(any ? sum + rise : null);
  });
  return { x, lines, low, high, peak, largest: Math.max(largestOf(lines), largestOf(high), largestOf([peak])) };
}

/** flatLayers are the layers of a stack that add nothing anywhere: their line would only hide the one below. */
export function flatLayers(curves: readonly Curve[], data: PlotData): ReadonlySet<string> {
  const flat = new Set<string>();
  let below: Points | undefined;
  curves.forEach((curve, c) => {
    const line = data.lines[c];
    if (!line || !inStack(curve)) return;
    if (line.every((value, i) => value === null || value === (below?.[i] ?? 0))) flat.add(curve.key);
    below = line;
  });
  return flat;
}

/** peakRow is the row from first to end−1 at which a chart is highest, counted from first; −1 where it has no values. */
export function peakRow(store: Store, curves: readonly Curve[], stack: boolean, first: number, end: number): number {
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
  let best = -1;
  height.forEach((value, i) => {
    if (!Number.isNaN(value) && (best < 0 || value > (height[best] ?? NaN))) best = i;
  });
  return best;
}

/**
 * bucketPeak is the row at which a chart is highest in the bucket around a time, and about
 * when it was. In a stack it is the peak of the layer that rose most above its mean.
 */
export function bucketPeak(buckets: Buckets, curves: readonly Curve[], stack: boolean, t: number): { t: number; seq: number } | undefined {
  const at = buckets.t.findLastIndex((start) => start <= t);
  const start = buckets.t[at];
  const rows = buckets.rows[at];
  if (start === undefined || rows === undefined || t >= start + buckets.stepMs) return undefined;
  let seq = 0;
  let highest = -Infinity;
  for (const curve of curves) {
    if (stack && !inStack(curve)) continue;
    for (const id of curve.ids) {
      const series = buckets.series.get(id);
      const height = (series?.max[at] ?? NaN) - (stack ? (series?.mean[at] ?? NaN) : 0);
      const row = series?.maxSeq[at] ?? NaN;
      if (Number.isNaN(height) || Number.isNaN(row) || height <= highest) continue;
      highest = height;
      seq = row;
    }
  }
  if (seq === 0) return undefined;
  // Rows of a bucket are as good as evenly spread.
  return { seq, t: start + ((seq - rows.first + 0.5) / (rows.last - rows.first + 1)) * buckets.stepMs };
}
