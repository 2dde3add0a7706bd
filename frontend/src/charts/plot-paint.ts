// What a chart shows besides its lines: stretches without rows, thresholds, the
// crosshair. Drawn on a plain canvas context, in device pixels.

import type { TimeGap } from '../data/store';
import { type Colors, mixed, withAlpha } from './colors';

/** The plot's area and scales, in device pixels. */
export interface Surface {
  readonly ctx: CanvasRenderingContext2D;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  x(t: number): number;
  y(value: number): number;
}

/** Hatching, one tile per colour and ratio. */
export class Hatches {
  readonly #tiles = new Map<string, CanvasPattern>();

  get(ctx: CanvasRenderingContext2D, color: string, ratio: number): CanvasPattern | string {
    const key = `${color}|${ratio}`;
    const known = this.#tiles.get(key);
    if (known) return known;
    const size = Math.round(6 * ratio);
    const tile = document.createElement('canvas');
    tile.width = tile.height = size;
    const g = tile.getContext('2d');
    if (!g) return color;
    g.strokeStyle = color;
    g.lineWidth = ratio;
    g.beginPath();
    // Three strokes, so that the corners of neighbouring tiles join.
    for (const shift of [-size, 0, size]) {
      g.moveTo(shift, size);
      g.lineTo(shift + size, 0);
    }
    g.stroke();
    const pattern = ctx.createPattern(tile, 'repeat');
    if (!pattern) return color;
    this.#tiles.set(key, pattern);
    return pattern;
  }
}

const GAP_TEXT: Readonly<Record<TimeGap['kind'] | 'stale', string>> = {
  'not-sampled': 'not sampled',
  'not-received': 'not received',
  'not-remembered': 'not remembered',
  restart: 'restarted',
  stale: 'no data',
};

/** gapReason says in words why there is nothing. */
export const gapReason = (gap: TimeGap): string => (gap.why === '' ? GAP_TEXT[gap.kind] : `${GAP_TEXT[gap.kind]}: ${gap.why}`);

/** paintReason writes why there is nothing at a time, beside the crosshair: most gaps are too narrow for it. */
export function paintReason(on: Surface, t: number, text: string, colors: Colors): void {
  const { ctx, ratio } = on;
  const x = on.x(t);
  if (x < on.left || x > on.left + on.width) return;
  ctx.font = `${11 * ratio}px ${colors.font}`;
  const width = ctx.measureText(text).width + 12 * ratio;
  const left = Math.max(on.left, Math.min(x + 6 * ratio, on.left + on.width - width));
  ctx.fillStyle = colors.panel;
  ctx.fillRect(left, on.top + 2 * ratio, width, 18 * ratio);
  ctx.fillStyle = colors.text;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.fillText(text, left + 6 * ratio, on.top + 11 * ratio);
}

/** paintGaps marks the stretches without rows. Only what was not sampled, not received or is stale is hatched. */
export function paintGaps(on: Surface, gaps: readonly TimeGap[], staleFrom: number | undefined, to: number, colors: Colors, hatches: Hatches): void {
  const { ctx, ratio } = on;
  ctx.save();
  ctx.beginPath();
  ctx.rect(on.left, on.top, on.width, on.height);
  ctx.clip();
  for (const gap of gaps) {
    if (gap.kind === 'restart') paintBoundary(on, gap.to, colors);
    const width = on.x(gap.to) - on.x(gap.from);
    // Where a gap is thinner than a stroke the break in the line says it.
    if (width < 2 * ratio) continue;
    const quiet = gap.kind === 'not-remembered';
    const fill = quiet ? mixed(colors.hatch, 0.1, colors.panel) : hatches.get(ctx, colors.hatch, ratio);
    paintStretch(on, gap.from, gap.to, fill, gapReason(gap), colors, quiet);
  }
  if (staleFrom !== undefined && to > staleFrom) paintStretch(on, staleFrom, to, hatches.get(ctx, colors.hatch, ratio), GAP_TEXT.stale, colors);
  ctx.restore();
}

