// A chart. This file is the only door to uPlot, which keeps the scales, draws the axes and
// the lines of plot-lines.ts; everything else on the plot is painted by plot-paint.ts.

import uPlot from 'uplot';
import './plot.css';
import type { AppState, DirtyReason } from '../state/app-state';
import type { Panel } from '../wire/types';
import { ChartData } from './chart-data';
import { type ColorSource, watchColors } from './colors';
import { attachGestures } from './gestures';
import type { Curve, LegendItem } from './layers';
import { AXIS_HEIGHT, columnsOf, GUTTER, plotKey, plotOptions, valueMarks } from './plot-options';
import { type Dot, gapReason, Hatches, paintCrosshair, paintGaps, paintReason, paintSelection, paintThresholds, paintUnit, type Surface } from './plot-paint';

export interface PlotOptions {
  readonly app: AppState;
  readonly panel: Panel;
}

/** Plot draws one panel into an element and keeps it drawn until it is disposed of. */
export class Plot {
  readonly #el: HTMLElement;
  readonly #app: AppState;
  readonly #data: ChartData;
  readonly #overlay: HTMLCanvasElement;
  readonly #colors: ColorSource;
  readonly #hatches = new Hatches();
  readonly #ends: (() => void)[] = [];
  readonly #size = { width: 0, height: 0 };
  #plot: uPlot | undefined;
  #key = '';

  constructor(el: HTMLElement, { app, panel }: PlotOptions) {
    this.#el = el;
    this.#app = app;
    this.#data = new ChartData(app, panel);
    el.classList.add('plot');
    this.#overlay = document.createElement('canvas');
    this.#overlay.className = 'plot-overlay';
    this.#overlay.setAttribute('aria-hidden', 'true');
    this.#colors = watchColors(el, () => {
      this.#key = '';
      app.frameLoop.markDirty('theme');
    });
    this.#ends.push(
      app.frameLoop.onResize(el, (width, height) => this.#resize(width, height)),
      attachGestures(el, { app, timeAt: (x) => this.timeAt(x), snap: (t) => this.#data.snap(t) }),
      app.frameLoop.add((reasons) => this.#draw(reasons), el, 'canvas', 'once'),
    );
  }

  /** The curves of the panel, hidden ones included, bottom up. */
  get curves(): readonly Curve[] {
    return this.#data.curves();
  }

  /** The time under a horizontal position in the browser's window. */
  timeAt(clientX: number): number {
    const { from, to } = this.#data.window;
    const rect = this.#el.getBoundingClientRect();
    const share = (clientX - rect.left - GUTTER) / Math.max(1, rect.width - GUTTER);
    return from + share * (to - from);
  }

  /** What the legend says now: at the cursor, else of the newest row. */
  legend(): LegendItem[] {
    return this.#data.legend();
  }

  dispose(): void {
    for (const end of this.#ends) end();
    this.#colors.dispose();
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#overlay.remove();
    this.#el.classList.remove('plot');
  }

  #resize(width: number, height: number): void {
    Object.assign(this.#size, { width: Math.floor(width), height: Math.floor(height) });
  }

  #draw(reasons: ReadonlySet<DirtyReason>): void {
    if (this.#size.width < GUTTER + 10 || this.#size.height < AXIS_HEIGHT + 10) return;
    const onlyCursor = this.#plot !== undefined && Array.from(reasons).every((reason) => reason === 'cursor');
    if (!onlyCursor) {
      this.#data.update((this.#size.width - GUTTER) * ratio());
      this.#prepare().setData(columnsOf(this.#data.points, this.#data.isBuckets));
    }
    this.#drawOverlay();
  }

  /** The chart that fits the curves and the mode; it is made anew only when those change. */
  #prepare(): uPlot {
    const { width, height } = this.#size;
    const key = plotKey({ data: this.#data, ratio: ratio() });
    if (this.#plot && key === this.#key) {
      if (this.#plot.width !== width || this.#plot.height !== height) this.#plot.setSize({ width, height });
      return this.#plot;
    }
    this.#plot?.destroy();
    this.#key = key;
    const setup = { app: this.#app, data: this.#data, size: this.#size, colors: this.#colors.colors, hatches: this.#hatches, ratio: ratio() };
    const plot = new uPlot(plotOptions({ ...setup, paint: (made) => this.#paint(made) }), undefined, this.#el);
    this.#plot = plot;
    this.#el.append(this.#overlay);
    return plot;
  }

  #paint(plot: uPlot): void {
    const surface = surfaceOf(plot, plot.ctx);
    const { colors } = this.#colors;
    const data = this.#data;
    paintThresholds(surface, data.thresholds(), data.top, colors);
    paintGaps(surface, data.gaps, data.staleFrom(), data.window.to, colors, this.#hatches);
    const { unit } = valueMarks(data);
    if (unit !== '') paintUnit(surface, unit, colors);
  }

  #drawOverlay(): void {
    const plot = this.#plot;
    const ctx = this.#overlay.getContext('2d');
    if (!plot || !ctx) return;
    const selection = this.#app.view.selection.peek();
    const cursor = this.#app.view.cursor.peek();
    // An empty overlay is no part of the picture: a browser pays for every canvas at every frame.
    const isEmpty = selection === null && cursor === null;
    this.#overlay.hidden = isEmpty;
    if (isEmpty) {
      this.#overlay.width = 0;
      return;
    }
    const scale = ratio();
    const [width, height] = [Math.round(this.#size.width * scale), Math.round(this.#size.height * scale)];
    if (this.#overlay.width !== width || this.#overlay.height !== height) {
      this.#overlay.width = width;
      this.#overlay.height = height;
    } else ctx.clearRect(0, 0, width, height);
    const surface = surfaceOf(plot, ctx);
    const { colors } = this.#colors;
    if (selection) paintSelection(surface, selection.from, selection.to, colors);
    if (!cursor) return;
    const gap = this.#data.gaps.find(({ from, to }) => cursor.t > from && cursor.t < to);
    const dots = gap ? [] : this.#dots(cursor.t);
    paintCrosshair(surface, cursor.t, cursor.pinned, dots, colors);
    if (gap) paintReason(surface, cursor.t, gapReason(gap), colors);
  }

  #dots(t: number): Dot[] {
    const { points, shown, top } = this.#data;
    const at = nearestPoint(points.x, t);
    return shown.flatMap((curve, i) => {
      const value = points.lines[i]?.[at] ?? NaN;
      return Number.isNaN(value) || value > top ? [] : [{ value, color: this.#colors.colors.series(curve.color) }];
    });
  }
}

const ratio = (): number => uPlot.pxRatio;

function surfaceOf(plot: uPlot, ctx: CanvasRenderingContext2D): Surface {
  const { left, top, width, height } = plot.bbox;
  return { ctx, left, top, width, height, ratio: ratio(), x: (t) => plot.valToPos(t, 'x', true), y: (value) => plot.valToPos(value, 'y', true) };
}

function nearestPoint(x: Float64Array, t: number): number {
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) < t) low = middle + 1;
    else high = middle;
  }
  return low > 0 && t - (x[low - 1] ?? 0) < (x[low] ?? 0) - t ? low - 1 : low;
}
