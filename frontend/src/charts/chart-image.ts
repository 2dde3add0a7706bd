// A chart apart from the page, for a picture or for paper: drawn anew by the painter, as
// sharp as is wanted and in the colours that are wanted, with the texts that the page
// writes beside its canvas. Every drawing sets what it uses: nothing is left of others.

import { formatTimeTick } from '../lib/format';
import { timeTicks } from '../lib/time';
import type { AppState } from '../state/app-state';
import type { Panel } from '../wire/types';
import { ChartData } from './chart-data';
import type { Colors } from './colors';
import { HeatData, paintHeat } from './heat-data';
import { paintCursor } from './overlay';
import { paint, rowOf, type Transform } from './painter';
import { Pixels } from './pixels';
import { AXIS_HEIGHT, GUTTER, valueMarks } from './plot-text';

export interface ImageOptions {
  readonly app: AppState;
  readonly panel: Panel;
  /** In CSS pixels, with the gutter and the axis of time. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the image per CSS pixel. */
  readonly ratio: number;
  readonly colors: Colors;
}

/** A time that would be cut at an edge is left out: so much room half of it needs. */
const HALF_LABEL = 18;

/** chartImage draws what a panel shows now; undefined where there is no room for it. */
export function chartImage(options: ImageOptions): HTMLCanvasElement | undefined {
  const { app, panel, width, height, ratio, colors } = options;
  const columns = Math.floor((width - GUTTER) * ratio);
  const rows = Math.floor((height - AXIS_HEIGHT) * ratio);
  const made = canvasOf(width, height, ratio);
  if (columns < 10 || rows < 10 || !made) return undefined;
  const data = new ChartData(app, panel);
  data.update(columns);
  const transform: Transform = { first: data.first, last: data.last, height: rows, ratio };
  const pixels = new Pixels(data.first, columns, rows);
  paint(pixels, data.scene(), transform, { from: data.first, to: data.last }, colors.inks());
  const { canvas, ctx } = made;
  ctx.fillStyle = colors.panel;
  ctx.fillRect(0, 0, width, height);
  ctx.putImageData(pixels.image(), Math.round(GUTTER * ratio), 0);
  paintCursorOver(ctx, options, data, transform, columns);
  paintTexts(ctx, options, data, transform);
  return canvas;
}

/** stripImage draws the core strip of a panel. */
export function stripImage({ app, panel, width, height, ratio, colors }: ImageOptions): HTMLCanvasElement | undefined {
  const columns = Math.floor((width - GUTTER) * ratio);
  const rows = Math.floor(height * ratio);
  const made = canvasOf(width, height, ratio);
  if (panel.strip === undefined || columns < 10 || rows < 1 || !made) return undefined;
  const data = new HeatData(app, panel.strip, panel.stripMax ?? 100);
  data.update(columns);
  const pixels = new Pixels(data.first, columns, rows);
  paintHeat(pixels, data, rows, { from: data.first, to: data.last }, { ground: colors.inks().panel, ink: colors.inks().series('c1') });
  made.ctx.putImageData(pixels.image(), Math.round(GUTTER * ratio), 0);
  return made.canvas;
}

/** canvasOf makes a canvas in which lengths are CSS pixels. */
function canvasOf(width: number, height: number, ratio: number): { canvas: HTMLCanvasElement; ctx: CanvasRenderingContext2D } | undefined {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const ctx = canvas.getContext('2d');
  ctx?.scale(ratio, ratio);
  return ctx ? { canvas, ctx } : undefined;
}

function paintCursorOver(ctx: CanvasRenderingContext2D, { app, ratio, colors }: ImageOptions, data: ChartData, transform: Transform, columns: number): void {
  const cursor = app.view.cursor.peek();
  const over = document.createElement('canvas');
  over.width = columns;
  over.height = transform.height;
  const on = over.getContext('2d');
  if (!cursor || !on) return;
  const values = data.valuesAt(cursor.t);
  const dots = data.shown.flatMap((curve, i) => {
    const value = values[i] ?? NaN;
    return Number.isNaN(value) || value > data.top ? [] : [{ y: rowOf(value, data.top, transform), color: colors.series(curve.color) }];
  });
  paintCursor(on, { x: data.column(cursor.t) - transform.first + 0.5, isPinned: cursor.pinned, dots, ratio }, colors);
  ctx.drawImage(over, Math.round(GUTTER * ratio) / ratio, 0, columns / ratio, transform.height / ratio);
}

function paintTexts(ctx: CanvasRenderingContext2D, { app, width, height, colors }: ImageOptions, data: ChartData, transform: Transform): void {
  const { ratio } = transform;
  const y = (value: number): number => rowOf(value, data.top, transform) / ratio;
  ctx.font = `11px ${colors.font}`;
  ctx.fillStyle = colors.faint;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  const { values, labels } = valueMarks(data);
  labels.forEach((label, i) => ctx.fillText(label, GUTTER - 6, Math.max(6, y(values[i] ?? 0))));
  ctx.textAlign = 'left';
  for (const { value, level } of data.thresholds()) {
    if (value > data.top) continue;
    ctx.fillStyle = level === 'warn' ? colors.warn : colors.critical;
    ctx.fillText(level, GUTTER + 2, y(value) - 7);
  }
  ctx.fillStyle = colors.faint;
  ctx.textAlign = 'center';
  const { from, to } = data.window;
  const room = width - GUTTER;
  const zone = app.clock.zone();
  const { ticks, stepMs } = timeTicks(from, to, room / (4 * HALF_LABEL), zone);
  for (const t of ticks) {
    const x = ((t - from) / (to - from)) * room;
    if (x >= HALF_LABEL && x <= room - HALF_LABEL) ctx.fillText(formatTimeTick(t, zone, to - from, stepMs), GUTTER + x, height - AXIS_HEIGHT / 2);
  }
}
