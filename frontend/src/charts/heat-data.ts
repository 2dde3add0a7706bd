// The numbers of the core strip, and how they are painted, apart from its canvas.

import type { FeedOf } from '../state/feed';
import type { Shown } from '../state/shown';
import { ChartColumns } from './chart-columns';
import { columnOf } from './columns';
import type { Clip } from './painter';
import type { Ink, Pixels } from './pixels';
import { windowBuckets } from './window-buckets';

/** The most rows a strip has. */
export const MAX_HEAT_ROWS = 16;

/** heatRows is how many rows a number of series takes; one series needs no strip. */
export const heatRows = (series: number): number => (series <= 1 ? 0 : Math.min(MAX_HEAT_ROWS, series));

/** What a strip asks of a page. */
interface HeatApp {
  readonly feed: FeedOf<'store'>;
  readonly shown: Pick<Shown, 'range'>;
}

/** HeatData is the largest value of every series of a family in every column. */
export class HeatData {
  readonly #app: HeatApp;
  readonly #family: string;
  readonly #max: number;
  readonly #columns: ChartColumns;
  #series = 0;
  #msPerColumn = 1;
  /** How many columns before and behind its own a value stands for. */
  #ahead = 0;
  #behind = 0;

  first = 0;
  last = 0;
  changedFrom = -Infinity;

  /** max is the value at which the strip is brightest. */
  constructor(app: HeatApp, family: string, max: number) {
    this.#app = app;
    this.#family = family;
    this.#max = max;
    this.#columns = new ChartColumns(app);
  }

  /** Rises when everything was read anew. */
  get version(): number {
    return this.#columns.version;
  }

  get rows(): number {
    return heatRows(this.#series);
  }

  /** Takes what there is now for a strip of so many columns. */
  update(width: number): void {
    const { store } = this.#app.feed;
    const { from, to } = this.#app.shown.range();
    const series = store.byFamily(this.#family);
    const answer = windowBuckets(this.#app, [this.#family]);
    this.#series = series.length;
    this.#msPerColumn = Math.max(Number.MIN_VALUE, to - from) / width;
    this.last = columnOf(to, this.#msPerColumn);
    this.first = this.last - width + 1;
    // A row stands for the time before it, a bucket for that around its middle.
    this.#ahead = Math.ceil((answer ? answer.stepMs / 2 : store.intervalMs * 1.5) / this.#msPerColumn);
    this.#behind = answer ? this.#ahead : 0;
    const curves = series.map(({ id }) => ({ key: String(id), ids: [id], reduce: 'max', style: 'line' }) as const);
    this.changedFrom = this.#columns.take({ curves, states: [], stack: false, msPerColumn: this.#msPerColumn, first: this.first, last: this.last, to, answer });
  }

  columnAt(t: number): number {
    return columnOf(t, this.#msPerColumn);
  }

  /** The values of the rows of a strip in a column, from 0 (nothing) to 1, NaN where missing. */
  shares(column: number): Float64Array {
    const all = Float64Array.from({ length: this.#series }, (_, i) => this.#share(i, column));
    if (this.#series <= MAX_HEAT_ROWS) return all;
    // Typed arrays sort NaN last; descending from the last number on.
    const known = all.sort().findLastIndex((value) => !Number.isNaN(value)) + 1;
    return Float64Array.from({ length: MAX_HEAT_ROWS }, (_, row) => all[known - 1 - Math.round((row * (known - 1)) / (MAX_HEAT_ROWS - 1))] ?? NaN);
  }

  #share(series: number, column: number): number {
    return Math.min(1, Math.max(0, this.#columns.of(series).near(column, this.#ahead, this.#behind) / this.#max));
  }
}

/** paintHeat paints the columns of a clip. */
export function paintHeat(to: Pixels, data: Pick<HeatData, 'rows' | 'shares'>, height: number, clip: Clip, { ground, ink }: { ground: Ink; ink: Ink }): void {
  const line = height / data.rows;
  for (let column = clip.from; column <= clip.to; column++) {
    to.run(column, 0, height, ground);
    data.shares(column).forEach((share, row) => {
      if (Number.isNaN(share)) return;
      const top = Math.round(row * line);
      to.run(column, top, Math.max(top + 1, Math.round((row + 1) * line) - (line >= 3 ? 1 : 0)), ink, 0.06 + 0.94 * share);
    });
  }
}
