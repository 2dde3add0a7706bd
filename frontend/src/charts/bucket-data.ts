// What buckets say of a chart besides its numbers, where a window reaches beyond the rows
// held or is too long to draw them all.

import type { Buckets } from '../data/archive';
import type { TimeGap } from '../data/gaps';
import type { Store } from '../data/store';
import type { TimeRange } from '../state/view';
import { inStack } from './heights';
import type { Curve } from './layers';

/** tailStart is the index of the first row behind the newest bucket. */
export function tailStart(store: Store, buckets: Buckets): number {
  if (store.length === 0) return 0;
  const last = buckets.lastSeq > 0 ? store.rowAt(buckets.lastSeq) : -1;
  if (last >= 0) return last + 1;
  const lastT = buckets.t.at(-1);
  return lastT === undefined ? 0 : store.indexAtTime(lastT + buckets.stepMs - 1) + 1;
}

/**
 * bucketGaps are the stretches without rows before those that are held, and the starts of
 * dashcam among them.
 */
export function bucketGaps(store: Store, buckets: Buckets): TimeGap[] {
  const held = store.length > 0 ? store.time(0) : Infinity;
  const oldest = store.hello?.oldestT ?? 0;
  const starts = (store.hello?.starts ?? []).filter(({ t }) => t <= held);
  // A start that was told before its first row lies before that row.
  const holds = ({ from, to }: { readonly from: number; readonly to: number }, t: number): boolean => t > from && t <= to;
  const gaps = buckets.gaps
    .filter(({ to }) => to > oldest && to <= held)
    .map(({ from, to, why, lost }): TimeGap => ({ from, to, why, kind: lost === true ? 'not-remembered' : starts.some(({ t }) => holds({ from, to }, t)) ? 'restart' : 'not-sampled' }));
  // A start that cost no row has no gap.
  const quick = starts.filter(({ t }) => !gaps.some((gap) => holds(gap, t)));
  return [...gaps, ...quick.map(({ t, why }): TimeGap => ({ from: t, to: t, kind: 'restart', why }))];
}

/** gapsOf are those of a window, of the rows held and of the buckets that came for it: what these answer for is no longer unread. */
export function gapsOf(store: Store, { from, to }: TimeRange, buckets: Buckets | undefined): TimeGap[] {
  const held = store.gaps(from, to);
  return buckets ? [...bucketGaps(store, buckets), ...held.filter(({ kind, why }) => kind !== 'not-received' || why === '')] : held;
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
