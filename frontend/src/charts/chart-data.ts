// What a chart shows at the moment: which curves, over which time, from rows or buckets,
// up to which value. It takes what came since it was last asked, and draws nothing.

import { isTold } from '../data/past-events';
import type { Buckets } from '../data/archive';
import { nearestIndex } from '../data/row-times';
import type { TimeGap } from '../data/gaps';
import { newestIndex } from '../data/store';
import type { AppState } from '../state/app-state';
import type { FeedOf } from '../state/feed';
import type { Shown } from '../state/shown';
import type { Snap, TimeRange } from '../state/view';
import type { HostEvent, Panel, Resource } from '../wire/types';
import { UnitAxis } from './axis';
import { bucketPeak, gapsOf } from './bucket-data';
import { ChartColumns } from './chart-columns';
import { columnOf } from './columns';
import { inStack, peakRow } from './heights';
import { type Curve, legendAt, type LegendItem, panelFamilies, resolveCurves } from './layers';
import type { ColumnGap, Scene, Threshold, Trace } from './painter';
import { Ranking } from './ranking';
import { needsBuckets, windowBuckets } from './window-buckets';

/** What a chart asks of a page. */
export interface ChartApp {
  readonly feed: FeedOf<'store' | 'stale'>;
  readonly shown: Pick<Shown, 'range' | 'row'>;
  readonly view: { readonly [K in 'hidden' | 'units' | 'mode']: Pick<AppState['view'][K], 'peek'> };
}

/** Of as many columns one event is marked: a mark beside a mark would be a bar. */
const EVENT_COLUMNS = 4;

/** apart leaves out of the columns of events what stands too near to one before. */
export function apart(columns: readonly number[]): readonly number[] {
  const first = new Map<number, number>();
  for (const column of columns) {
    const place = Math.floor(column / EVENT_COLUMNS);
    if (!first.has(place)) first.set(place, column);
  }
  return Array.from(first.values());
}

/** ChartData is brought up to date by {@link ChartData.update}, once before a drawing. */
export class ChartData {
  readonly #app: ChartApp;
  readonly #panel: Panel;
  readonly #ranking = new Ranking();
  readonly #columns: ChartColumns;
  readonly #axis: UnitAxis;
  #curves: readonly Curve[] = [];
  #curvesKey = '';
  #answer: Buckets | undefined;
  /** Buckets are needed and have not come. */
  #waits = false;
  #msPerColumn = 1;
  #events: { readonly all: readonly HostEvent[]; readonly told: readonly HostEvent[] } = { all: [], told: [] };

  /** The curves that are drawn, bottom up. */
  shown: readonly Curve[] = [];
  window: TimeRange = { from: 0, to: 1 };
  /** The columns of the window, both inclusive. */
  first = 0;
  last = 0;
  /** The lowest column that changed with the update, Infinity where none did. */
  changedFrom = -Infinity;
  gaps: readonly TimeGap[] = [];
  top = 1;

  /** Two that share an axis have the same one. */
  constructor(app: ChartApp, panel: Panel, axis = new UnitAxis()) {
    this.#app = app;
    this.#panel = panel;
    this.#axis = axis;
    this.#columns = new ChartColumns(app);
  }

  /** Whether what is drawn are buckets and has an envelope. */
  get isBuckets(): boolean {
    return this.#answer !== undefined;
  }

