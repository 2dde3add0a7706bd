// What a person does with a chart lies over it on a canvas of its own, in device pixels:
// the time cursor and a range that is being selected.

import { type Colors, withAlpha } from './colors';

/** Where a curve crosses the cursor. */
export interface Dot {
  readonly y: number;
  readonly color: string;
}

interface CursorMark {
  readonly x: number;
  readonly isPinned: boolean;
  readonly dots: readonly Dot[];
  readonly ratio: number;
}

/** paintCursor draws the time cursor and where the curves cross it. */
export function paintCursor(ctx: CanvasRenderingContext2D, { x, isPinned, dots, ratio }: CursorMark, colors: Colors): void {
  const { width, height } = ctx.canvas;
  if (x < -1 || x > width + 1) return;
  const thick = Math.max(1, Math.round((isPinned ? 1.5 : 1) * ratio));
  ctx.fillStyle = withAlpha(colors.cross, isPinned ? 0.9 : 0.7);
  ctx.fillRect(Math.min(width - thick, Math.floor(x - (thick - 1) / 2)), 0, thick, height);
  for (const dot of dots) {
    ctx.beginPath();
    ctx.arc(x, dot.y, 2.6 * ratio, 0, 2 * Math.PI);
    ctx.fillStyle = dot.color;
    ctx.fill();
    ctx.strokeStyle = colors.panel;
    ctx.lineWidth = ratio;
    ctx.stroke();
  }
}

/** paintSelection shades a range that is being selected. */
export function paintSelection(ctx: CanvasRenderingContext2D, from: number, to: number, colors: Colors): void {
  const { width, height } = ctx.canvas;
  const [a, b] = [Math.max(0, from), Math.min(width, to)];
  if (b <= a) return;
  ctx.fillStyle = withAlpha(colors.text, 0.1);
  ctx.fillRect(a, 0, b - a, height);
}
