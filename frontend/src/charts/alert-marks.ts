// Alerts in the overview: a bar under the times for as long as each lasted.

import type { Alert } from '../wire/types';
import type { Colors } from './colors';
import { LANE_TOP } from './lane-paint';

/** The edge of the bars, above the lanes; what is critical is higher. */
const BOTTOM = LANE_TOP;
const HEIGHT = { critical: 3, warning: 2 };
const HEAD = { width: 2, height: 6 };
/** What is over at once can be seen and pressed all the same. */
const LEAST_WIDTH = 3;
/** A press so far beside a bar, or beside its beginning, means it. */
const NEAR_PX = 6;

/** Marks are the alerts that fired, where they lie on the overview. */
export interface Mark {
  readonly alert: Alert;
  readonly left: number;
  readonly right: number;
}

/** alertMarks places what fired between two times; what goes on reaches to the edge. The worst come last, so that they lie above. */
export function alertMarks(alerts: readonly Alert[], xOf: (t: number) => number, from: number, edge: number): readonly Mark[] {
  return alerts
    .filter(({ firedMs = 0, endMs = edge }) => firedMs > 0 && firedMs <= edge && endMs >= from)
    .map((alert) => {
      const left = xOf(Math.max(from, alert.sinceMs));
      return { alert, left, right: Math.max(left + LEAST_WIDTH, xOf(Math.min(edge, alert.endMs ?? edge))) };
    })
    .sort((a, b) => Number(a.alert.level === 'critical') - Number(b.alert.level === 'critical'));
}

export function paintMarks(ctx: CanvasRenderingContext2D, marks: readonly Mark[], colors: Colors): void {
  for (const { alert, left, right } of marks) {
    const height = alert.level === 'critical' ? HEIGHT.critical : HEIGHT.warning;
    ctx.fillStyle = alert.level === 'critical' ? colors.critical : colors.warn;
    ctx.fillRect(left, BOTTOM - height, right - left, height);
    // Where one begins is seen on the bar of another, too.
    ctx.fillRect(left, BOTTOM - HEAD.height, HEAD.width, HEAD.height);
  }
}

/** markAt is the one that a press over the lanes means: whose beginning is near, else the shortest of those that it meets, since it may lie on a longer one. */
export function markAt(marks: readonly Mark[], x: number, y: number): Mark | undefined {
  if (y >= BOTTOM) return undefined;
  const beside = ({ left }: Mark): number => Math.abs(x - left);
  const begun = marks.filter((mark) => beside(mark) <= NEAR_PX).sort((a, b) => beside(a) - beside(b))[0];
  const met = marks.filter(({ left, right }) => x >= left && x <= right + NEAR_PX);
  return begun ?? met.sort((a, b) => a.right - a.left - (b.right - b.left))[0];
}
