// From buckets to the points of a chart, where a window reaches beyond the rows held or is
// too long to draw them all.

import type { Buckets } from '../data/history-api';
import type { Store, TimeGap } from '../data/store';
import { type Curve, readBuckets, readRows } from './layers';
import { inStack, largestOf, type Lender, type PlotData, type PlotWindow, type Points } from './plot-data';

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
export function bucketPoints(found: CurveBuckets, curves: readonly Curve[], window: PlotWindow, lender: Lender): PlotData {
  const { t, stepMs } = found;
  const room = 2 * t.length;
  const take = (): Points => lender.take(room);
  const [x, peak, lines, low, high] = [take(), take(), curves.map(take), curves.map(take), curves.map(take)];
  const all = [peak, ...lines, ...low, ...high];
  let n = 0;
  let before: number | undefined;
  t.forEach((start, i) => {
    if (start + stepMs < window.from || start > window.to) return;
    if (before !== undefined && start - before > stepMs * 1.5) {
      for (const points of all) points[n] = NaN;
      x[n++] = (before + start + stepMs) / 2;
    }
    before = start;
    let [sum, rise, any] = [0, 0, false];
    for (let c = 0; c < curves.length; c++) {
      const [curve, envelope, line, least, most] = [curves[c], found.curves[c], lines[c], low[c], high[c]];
      if (!curve || !line || !least || !most) continue;
      const mean = envelope?.mean[i] ?? NaN;
      const max = envelope?.max[i] ?? mean;
      const stacked = window.stack && inStack(curve);
      if (stacked && !Number.isNaN(mean)) {
        any = true;
        sum += mean;
        rise = Math.max(rise, max - mean);
      }
      line[n] = stacked && !Number.isNaN(mean) ? sum : mean;
      least[n] = stacked || Number.isNaN(mean) ? NaN : (envelope?.min[i] ?? mean);
      most[n] = stacked || Number.isNaN(mean) ? NaN : max;
    }
    peak[n] = any ? sum + rise : NaN;
    x[n++] = start + stepMs / 2;
  });
  const cut = (points: Points): Points => points.subarray(0, n);
  const data = { x: cut(x), lines: lines.map(cut), low: low.map(cut), high: high.map(cut), peak: cut(peak) };
  return { ...data, largest: Math.max(largestOf(data.lines), largestOf(data.high), largestOf([data.peak])) };
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
