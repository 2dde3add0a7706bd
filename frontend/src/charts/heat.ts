// The core strip: one row per processor, brighter where it is busier. Beyond 16 there are
// 16 rows sorted per column, "busiest … idlest": a single hot core stays in sight on any
// machine.

import './heat.css';
import type { AppState } from '../state/app-state';
import type { Panel } from '../wire/types';
import { attachGestures } from './gestures';
import { watchColors } from './colors';
import { GUTTER } from './plot';
import { fitCanvas } from './canvas';
import { watchSize } from './strip';

/** The most rows a strip has. */
export const MAX_HEAT_ROWS = 16;

/** How many rows a number of series takes; one series needs no strip. */
export const heatRows = (series: number): number => (series <= 1 ? 0 : Math.min(MAX_HEAT_ROWS, series));

/** Values by row and column, from 0 (nothing) to 1, NaN where missing. */
export interface HeatCells {
  readonly rows: number;
  readonly columns: number;
  readonly cells: Float64Array;
  /** Whether rows are sorted, and so no single series. */
  readonly sorted: boolean;
}

/** heatCells takes the largest value of every series in every column of time. */
export function heatCells(app: Pick<AppState, 'store' | 'range'>, family: string, max: number, columns: number): HeatCells {
  const { store } = app;
  const series = store.byFamily(family);
  const rows = heatRows(series.length);
  const sorted = series.length > MAX_HEAT_ROWS;
  const cells = new Float64Array(rows * columns).fill(NaN);
  const { from, to } = app.range();
  const first = Math.max(0, store.indexAtTime(from) + 1);
  const end = store.indexAtTime(to) + 1;
  if (rows === 0 || end <= first) return { rows, columns, cells, sorted };
  const all = new Float64Array(series.length * columns).fill(NaN);
  const values = new Float64Array(end - first);
  const place = placesOf(app, first, end, columns);
  series.forEach((info, s) => {
    store.column(info.id)?.read(first, end, values);
    spread(values, place, all.subarray(s * columns, (s + 1) * columns), max);
  });
  if (!sorted) return { rows, columns, cells: all, sorted };
  const one = new Float64Array(series.length);
  for (let column = 0; column < columns; column++) {
    for (let s = 0; s < series.length; s++) one[s] = all[s * columns + column] ?? NaN;
    // Typed arrays sort NaN last; descending from the last number on.
    const known = one.sort().findLastIndex((value) => !Number.isNaN(value)) + 1;
    for (let row = 0; row < rows; row++) {
      const rank = known - 1 - Math.round((row * (known - 1)) / (rows - 1));
      cells[row * columns + column] = known === 0 ? NaN : (one[rank] ?? NaN);
    }
  }
  return { rows, columns, cells, sorted };
}

/** The first and last column of every row of the store. */
function placesOf(app: Pick<AppState, 'store' | 'range'>, first: number, end: number, columns: number): Int32Array {
  const { store } = app;
  const { from, to } = app.range();
  const places = new Int32Array((end - first) * 2);
  const scale = columns / Math.max(1, to - from);
  let before = Math.floor((store.time(first) - store.intervalMs - from) * scale);
  for (let i = 0; i < end - first; i++) {
    const t = store.time(first + i);
    const at = Number.isNaN(t) ? -1 : Math.floor((t - from) * scale);
    const widest = Math.ceil(store.intervalMs * 1.5 * scale);
    places[2 * i] = at < 0 ? -1 : Math.max(0, before + 1, at - widest);
    places[2 * i + 1] = Math.min(columns - 1, at);
    if (at >= 0) before = at;
    // More rows than columns: several share one.
    if (at >= 0 && (places[2 * i] ?? 0) > at) places[2 * i] = Math.max(0, at);
  }
  return places;
}

function spread(values: Float64Array, places: Int32Array, out: Float64Array, max: number): void {
  values.forEach((value, i) => {
    const from = places[2 * i] ?? -1;
    if (from < 0 || Number.isNaN(value)) return;
    const share = Math.min(1, Math.max(0, value / max));
    for (let x = from; x <= (places[2 * i + 1] ?? -1); x++) {
      const known = out[x] ?? NaN;
      out[x] = Number.isNaN(known) ? share : Math.max(known, share);
    }
  });
}

