// A chart. This file is the only door to uPlot, which lays out axes and builds the paths
// of lines; everything else on the plot is painted by plot-paint.ts.

import uPlot from 'uplot';
import './plot.css';
import type { Buckets } from '../data/history-api';
import { newestIndex, type TimeGap } from '../data/store';
import { formatTicks, formatTimeTick } from '../lib/format';
import { timeTicks } from '../lib/time';
import { type AppState, type DirtyReason, nearestIndex } from '../state/app-state';
import type { Panel } from '../wire/types';
import { baseOf, FreeAxis, leastTop } from './axis';
import { type ColorSource, watchColors, withAlpha } from './colors';
import type { Snap } from '../state/view';
import { attachGestures } from './gestures';
import { type Curve, legendAt, type LegendItem, panelFamilies, resolveCurves } from './layers';
import { bucketGaps, bucketPeak, bucketPoints, curveBuckets, flatLayers, peakRow, type PlotData, rowPoints } from './plot-data';
import { type Dot, gapReason, Hatches, paintCrosshair, paintGaps, paintReason, paintSelection, paintThresholds, paintUnit, type Surface, type Threshold } from './plot-paint';
import { Ranking } from './ranking';

/** Every chart has the same left gutter, so that time lines up down a column. */
export const GUTTER = 44;
/** What fits into it beside the space before a unit: "64 GiB", "500 ms". */
const GUTTER_CHARACTERS = 5;
const AXIS_HEIGHT = 18;
const PADDING_TOP = 6;
const LINE_WIDTH = 1.5;
/** How many buckets a long window is drawn with. */
export const BUCKET_POINTS = 400;

export interface PlotOptions {
  readonly app: AppState;
  readonly panel: Panel;
  /** Called after every drawing and when the cursor moves: the legend's values have changed. */
  readonly onDraw?: () => void;
}

/** Plot draws one panel into an element and keeps it drawn until it is disposed of. */
export class Plot {
  readonly #el: HTMLElement;
  readonly #app: AppState;
  readonly #panel: Panel;
  readonly #onDraw: (() => void) | undefined;
  readonly #overlay: HTMLCanvasElement;
  readonly #colors: ColorSource;
  readonly #hatches = new Hatches();
  readonly #ranking = new Ranking();
  readonly #ends: (() => void)[] = [];
  readonly #names: readonly string[];
  #axis: FreeAxis | undefined;
  #axisKey = '';
  #plot: uPlot | undefined;
  #shapeKey = '';
  #curves: readonly Curve[] = [];
  #shown: readonly Curve[] = [];
  #data: PlotData | undefined;
  #answer: Buckets | undefined;
  #gaps: readonly TimeGap[] = [];
  #window = { from: 0, to: 1 };
  #top = 1;
  #loading = false;
  #flat: ReadonlySet<string> = new Set();
  #unit = '';
  #width = 0;
  #height = 0;

