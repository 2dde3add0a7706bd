// The strip of a change: what a series was before, and what it is in the stretch that is
// compared, as two lines in one picture.

import type { BucketSeries } from '../data/archive';

export interface Strip {
  /** Paths in a box of the given size, y downwards. */
  readonly before: string;
  readonly after: string;
  /** Where the stretch begins. */
  readonly x: number;
}

interface StripBox {
  readonly width: number;
  readonly height: number;
}

/** stripOf draws the mean of buckets from base to to, cut at from; undefined where there is nothing to draw. */
export function stripOf({ mean }: Pick<BucketSeries, 'mean'>, t: Float64Array, { base, from, to }: { base: number; from: number; to: number }, { width, height }: StripBox): Strip | undefined {
  let least = Infinity;
  let most = -Infinity;
  for (const value of mean) {
    if (Number.isNaN(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (least > most) return undefined;
  const x = (at: number): number => ((at - base) / (to - base)) * width;
  // What is far from 0 and hardly moves is not blown up to the whole height.
  const bottom = Math.min(least, most / 2);
  const y = (value: number): number => (most === bottom ? height / 2 : height - ((value - bottom) / (most - bottom)) * height);
  const path = (wanted: (at: number) => boolean): string => {
    let out = '';
    let drawing = false;
    for (const [i, at] of t.entries()) {
      const value = mean[i] ?? NaN;
      if (Number.isNaN(value) || !wanted(at)) {
        drawing = false;
        continue;
      }
      out += `${drawing ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      drawing = true;
    }
    return out;
  };
  return { before: path((at) => at < from), after: path((at) => at >= from), x: x(from) };
}