/** quiet is where the filling covers what is under it: its words need no ground of their own. */
function paintStretch(on: Surface, from: number, to: number, fill: CanvasPattern | string, text: string, colors: Colors, quiet = false): void {
  const { ctx, ratio } = on;
  const a = Math.max(on.left, on.x(from));
  const b = Math.min(on.left + on.width, on.x(to));
  ctx.fillStyle = fill;
  ctx.fillRect(a, on.top, b - a, on.height);
  ctx.font = `${11 * ratio}px ${colors.font}`;
  const room = ctx.measureText(text).width + 12 * ratio;
  if (room > b - a) return;
  const middle = (a + b) / 2;
  if (!quiet) {
    ctx.fillStyle = colors.panel;
    ctx.fillRect(middle - room / 2, on.top + on.height / 2 - 9 * ratio, room, 18 * ratio);
  }
  ctx.fillStyle = colors.faint;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(text, middle, on.top + on.height / 2);
}

function paintBoundary(on: Surface, t: number, colors: Colors): void {
  const { ctx, ratio } = on;
  const x = Math.round(on.x(t)) + 0.5;
  ctx.strokeStyle = colors.dim;
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(x, on.top);
  ctx.lineTo(x, on.top + on.height);
  ctx.stroke();
  ctx.setLineDash([]);
}

/**
 * paintUnit names the unit of the value axis where the gutter has no room for it: behind the
 * uppermost number, as if it went on, readable over whatever is drawn there.
 */
export function paintUnit(on: Surface, unit: string, colors: Colors): void {
  const { ctx, ratio } = on;
  ctx.font = `${11 * ratio}px ${colors.font}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  const [x, y] = [on.left - 2 * ratio, on.top];
  ctx.fillStyle = colors.panel;
  ctx.fillRect(on.left, y - 6 * ratio, ctx.measureText(unit).width + 2 * ratio, 12 * ratio);
  ctx.fillStyle = colors.faint;
  ctx.fillText(unit, x, y);
}

/** A line at a value from which on it counts as bad. */
export interface Threshold {
  readonly value: number;
  readonly level: 'warn' | 'critical';
}

/** So many CSS pixels a name needs above its line. */
const NAME_HEIGHT = 12;

/** paintThresholds draws hairlines with their names: above the line, or below it where the next one is too near. */
export function paintThresholds(on: Surface, thresholds: readonly Threshold[], top: number, colors: Colors): void {
  const { ctx, ratio } = on;
  for (const { value, level } of thresholds) {
    if (value > top) continue;
    const y = Math.round(on.y(value)) + 0.5;
    const color = level === 'warn' ? colors.warn : colors.critical;
    ctx.strokeStyle = withAlpha(color, 0.6);
    ctx.lineWidth = ratio;
    ctx.beginPath();
    ctx.moveTo(on.left, y);
    ctx.lineTo(on.left + on.width, y);
    ctx.stroke();
    ctx.fillStyle = color;
    ctx.font = `${10 * ratio}px ${colors.font}`;
    ctx.textAlign = 'left';
    const crowded = thresholds.some((other) => other.value > value && other.value <= top && y - on.y(other.value) < NAME_HEIGHT * ratio);
    ctx.textBaseline = crowded ? 'top' : 'bottom';
    ctx.fillText(level, on.left + 4 * ratio, crowded ? y + 2 * ratio : y - ratio);
  }
}

/** A point on the crosshair. */
export interface Dot {
  readonly value: number;
  readonly color: string;
}

/** paintCrosshair draws the time cursor and where the lines cross it. */
export function paintCrosshair(on: Surface, t: number, pinned: boolean, dots: readonly Dot[], colors: Colors): void {
  const { ctx, ratio } = on;
  const x = on.x(t);
  if (x < on.left - 1 || x > on.left + on.width + 1) return;
  const line = Math.round(x) + 0.5;
  ctx.strokeStyle = withAlpha(colors.cross, pinned ? 0.9 : 0.7);
  ctx.lineWidth = pinned ? 1.5 * ratio : ratio;
  ctx.beginPath();
  ctx.moveTo(line, on.top);
  ctx.lineTo(line, on.top + on.height);
  ctx.stroke();
  for (const dot of dots) {
    ctx.beginPath();
    ctx.arc(x, on.y(dot.value), 2.6 * ratio, 0, 2 * Math.PI);
    ctx.fillStyle = dot.color;
    ctx.fill();
    ctx.strokeStyle = colors.panel;
    ctx.lineWidth = ratio;
    ctx.stroke();
  }
}

/** paintSelection shades a range that is being selected. */
export function paintSelection(on: Surface, from: number, to: number, colors: Colors): void {
  const a = Math.max(on.left, on.x(from));
  const b = Math.min(on.left + on.width, on.x(to));
  if (b <= a) return;
  on.ctx.fillStyle = withAlpha(colors.text, 0.1);
  on.ctx.fillRect(a, on.top, b - a, on.height);
}
