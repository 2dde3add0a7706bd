// What a chart shows at the moment: which curves, over which time, from rows or buckets,
// up to which value. It asks the store and draws nothing.

import { bucketGaps, bucketPeak, bucketPoints, curveBuckets } from './bucket-data';
import type { Buckets } from '../data/history-api';
import { nearestIndex } from '../data/row-times';
import { newestIndex, type TimeGap } from '../data/store';
import type { AppState } from '../state/app-state';
import type { Snap, TimeRange } from '../state/view';
import type { Panel } from '../wire/types';
import { baseOf, FreeAxis, leastTop } from './axis';
import { type Curve, legendAt, type LegendItem, panelFamilies, resolveCurves } from './layers';
import { flatLayers, inStack, Lender, NO_POINTS, peakRow, type PlotData, rowPoints } from './plot-data';
import type { Threshold } from './plot-paint';
import { Ranking } from './ranking';
import { windowBuckets } from './window-buckets';

const NOTHING: PlotData = { x: NO_POINTS, lines: [], low: [], high: [], peak: NO_POINTS, largest: 0 };

/** ChartData is brought up to date by {@link ChartData.update}, once before a drawing. */
export class ChartData {
  readonly #app: AppState;
  readonly #panel: Panel;
  readonly #ranking = new Ranking();
  readonly #lender = new Lender();
  readonly #names: readonly string[];
  #axis: FreeAxis | undefined;
  #axisKey = '';
  #curves: readonly Curve[] = [];
  #curvesKey = '';
  #answer: Buckets | undefined;

  /** The curves that are not hidden, bottom up. */
  shown: readonly Curve[] = [];
  window: TimeRange = { from: 0, to: 1 };
  /** Points are valid until the next update. */
  points: PlotData = NOTHING;
  gaps: readonly TimeGap[] = [];
  top = 1;
  /** Layers that add nothing anywhere. */
  flat: ReadonlySet<string> = new Set();

  constructor(app: AppState, panel: Panel) {
    this.#app = app;
    this.#panel = panel;
    this.#names = panelFamilies(panel);
  }

  /** Whether points are buckets and have an envelope. */
  get isBuckets(): boolean {
    return this.#answer !== undefined;
  }

  /** Whether curves are the parts of a whole. */
  get isStack(): boolean {
    return this.#panel.stack === true;
  }

  /** Whether rates are shown in bits. */
  get bits(): boolean {
    return this.#panel.section === 'network' && this.#app.view.units.peek() === 'bits';
  }

  get unit(): string {
    return this.#curves[0]?.unit ?? '';
  }

  /** The curves of the panel, hidden ones included, bottom up. They are found anew only when the schema or the ranking changed. */
  curves(): readonly Curve[] {
    const { store } = this.#app;
    this.#rank();
    const key = `${store.instance}|${store.rev}|${this.#ranking.version}`;
    if (key !== this.#curvesKey) {
      this.#curvesKey = key;
      this.#curves = resolveCurves(this.#panel, store, this.#ranking);
    }
    return this.#curves;
  }

  /** What the legend says now: at the cursor, else of the newest row. */
  legend(): LegendItem[] {
    const { state, values, index } = this.#app.row();
    const items = legendAt(values, this.curves(), index, this.#app.view.hidden.peek());
    return state === 'loading' ? items.map((item) => ({ ...item, loading: true })) : items;
  }

  /** Takes what there is now; pixels is the width of the plot in device pixels. */
  update(pixels: number): void {
    const { store, view } = this.#app;
    this.window = this.#app.range();
    const { from, to } = this.window;
    const hidden = view.hidden.peek();
    const curves = this.curves();
    this.shown = hidden.size === 0 ? curves : curves.filter((curve) => !hidden.has(curve.key));
    this.gaps = store.gaps(from, to);
    this.#answer = windowBuckets(this.#app, this.#names);
    if (this.#answer) this.gaps = [...bucketGaps(store, this.#answer), ...this.gaps];
    this.#lender.reset();
    const window = { from, to, pixels, stack: this.isStack };
    this.points = this.#answer
      ? bucketPoints(curveBuckets(store, this.#answer, this.shown), this.shown, window, this.#lender)
      : rowPoints(store, this.shown, window, this.#lender);
    this.flat = window.stack ? flatLayers(this.shown, this.points) : new Set();
    this.top = this.#chooseTop(this.points.largest);
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
    const peak = held === undefined ? bucketPeak(answer, this.shown, this.isStack, t) : { t: held };
    return peak ? { ...peak, bucket } : { t };
  }

  /** Lines at which values begin to count as bad; parts of a whole have none. */
  thresholds(): Threshold[] {
    const found = new Map<string, Threshold>();
    if (this.isStack) return [];
    for (const { warn, crit } of this.shown) {
      if (warn > 0) found.set(`warn${warn}`, { value: warn, level: 'warn' });
      if (crit > 0) found.set(`crit${crit}`, { value: crit, level: 'critical' });
    }
    return Array.from(found.values());
  }

  /** Where what is not known yet begins, while it should be. */
  staleFrom(): number | undefined {
    const { store } = this.#app;
    return this.#app.stale() && store.length > 0 ? store.time(newestIndex(store)) : undefined;
  }

  /** Whether a curve is a layer of a stack, not a line. */
  isLayer(curve: Curve): boolean {
    return this.isStack && inStack(curve);
  }

  #rank(): void {
    const { store } = this.#app;
    const now = store.length > 0 ? store.time(newestIndex(store)) : 0;
    if (!this.#ranking.due(now)) return;
    const { from, to } = this.#app.range();
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
    const { scale } = this.#panel;
    if (scale === 'percent') return 100;
    const max = Math.max(0, ...this.#curves.map((curve) => curve.max));
    if (scale === 'max' && max > 0) return max;
    const { unit, bits } = this;
    // Bits are round in tens of bits, not of bytes.
    const factor = bits && unit === 'bytes/s' ? 8 : 1;
    const key = `${unit}|${bits}`;
    if (key !== this.#axisKey || !this.#axis) {
      this.#axis = new FreeAxis(baseOf(unit, bits), leastTop(unit));
      this.#axisKey = key;
    }
    // In a range that was chosen no time goes by: its axis fits what is in it, whatever was seen before.
    if (this.#app.view.mode.peek() === 'RANGE') this.#axis.reset();
    return this.#axis.next(largest * factor, this.window.to) / factor;
  }

  #peakTime(t: number, step: number): number | undefined {
    const { store } = this.#app;
    const start = Math.floor(t / step) * step;
    const first = store.indexAtTime(start - 1) + 1;
    const end = store.indexAtTime(start + step - 1) + 1;
    if (end <= first) return undefined;
    const best = peakRow(store, this.shown, this.isStack, first, end);
    return best < 0 ? undefined : store.time(first + best);
  }
}
