// How high a chart stands: the sum of a stack, else its largest curve.

import type { Store } from '../data/store';
import { type Curve, readRows } from './layers';

/** A curve that is a line above a stack, or not drawn at all, is no part of it. */
export const inStack = (curve: Pick<Curve, 'style'>): boolean => curve.style !== 'line' && curve.style !== 'value';

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