  constructor(el: HTMLElement, { app, panel, onDraw }: PlotOptions) {
    this.#el = el;
    this.#app = app;
    this.#panel = panel;
    this.#onDraw = onDraw;
    this.#names = panelFamilies(panel);
    el.classList.add('plot');
    this.#overlay = document.createElement('canvas');
    this.#overlay.className = 'plot-overlay';
    this.#overlay.setAttribute('aria-hidden', 'true');
    this.#colors = watchColors(el, () => {
      this.#shapeKey = '';
      app.frameLoop.markDirty('theme');
    });
    const sizes = new ResizeObserver(([entry]) => {
      if (entry) this.setSize(entry.contentRect.width, entry.contentRect.height);
    });
    sizes.observe(el);
    this.#ends.push(
      () => sizes.disconnect(),
      attachGestures(el, { app, timeAt: (x) => this.timeAt(x), snap: (t) => this.snap(t) }),
      app.frameLoop.add((reasons) => this.draw(reasons), el),
    );
  }

  /** Whether the values of this window are still being fetched. */
  get loading(): boolean {
    return this.#loading;
  }

  /** The curves of the panel, hidden ones included, bottom up. */
  get curves(): readonly Curve[] {
    return this.#curves;
  }

  /** The time under a horizontal position in the browser's window. */
  timeAt(clientX: number): number {
    const rect = this.#el.getBoundingClientRect();
    const share = (clientX - rect.left - GUTTER) / Math.max(1, rect.width - GUTTER);
    return this.#window.from + share * (this.#window.to - this.#window.from);
  }

  /** The nearest row; in a bucket that of its maximum. In a gap there is none. */
  snap(t: number): Snap {
    const { store } = this.#app;
    const answer = this.#answer;
    if (!answer) {
      const time = store.time(nearestIndex(store, t));
      return { t: Math.abs(time - t) <= store.intervalMs ? time : t };
    }
    const from = Math.floor(t / answer.stepMs) * answer.stepMs;
    const bucket = { from, to: from + answer.stepMs };
    const held = store.length > 0 && t >= store.time(0) ? this.#peakTime(t, answer.stepMs) : undefined;
    const peak = held === undefined ? bucketPeak(answer, this.#shown, this.#panel.stack === true, t) : { t: held };
    return peak ? { ...peak, bucket } : { t };
  }

  /** What the legend says now: at the cursor, else of the newest row. */
  legend(): LegendItem[] {
    const { state, values, index } = this.#app.row();
    const items = legendAt(values, this.#curves, index, this.#app.view.hidden.peek());
    return state === 'loading' ? items.map((item) => ({ ...item, loading: true })) : items;
  }

  setSize(width: number, height: number): void {
    const [w, h] = [Math.floor(width), Math.floor(height)];
    if (w === this.#width && h === this.#height) return;
    this.#width = w;
    this.#height = h;
    this.#app.frameLoop.markDirty('size');
  }

  draw(reasons?: ReadonlySet<DirtyReason>): void {
    if (this.#width < GUTTER + 10 || this.#height < AXIS_HEIGHT + 10) return;
    const onlyCursor = reasons !== undefined && this.#plot !== undefined && Array.from(reasons).every((reason) => reason === 'cursor');
    if (!onlyCursor) this.#drawPlot();
    this.#drawOverlay();
    this.#onDraw?.();
  }

  dispose(): void {
    for (const end of this.#ends) end();
    this.#colors.dispose();
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#overlay.remove();
    this.#el.classList.remove('plot');
  }

  #drawPlot(): void {
    const { store, view } = this.#app;
    this.#window = this.#app.range();
    const { from, to } = this.#window;
    this.#rank(from, to);
    this.#curves = resolveCurves(this.#panel, store, this.#ranking);
    const hidden = view.hidden.peek();
    this.#shown = this.#curves.filter((curve) => !hidden.has(curve.key));
    this.#gaps = store.gaps(from, to);
    const answer = this.#needsBuckets(from, to) ? this.#app.buckets.want(this.#names, ...this.#aligned(from, to), BUCKET_POINTS) : undefined;
    this.#loading = answer === undefined && this.#needsBuckets(from, to);
    this.#answer = answer;
    if (answer) this.#gaps = [...bucketGaps(store, answer), ...this.#gaps];
    this.#data = this.#points(answer);
    this.#flat = this.#panel.stack === true ? flatLayers(this.#shown, this.#data) : new Set();
    this.#top = this.#chooseTop(this.#data.largest);
    const plot = this.#prepare(answer !== undefined);
    plot.setData(this.#columns(this.#data, answer !== undefined));
  }

  /** Rows are enough where they cover the window, or all of it that is remembered. */
  #needsBuckets(from: number, to: number): boolean {
    const { store } = this.#app;
    if (store.length === 0 || store.newest === 0) return false;
    const held = store.time(0);
    const remembered = store.hello?.oldestT ?? 0;
    const start = Math.max(from, remembered > 0 ? remembered : held);
    return start < held - 1.5 * store.intervalMs || (to - from) / store.intervalMs > 3700;
  }

  /** What is asked for moves in steps, so that neighbouring frames ask for the same. */
  #aligned(from: number, to: number): [number, number] {
    const grain = Math.max(1000, (to - from) / BUCKET_POINTS);
    return [Math.floor(from / grain) * grain, Math.ceil(to / grain) * grain];
  }

  #points(answer: Buckets | undefined): PlotData {
    const { store } = this.#app;
    const window = { ...this.#window, pixels: (this.#width - GUTTER) * ratio(), stack: this.#panel.stack === true };
    if (!answer) return rowPoints(store, this.#shown, window);
    return bucketPoints(curveBuckets(store, answer, this.#shown), this.#shown, window);
  }

  #rank(from: number, to: number): void {
    const { store } = this.#app;
    const now = store.length > 0 ? store.time(newestIndex(store)) : 0;
    if (!this.#ranking.due(now)) return;
    const first = Math.max(0, store.indexAtTime(from));
    const end = Math.max(first, store.indexAtTime(to) + 1);
    const values = new Float64Array(end - first);
    this.#ranking.update(now, (id) => {
      store.column(id)?.read(first, end, values);
      let sum = 0;
      for (const value of values) if (!Number.isNaN(value)) sum += value;
      return sum;
    });
  }

  #chooseTop(largest: number): number {
    const { panel, bits } = { panel: this.#panel, bits: this.#bits() };
    if (panel.scale === 'percent') return 100;
    const max = Math.max(0, ...this.#curves.map((curve) => curve.max));
    if (panel.scale === 'max' && max > 0) return max;
    const unit = this.#curves[0]?.unit ?? '';
    // Bits are round in tens of bits, not of bytes.
    const factor = bits && unit === 'bytes/s' ? 8 : 1;
    const key = `${unit}|${bits}`;
    if (key !== this.#axisKey || !this.#axis) {
      this.#axis = new FreeAxis(baseOf(unit, bits), leastTop(unit));
      this.#axisKey = key;
    }
    return this.#axis.next(largest * factor, this.#window.to) / factor;
  }

  #bits(): boolean {
    return this.#panel.section === 'network' && this.#app.view.units.peek() === 'bits';
  }

  /** The chart that fits the curves and the mode; it is made anew only when those change. */
  #prepare(envelope: boolean): uPlot {
    const key = [envelope, ...this.#shown.map((curve) => `${curve.key}|${curve.color}|${curve.style}|${this.#flat.has(curve.key)}`)].join('\n');
    if (this.#plot && key === this.#shapeKey) {
      if (this.#plot.width !== this.#width || this.#plot.height !== this.#height) this.#plot.setSize({ width: this.#width, height: this.#height });
      return this.#plot;
    }
    this.#plot?.destroy();
    this.#shapeKey = key;
    const plot = new uPlot(this.#options(envelope), undefined, this.#el);
    this.#plot = plot;
    this.#el.append(this.#overlay);
    return plot;
  }

  #options(envelope: boolean): uPlot.Options {
    const { colors } = this.#colors;
    const font = `11px ${colors.font}`;
    const grid = { stroke: colors.grid, width: 1 };
    const quiet = { show: false };
    return {
      width: this.#width,
      height: this.#height,
      padding: [PADDING_TOP, 0, 0, 0],
      cursor: { show: false },
      legend: quiet,
      select: { show: false, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: { time: false, range: () => [this.#window.from, this.#window.to] },
        y: { range: () => [0, this.#top] },
      },
      axes: [
        {
          size: AXIS_HEIGHT,
          gap: 3,
          font,
          stroke: colors.faint,
          grid: quiet,
          ticks: quiet,
          splits: () => this.#timeTicks().ticks,
          values: (_, splits) => splits.map((t) => formatTimeTick(t, this.#app.zone(), this.#window.to - this.#window.from, this.#timeTicks().stepMs)),
        },
        {
          size: GUTTER,
          gap: 6,
          font,
          stroke: colors.faint,
          grid,
          ticks: quiet,
          splits: () => [0, this.#top / 2, this.#top],
          values: (_, splits) => this.#valueTicks(splits),
        },
      ],
      series: this.#series(envelope),
      bands: this.#bands(envelope),
      hooks: { draw: [(plot) => this.#paint(plot)] },
    };
  }

  #valueTicks(splits: readonly number[]): string[] {
    const { labels, unit } = formatTicks(splits, this.#curves[0]?.unit ?? '', { bits: this.#bits() });
    // A unit that has no room in the gutter stands on the plot.
    const fits = unit.length <= 3 && Math.max(...labels.map((label) => label.length)) + unit.length <= GUTTER_CHARACTERS;
    this.#unit = fits ? '' : unit;
    const highest = splits.length - 1;
    return labels.map((label, i) => (fits && unit !== '' && i === highest ? `${label} ${unit}` : label));
  }

  #timeTicks(): { ticks: number[]; stepMs: number } {
    const { from, to } = this.#window;
    const room = from === to ? 1 : (this.#width - GUTTER) / 72;
    const { ticks, stepMs } = timeTicks(from, to, room, this.#app.zone());
    // A label that would be cut at an edge is left out.
    const margin = ((to - from) * 18) / Math.max(1, this.#width - GUTTER);
    return { ticks: ticks.filter((t) => t >= from + margin / 2 && t <= to - margin), stepMs };
  }

  // With an envelope every curve has three series (its mean, what was largest, what was
  // smallest) and a stack one more at the end.
  #series(envelope: boolean): uPlot.Series[] {
    const { colors } = this.#colors;
    const stack = this.#panel.stack === true;
    const few = this.#shown.length <= 2;
    const series: uPlot.Series[] = [{}];
    for (const curve of this.#shown) {
      const color = colors.series(curve.color);
      const stacked = stack && curve.style !== 'line';
      const fill = this.#filling(curve, color, stacked, few && !envelope);
      // Between two layers of a stack there is a pixel of the panel's own colour.
      const stroke = stacked ? colors.panel : color;
      const flat = this.#flat.has(curve.key);
      series.push({ stroke, width: flat ? 0 : stacked ? 1 : LINE_WIDTH, points: { show: false }, ...(fill && !flat && { fill }) });
      if (envelope) {
        series.push({ width: 0, points: { show: false } });
        series.push({ width: 0, points: { show: false } });
      }
    }
    if (envelope) series.push({ stroke: withAlpha(colors.dim, 0.8), width: 1, points: { show: false } });
    return series;
  }

  #filling(curve: Curve, color: string, stacked: boolean, few: boolean): uPlot.Series['fill'] | undefined {
    const { fill } = this.#colors.colors;
    if (stacked && curve.style === 'hatch') return (plot) => this.#hatches.get(plot.ctx, withAlpha(color, 0.9), ratio());
    if (stacked) return withAlpha(color, Math.min(1, fill * 1.8));
    return few && this.#panel.stack !== true ? withAlpha(color, fill * 0.45) : undefined;
  }

  #bands(envelope: boolean): uPlot.Band[] {
    const stack = this.#panel.stack === true;
    const bands: uPlot.Band[] = [];
    const step = envelope ? 3 : 1;
    let below: number | undefined;
    this.#shown.forEach((curve, i) => {
      const at = 1 + i * step;
      if (stack && curve.style !== 'line') {
        if (below !== undefined) bands.push({ series: [at, below] });
        below = at;
      } else if (envelope) bands.push({ series: [at + 1, at + 2], fill: withAlpha(this.#colors.colors.series(curve.color), 0.28) });
    });
    return bands;
  }

  #columns(data: PlotData, envelope: boolean): uPlot.AlignedData {
    if (!envelope) return [data.x, ...data.lines];
    const lines = data.lines.flatMap((line, i) => [line, data.high[i] ?? [], data.low[i] ?? []]);
    return [data.x, ...lines, data.peak];
  }

  #paint(plot: uPlot): void {
    const surface = surfaceOf(plot, plot.ctx);
    const { colors } = this.#colors;
    if (this.#unit !== '') paintUnit(surface, this.#unit, colors);
    paintThresholds(surface, this.#thresholds(), this.#top, colors);
    paintGaps(surface, this.#gaps, this.#staleFrom(), this.#window.to, colors, this.#hatches);
  }

  #thresholds(): Threshold[] {
    const found = new Map<string, Threshold>();
    if (this.#panel.stack === true) return [];
    for (const { warn, crit } of this.#shown) {
      if (warn > 0) found.set(`warn${warn}`, { value: warn, level: 'warn' });
      if (crit > 0) found.set(`crit${crit}`, { value: crit, level: 'critical' });
    }
    return Array.from(found.values());
  }

  /** Where what is not known yet begins, while it should be. */
  #staleFrom(): number | undefined {
    const { store } = this.#app;
    if (!this.#app.stale() || store.length === 0) return undefined;
    return store.time(newestIndex(store));
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
    const [width, height] = [Math.round(this.#width * scale), Math.round(this.#height * scale)];
    if (this.#overlay.width !== width || this.#overlay.height !== height) {
      this.#overlay.width = width;
      this.#overlay.height = height;
    } else ctx.clearRect(0, 0, width, height);
    const surface = surfaceOf(plot, ctx);
    const { colors } = this.#colors;
    if (selection) paintSelection(surface, selection.from, selection.to, colors);
    if (!cursor) return;
    const gap = this.#gaps.find(({ from, to }) => cursor.t > from && cursor.t < to);
    const dots = gap ? [] : this.#dots(cursor.t);
    paintCrosshair(surface, cursor.t, cursor.pinned, dots, colors);
    if (gap) paintReason(surface, cursor.t, gapReason(gap), colors);
  }

  #dots(t: number): Dot[] {
    const data = this.#data;
    if (!data) return [];
    const at = nearestPoint(data.x, t);
    return this.#shown.flatMap((curve, i) => {
      const value = data.lines[i]?.[at] ?? null;
      return value === null || value > this.#top ? [] : [{ value, color: this.#colors.colors.series(curve.color) }];
    });
  }

  #peakTime(t: number, step: number): number | undefined {
    const { store } = this.#app;
    const start = Math.floor(t / step) * step;
    const first = store.indexAtTime(start - 1) + 1;
    const end = store.indexAtTime(start + step - 1) + 1;
    if (end <= first) return undefined;
    const best = peakRow(store, this.#shown, this.#panel.stack === true, first, end);
    return best < 0 ? undefined : store.time(first + best);
  }
}

const ratio = (): number => uPlot.pxRatio;

function surfaceOf(plot: uPlot, ctx: CanvasRenderingContext2D): Surface {
  const { left, top, width, height } = plot.bbox;
  return { ctx, left, top, width, height, ratio: ratio(), x: (t) => plot.valToPos(t, 'x', true), y: (value) => plot.valToPos(value, 'y', true) };
}

function nearestPoint(x: readonly number[], t: number): number {
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) < t) low = middle + 1;
    else high = middle;
  }
  return low > 0 && t - (x[low - 1] ?? 0) < (x[low] ?? 0) - t ? low - 1 : low;
}