/** A heat strip. */
export interface Heat {
  readonly canvas: HTMLCanvasElement;
  dispose(): void;
}

/** createHeat draws the strip of a panel into an element, which becomes as high as its rows. */
export function createHeat(el: HTMLElement, { app, panel }: { app: AppState; panel: Panel }): Heat | undefined {
  const { strip: family } = panel;
  if (family === undefined) return undefined;
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  el.classList.add('heat');
  el.append(canvas);
  const colors = watchColors(el, () => app.frameLoop.markDirty('theme'));
  const size = watchSize(el, () => app.frameLoop.markDirty('size'));
  const timeAt = (clientX: number): number => {
    const rect = el.getBoundingClientRect();
    const { from, to } = app.range();
    return from + ((clientX - rect.left - GUTTER) / Math.max(1, rect.width - GUTTER)) * (to - from);
  };
  const draw = (): void => {
    const rows = heatRows(app.store.byFamily(family).length);
    el.hidden = rows === 0;
    el.style.setProperty('--heat-rows', String(rows));
    const ctx = fitCanvas(canvas, size.width(), size.height());
    if (!ctx || rows === 0) return;
    const ratio = devicePixelRatio;
    const columns = Math.max(1, Math.floor((size.width() - GUTTER) * ratio));
    const heat = heatCells(app, family, panel.stripMax ?? 100, columns);
    const { faint, font, cross } = colors.colors;
    paintCells(ctx, heat, colors.colors.series('c1'), Math.round(GUTTER * ratio), canvas.height);
    ctx.fillStyle = faint;
    ctx.font = `10px ${font}`;
    ctx.textAlign = 'right';
    ctx.textBaseline = 'middle';
    if (size.height() >= 20 && heat.sorted) {
      ctx.fillText('busiest', GUTTER - 6, 6);
      ctx.fillText('idlest', GUTTER - 6, size.height() - 6);
    } else if (size.height() >= 8) ctx.fillText('cores', GUTTER - 6, size.height() / 2);
    const cursor = app.view.cursor.peek();
    const { from, to } = app.range();
    if (!cursor || cursor.t < from || cursor.t > to) return;
    ctx.fillStyle = cross;
    ctx.fillRect(Math.round(GUTTER + ((cursor.t - from) / (to - from)) * (size.width() - GUTTER)), 0, 1, size.height());
  };
  const ends = [attachGestures(el, { app, timeAt }), app.frameLoop.add(draw, el), () => colors.dispose(), () => size.dispose()];
  return {
    canvas,
    dispose() {
      for (const end of ends) end();
      canvas.remove();
    },
  };
}

/** Paints device pixels: a rectangle per cell would cost more than all charts together. */
function paintCells(ctx: CanvasRenderingContext2D, heat: HeatCells, color: string, left: number, height: number): void {
  const [red, green, blue] = channels(ctx, color);
  const image = ctx.createImageData(heat.columns, height);
  const pixels = new Uint32Array(image.data.buffer);
  const line = height / heat.rows;
  const rgb = (blue << 16) | (green << 8) | red;
  for (let row = 0; row < heat.rows; row++) {
    const top = Math.round(row * line);
    const bottom = Math.max(top + 1, Math.round((row + 1) * line) - (line >= 3 ? 1 : 0));
    for (let x = 0; x < heat.columns; x++) {
      const share = heat.cells[row * heat.columns + x] ?? NaN;
      if (Number.isNaN(share)) continue;
      const pixel = ((Math.round((0.06 + 0.94 * share) * 255) << 24) | rgb) >>> 0;
      for (let y = top; y < bottom; y++) pixels[y * heat.columns + x] = pixel;
    }
  }
  ctx.putImageData(image, left, 0);
}

/** The red, green and blue of any colour the canvas understands. */
function channels(ctx: CanvasRenderingContext2D, color: string): [number, number, number] {
  ctx.fillStyle = '#000000';
  ctx.fillStyle = color;
  const text = ctx.fillStyle;
  const hex = /^#([0-9a-f]{6})$/i.exec(text)?.[1];
  const part = (at: number): number => parseInt(hex?.slice(at, at + 2) ?? '', 16);
  if (hex !== undefined) return [part(0), part(2), part(4)];
  const [red = 128, green = 128, blue = 128] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}
