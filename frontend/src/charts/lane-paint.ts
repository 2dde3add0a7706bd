// How a lane looks: its use as a ramp of grey, and over it what was wrong. A warning takes
// the lower half of its height, what is critical all of it.

import { type Colors, withAlpha } from './colors';
import type { Lane } from './lane-data';

/** Where lanes lie, in CSS pixels. */
export const LANE_GUTTER = 34;
export const LANE_TOP = 11;
export const LANE_PITCH = 9;
const LANE = 8;
/** How many greys the ramp has: use is seen, not read. */
const GREYS = 8;

/** greyOf is the step of the ramp for a share; −1 where nothing is known. */
export const greyOf = (share: number): number => (Number.isNaN(share) ? -1 : Math.min(GREYS - 1, Math.floor(Math.max(0, share) * GREYS)));

/** runs calls with every stretch of equal steps that is known: one rectangle is cheaper than many. */
export function runs(length: number, stepAt: (x: number) => number, each: (step: number, from: number, to: number) => void): void {
  for (let x = 0; x < length; ) {
    const step = stepAt(x);
    let end = x + 1;
    while (end < length && stepAt(end) === step) end++;
    if (step >= 0) each(step, x, end);
    x = end;
  }
}

/** paintLanes draws every lane with its name. */
export function paintLanes(ctx: CanvasRenderingContext2D, lanes: readonly Lane[], colors: Colors): void {
  const greys = Array.from({ length: GREYS }, (_, step) => withAlpha(colors.dim, 0.14 + (0.6 * step) / (GREYS - 1)));
  ctx.font = `9px ${colors.font}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  lanes.forEach(({ resource, states, use }, row) => {
    const y = LANE_TOP + row * LANE_PITCH;
    ctx.fillStyle = colors.dim;
    ctx.fillText((resource.title.length > 4 ? resource.title.slice(0, 3) : resource.title).toLowerCase(), 4, y + LANE / 2 + 0.5);
    // Where only the state is known the lane is as light as one that is idle.
    const steps = Int8Array.from(states, (state, x) => Math.max(greyOf(use[x] ?? NaN), Number.isNaN(state) ? -1 : 0));
    // A browser reads a colour at every change of it: one grey after the other, not one column after the other.
    greys.forEach((grey, step) => {
      ctx.fillStyle = grey;
      runs(steps.length, (x) => (steps[x] === step ? step : -1), (_, from, to) => ctx.fillRect(LANE_GUTTER + from, y, to - from, LANE));
    });
    runs(states.length, (x) => Math.round(states[x] ?? -1) || -1, (state, from, to) => {
      ctx.fillStyle = state === 1 ? colors.warn : colors.critical;
      const height = state === 1 ? LANE / 2 : LANE;
      ctx.fillRect(LANE_GUTTER + from, y + LANE - height, to - from, height);
    });
  });
}
