// How far a time axis moves under a pointer or under two. What was taken hold of stays
// under it.

/** Where a time axis lies on screen, in CSS pixels: without what is beside it. */
export interface Axis {
  readonly left: number;
  readonly width: number;
}

/** A range of time. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where two fingers are. */
export type Fingers = readonly [number, number];

/** Fingers nearer to each other than this have no distance that could be compared. */
const LEAST_PX = 8;

/** axisIn is the axis of an element with a gutter at its left. */
export const axisIn = ({ left, width }: Axis, gutter: number): Axis => ({ left: left + gutter, width: Math.max(1, width - gutter) });

/** pannedBy is a range whose axis was pulled by so many pixels. */
export function pannedBy({ from, to }: Span, { width }: Axis, dx: number): Span {
  const shift = (-dx / width) * (to - from);
  return { from: from + shift, to: to + shift };
}

/** pinchedBy is a range after two fingers moved: what was in the middle of them still is, and it is as much wider as they are. */
export function pinchedBy({ from, to }: Span, { left, width }: Axis, before: Fingers, now: Fingers): Span {
  const apart = ([a, b]: Fingers): number => Math.max(LEAST_PX, Math.abs(b - a));
  const share = ([a, b]: Fingers): number => ((a + b) / 2 - left) / width;
  const span = (to - from) * (apart(before) / apart(now));
  const middle = from + share(before) * (to - from);
  return { from: middle - share(now) * span, to: middle + (1 - share(now)) * span };
}