  /** Whether it has what its window is drawn from. */
  get isSettled(): boolean {
    return !this.#waits;
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
    const { store } = this.#app.feed;
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
    const { state, values, index } = this.#app.shown.row();
    const items = legendAt(values, this.curves(), index, this.#app.view.hidden.peek());
    return state === 'loading' ? items.map((item) => ({ ...item, loading: true })) : items;
  }

  /** Takes what there is now for a plot of so many columns. */
  update(width: number): void {
    const { store } = this.#app.feed;
    const { view } = this.#app;
    this.window = this.#app.shown.range();
    const { from, to } = this.window;
    const hidden = view.hidden.peek();
    const curves = this.curves();
    this.shown = curves.filter((curve) => curve.style !== 'value' && !hidden.has(curve.key));
    const state = this.#resource()?.state;
    this.#answer = windowBuckets(this.#app, [...panelFamilies(this.#panel), ...(state === undefined ? [] : [state])]);
    this.#waits = this.#answer === undefined && needsBuckets(store, from, to);
    this.gaps = gapsOf(store, { from, to }, this.#answer);
    this.#msPerColumn = Math.max(Number.MIN_VALUE, to - from) / width;
    this.last = columnOf(to, this.#msPerColumn);
    this.first = this.last - width + 1;
    const states = state === undefined ? [] : store.byFamily(state).map(({ id }) => id);
    this.changedFrom = this.#columns.take({ curves: this.shown, states, stack: this.isStack, msPerColumn: this.#msPerColumn, first: this.first, last: this.last, to, answer: this.#answer });
    this.top = this.#chooseTop(this.#columns.largest(this.first, this.last));
  }

  /** What there is to paint. */
  scene(): Scene {
    const { store } = this.#app.feed;
    const stale = this.staleFrom();
    return {
      traces: this.shown.map((curve, i): Trace => ({ columns: this.#columns.of(i), style: this.#styleOf(curve), color: curve.color })),
      // While every column is one row the upper edge of the stack says it already.
      peak: this.isStack && (this.isBuckets || this.#msPerColumn >= 2 * store.intervalMs) ? this.#columns.peak : undefined,
      state: this.#resource() ? this.#columns.state : undefined,
      top: this.top,
      gaps: this.gaps.flatMap((gap) => this.#columnGap(gap)),
      staleFrom: stale === undefined ? undefined : this.column(stale),
      events: apart(this.#told().map(({ t }) => this.column(t))),
      thresholds: this.thresholds(),
    };
  }

  /** What a picture depends on besides rows that come at the end: all of it is painted anew when this changes. */
  pictureKey(): string {
    return [
      this.#columns.version,
      this.top,
      this.staleFrom() === undefined,
      this.#told().length,
      this.#told().at(-1)?.t,
      this.isBuckets,
      this.#gapsKey(),
      ...this.thresholds().map(({ value, level }) => `${level}${value}`),
      ...this.shown.map((curve) => `${curve.key}|${curve.color}|${curve.style}`),
    ].join('\n');
  }

  column(t: number): number {
    return columnOf(t, this.#msPerColumn);
  }

  /** Where the curves stand at a time, one for each of those shown; NaN where nothing is known. */
  valuesAt(t: number): number[] {
    const answer = this.#answer;
    const at = answer ? Math.floor(t / answer.stepMs) * answer.stepMs + answer.stepMs / 2 : t;
    return this.shown.map((curve, i) => {
      const columns = this.#columns.of(i);
      const column = this.column(at);
      return this.isLayer(curve) || this.isBuckets ? columns.mean(column) : columns.last(column);
    });
  }

  /** The nearest row; in a bucket that of its maximum. In a gap there is none. What has not come says later which second it is. */
  snap(t: number): Snap {
    const { store } = this.#app.feed;
    const answer = this.#answer;
    if (!answer) {
      if (this.#waits) return { t, awaits: this.#panel.id };
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
    const { store } = this.#app.feed;
    const newest = store.length > 0 ? store.time(newestIndex(store)) : NaN;
    return this.#app.feed.stale() && newest <= this.window.to ? newest : undefined;
  }

  /** Whether a curve is a layer of a stack, not a line. */
  isLayer(curve: Curve): boolean {
    return this.isStack && inStack(curve);
  }

  #styleOf(curve: Curve): Trace['style'] {
    if (this.isLayer(curve)) return curve.style === 'hatch' ? 'hatch' : 'layer';
    if (this.isBuckets) return 'envelope';
    // One filling over another becomes a colour that is neither.
    return this.shown.length === 1 ? 'filled' : 'line';
  }

  /** The resource whose state is shown on top of the chart. */
  #resource(): Resource | undefined {
    return this.#app.feed.store.resources().find(({ section }) => section === this.#panel.section);
  }

  #columnGap({ from, to, kind }: TimeGap): ColumnGap[] {
    // What is not remembered began before the window, wherever that stands.
    const start = kind === 'not-remembered' && from <= this.window.from ? -Infinity : this.column(from);
    const stretch = { from: start, to: this.column(to), kind: kind === 'not-remembered' ? 'quiet' : 'hatched' } as const;
    return kind === 'restart' ? [stretch, { ...stretch, kind: 'boundary' }] : [stretch];
  }

  /** The events that are marked: what programs do all day paints nothing anew. */
  #told(): readonly HostEvent[] {
    const { events } = this.#app.feed.store;
    if (events !== this.#events.all) this.#events = { all: events, told: events.filter(isTold) };
    return this.#events.told;
  }

  #gapsKey(): string {
    return this.gaps
      .filter(({ to }) => this.column(to) >= this.first)
      .map(({ to, kind }) => `${kind}${to}`)
      .join();
  }

  #rank(): void {
    const { store } = this.#app.feed;
    const now = store.length > 0 ? store.time(newestIndex(store)) : 0;
    if (!this.#ranking.due(now)) return;
    const { from, to } = this.#app.shown.range();
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
    // An axis is round in what it is written in: tens of bits, or powers of two of bytes.
    const factor = bits && unit === 'bytes/s' ? 8 : !bits && unit === 'bits/s' ? 1 / 8 : 1;
    // In a range that was chosen no time goes by: its axis fits what is in it, whatever was seen before.
    if (this.#app.view.mode.peek() === 'RANGE') this.#axis.reset();
    return this.#axis.next(largest * factor, this.window.to, unit, bits) / factor;
  }

  #peakTime(t: number, step: number): number | undefined {
    const { store } = this.#app.feed;
    const start = Math.floor(t / step) * step;
    const first = store.indexAtTime(start - 1) + 1;
    const end = store.indexAtTime(start + step - 1) + 1;
    if (end <= first) return undefined;
    const best = peakRow(store, this.shown, this.isStack, first, end);
    return best < 0 ? undefined : store.time(first + best);
  }
}
