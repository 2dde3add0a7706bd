// The core strip: one row per processor, brighter where it is busier. Beyond 16 there are
// 16 rows sorted per column, "busiest … idlest": a single hot core stays in sight on any
// machine.

import './heat.css';
import type { AppState } from '../state/app-state';
import type { Panel } from '../wire/types';
import { attachGestures } from './gestures';
import { watchColors } from './colors';
import { GUTTER } from './plot-text';
import { fitCanvas, setFont, watchSize } from './canvas';
import { type HeatCells, heatCells, heatRows } from './heat-data';
import { windowBuckets } from './window-buckets';

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
    const ctx = fitCanvas(canvas, size);
    if (!ctx || rows === 0) return;
    const ratio = size.ratio();
    const columns = Math.max(1, Math.floor((size.width() - GUTTER) * ratio));
    const heat = heatCells(app, family, panel.stripMax ?? 100, columns, windowBuckets(app, [family]));
    const { faint, font, cross } = colors.colors;
    paintCells(ctx, heat, colors.colors.series('c1'), Math.round(GUTTER * ratio), canvas.height);
    ctx.fillStyle = faint;
    setFont(ctx, `10px ${font}`);
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
  const ends = [attachGestures(el, { app, timeAt }), app.frameLoop.add(draw, el, 'canvas'), () => colors.dispose(), () => size.dispose()];
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
