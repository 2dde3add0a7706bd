// How a lane looks: its use as a ramp of grey, and over it what was wrong. A warning takes
// the lower half of its height, what is critical all of it.

import type { Colors } from './colors';
import type { Lane } from './lane-data';
import type { Inks } from './painter';

/** Where lanes lie, in CSS pixels. */
export const LANE_GUTTER = 34;
export const LANE_TOP = 11;
export const LANE_PITCH = 10;
const LANE = 8;
/** How many greys the ramp has: use is seen, not read. */
const GREYS = 8;

/** greyOf is the step of the ramp for a share; −1 where nothing is known. */
export const greyOf = (share: number): number => (Number.isNaN(share) ? -1 : Math.min(GREYS - 1, Math.floor(Math.max(0, share) * GREYS)));

/** A lane is as many pixels wide as it has columns, and two high: above, and where a warning stands. */
const HIGH = 2;

/**
 * lanePixels are all lanes under each other, as an image holds them. A browser draws
 * thousands of rectangles for what one image says.
 */
export function lanePixels(lanes: readonly Pick<Lane, 'states' | 'use'>[], columns: number, { dim, warn, critical }: Pick<Inks, 'dim' | 'warn' | 'critical'>): Uint32Array<ArrayBuffer> {
  const greys = Uint32Array.from({ length: GREYS }, (_, step) => (Math.round(255 * (0.14 + (0.6 * step) / (GREYS - 1))) << 24) | (dim & 0xffffff));
  const out = new Uint32Array(columns * HIGH * lanes.length);
  lanes.forEach(({ states, use }, row) => {
    const [above, below] = [row * HIGH * columns, (row * HIGH + 1) * columns];
    for (let x = 0; x < columns; x++) {
      const state = states[x] ?? NaN;
      // Where only the state is known the lane is as light as one that is idle.
      const step = Math.max(greyOf(use[x] ?? NaN), Number.isNaN(state) ? -1 : 0);
      const grey = step < 0 ? 0 : (greys[step] ?? 0);
      const level = Math.round(state);
      out[above + x] = level > 1 ? critical : grey;
      out[below + x] = level > 1 ? critical : level === 1 ? warn : grey;
    }
  });
  return out;
}

/** canvasOf puts pixels onto a canvas of that width. */
function canvasOf(pixels: Uint32Array<ArrayBuffer>, width: number): CanvasImageSource {
  const canvas = new OffscreenCanvas(width, pixels.length / width);
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width), 0, 0);
  return canvas;
}

/** paintLanes draws every lane with its name. */
export function paintLanes(ctx: CanvasRenderingContext2D, lanes: readonly Lane[], colors: Colors, imageOf = canvasOf): void {
  ctx.font = `11px ${colors.font}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.fillStyle = colors.dim;
  lanes.forEach(({ resource: { title } }, row) => {
    ctx.fillText((title.length > 4 ? title.slice(0, 3) : title).toLowerCase(), 4, LANE_TOP + row * LANE_PITCH + LANE / 2 + 0.5);
  });
  const columns = lanes[0]?.states.length ?? 0;
  if (columns === 0) return;
  const image = imageOf(lanePixels(lanes, columns, colors.inks()), columns);
  ctx.imageSmoothingEnabled = false;
  for (let row = 0; row < lanes.length; row++) ctx.drawImage(image, 0, row * HIGH, columns, HIGH, LANE_GUTTER, LANE_TOP + row * LANE_PITCH, columns, LANE);
}
