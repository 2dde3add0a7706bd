// A number's recent past beside it: dim, and coloured only where it reached its threshold.

import type { Buckets } from '../data/archive';
import { newestIndex } from '../data/store';
import type { AppState } from '../state/app-state';
import type { Feed } from '../state/feed';
import type { Shown } from '../state/shown';
import type { SeriesInfo } from '../wire/types';
import { niceTop } from './axis';
import { type Colors, withAlpha } from './colors';
import { columnOf } from './columns';
import type { Sheet } from './sheet';
import { windowBuckets } from './window-buckets';

interface StripLine {
  /** NaN is missing. */
  readonly values: Float32Array | Float64Array;
  readonly top: number;
  /** From here on a value is drawn in the colour of its level; Infinity where there is none. */
  readonly warn: number;
  readonly critical: number;
}

/** The shortest time a strip spans, while there are few rows. */
const LEAST_MS = 60_000;

/**
 * drawStrip draws a series over the view's window into its place on a sheet; undefined
 * clears it. What is not held comes from buckets of the named families, which are to be the
 * same for all strips of a cell. It is drawn anew when its picture moves by a pixel.
 */
export function drawStrip(sheet: Sheet, place: Element, app: AppState, series: SeriesInfo | undefined, names: readonly string[]): void {
  const buckets = windowBuckets(app, names);
  const key = (width: number): string => {
    // While less is remembered than the window the picture is stretched by every row.
    const { last, step } = stripColumns(app, pixelsOf(width));
    return [series?.id, app.feed.store.instance, app.feed.store.revised, last, step, buckets?.lastSeq, buckets?.t.length].join(' ');
  };
  const paint = (ctx: CanvasRenderingContext2D, width: number, height: number): void => {
    if (!series) return;
    const values = stripValues(app, series, pixelsOf(width), buckets);
    paintStrip(ctx, width, height, { values, top: stripTop(series, values), warn: levelOf(series.warn), critical: levelOf(series.crit) }, sheet.colors());
  };
  sheet.draw(place, paint, key);
}

const levelOf = (threshold: number | undefined): number => (threshold === undefined || threshold === 0 ? Infinity : threshold);

const pixelsOf = (width: number): number => Math.max(2, Math.floor(width));

interface StripHost {
  readonly feed: Pick<Feed, 'store' | 'oldest'>;
  readonly shown: Pick<Shown, 'range'>;
}

/** stripColumns is the time that a strip shows, and its columns: how wide they are, and which is the last one. */
function stripColumns({ feed, shown }: StripHost, pixels: number): { readonly from: number; readonly to: number; readonly step: number; readonly last: number } {
  const { from: wanted, to } = shown.range();
  // A strip has no room for what is not remembered: of a longer window it shows the rest.
  const from = Math.max(wanted, Math.min(feed.oldest() ?? wanted, to - LEAST_MS));
  const step = Math.max(1, to - from) / pixels;
  return { from, to, step, last: columnOf(to, step) };
}

/** stripValues are the values over the view's window, the largest of each pixel, of rows and of the buckets before them. */
export function stripValues(app: StripHost, series: SeriesInfo, pixels: number, buckets?: Buckets): Float64Array {
  const { store } = app.feed;
  const { from, to, step, last } = stripColumns(app, pixels);
  // A row stays in its column while the window moves: a peak keeps its shape.
  const oldest = last - pixels + 1;
  const columnAt = (t: number): number => columnOf(t, step) - oldest;
  const out = new Float64Array(pixels).fill(NaN);
  const known = buckets?.series.get(series.id);
  if (buckets && known) putBuckets(out, buckets, known.max, columnAt);
  const first = Math.max(0, store.indexAtTime(from));
  const end = Math.min(newestIndex(store), store.indexAtTime(to)) + 1;
  const column = store.column(series.id);
  if (!column || end <= first) return out;
  const values = new Float64Array(end - first);
  column.read(first, end, values);
  const times = new Float64Array(end - first);
  store.times(first, end, times);
  let joined: number | undefined;
  for (let i = 0; i < values.length; i++) {
    const [value, t] = [values[i] ?? NaN, times[i] ?? NaN];
    if (Number.isNaN(value) || Number.isNaN(t)) {
      joined = undefined;
      continue;
    }
    const at = columnAt(t);
    // Rows wider apart than pixels are joined; a hole is not.
    if (joined !== undefined) for (let x = joined + 1; x < at; x++) put(out, x, value);
    put(out, at, value);
    joined = at;
  }
  return out;
}

function putBuckets(out: Float64Array, { t, stepMs }: Buckets, values: Float64Array, columnAt: (t: number) => number): void {
  t.forEach((start, i) => {
    const value = values[i] ?? NaN;
    const last = Math.min(out.length - 1, columnAt(start + stepMs));
    if (!Number.isNaN(value)) for (let x = Math.max(0, columnAt(start)); x <= last; x++) put(out, x, value);
  });
}

function put(out: Float64Array, x: number, value: number): void {
  if (x < 0 || x >= out.length) return;
  const known = out[x] ?? NaN;
  out[x] = Number.isNaN(known) ? value : Math.max(known, value);
}

/** stripTop is the top of a strip's scale: the natural maximum, else a round number that also leaves room for the threshold. */
function stripTop(series: SeriesInfo, values: Float64Array): number {
  if (series.unit === 'percent') return 100;
  let largest = series.warn ?? 0;
  for (const value of values) if (value > largest) largest = value;
  return niceTop(largest, 'decimal');
}

/** paintStrip draws a line, its filling, and what is at or over a threshold. Lines are hairs: thicker ones cost ten times as much. */
export function paintStrip(ctx: CanvasRenderingContext2D, width: number, height: number, line: StripLine, colors: Colors): void {
  const { values, top, warn, critical } = line;
  const step = values.length > 1 ? (width - 1) / (values.length - 1) : 0;
  const y = (value: number): number => height - 1 - Math.min(1, Math.max(0, value) / top) * (height - 3);
  fillUnder(ctx, values, step, height, y, withAlpha(colors.dim, 0.14));
  ctx.lineWidth = 1;
  if (Number.isFinite(warn) && warn <= top) {
    ctx.strokeStyle = colors.line;
    ctx.beginPath();
    ctx.moveTo(0, Math.round(y(warn)) + 0.5);
    ctx.lineTo(width, Math.round(y(warn)) + 0.5);
    ctx.stroke();
  }
  let largest = -Infinity;
  for (const value of values) if (value > largest) largest = value;
  strokeFrom(ctx, values, step, y, -Infinity, Infinity, colors.dim);
  // Where a threshold is reached the line is seen better when it is drawn a second time, a little lower.
  for (const lower of [0, 0.5]) {
    if (largest >= warn) strokeFrom(ctx, values, step, (value) => y(value) + lower, warn, critical, colors.warn);
    if (largest >= critical) strokeFrom(ctx, values, step, (value) => y(value) + lower, critical, Infinity, colors.critical);
  }
}

/** strokeFrom draws the line where it is at least low and below high. */
function strokeFrom(ctx: CanvasRenderingContext2D, values: StripLine['values'], step: number, y: (value: number) => number, low: number, high: number, color: string): void {
  ctx.strokeStyle = color;
  ctx.beginPath();
  let drawing = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    // Comparing with a missing value is false.
    if (!(value >= low && (value < high || high === Infinity))) {
      drawing = false;
      continue;
    }
    const [px, py] = [i * step, y(value)];
    if (!drawing) ctx.moveTo(px, py);
    ctx.lineTo(drawing ? px : px + 0.5, py);
    drawing = true;
  }
  ctx.stroke();
}

function fillUnder(ctx: CanvasRenderingContext2D, values: StripLine['values'], step: number, height: number, y: (value: number) => number, fill: string): void {
  ctx.fillStyle = fill;
  for (let i = 0; i < values.length; ) {
    if (Number.isNaN(values[i] ?? NaN)) {
      i++;
      continue;
    }
    ctx.beginPath();
    ctx.moveTo(i * step, height);
    let end = i;
    for (; end < values.length && !Number.isNaN(values[end] ?? NaN); end++) ctx.lineTo(end * step, y(values[end] ?? 0));
    ctx.lineTo((end - 1) * step, height);
    ctx.fill();
    i = end;
  }
}

/** Rows in pixels that do not depend on which of them is the last: a picture of them stays as it is until it moves. */
export interface RowPeaks {
  /** The largest value of each pixel, NaN where none is known. */
  readonly peaks: Float64Array;
  /** What a picture of them shows, besides what the newest pixel is still waiting for. */
  readonly key: string;
}

/** peaksOf puts the rows up to one, which has a number, into so many pixels. */
export function peaksOf(values: ArrayLike<number>, newest: number, pixels: number): RowPeaks {
  const parts = Math.min(pixels, values.length);
  const perPart = values.length / parts;
  const last = columnOf(newest, perPart);
  const peaks = new Float64Array(parts).fill(NaN);
  let known = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (Number.isNaN(value)) continue;
    const x = columnOf(newest - (values.length - 1 - i), perPart) - last + parts - 1;
    put(peaks, x, value);
    // Rows of the past may be filled in. At both ends they come and go by themselves.
    if (x > 0 && x < parts - 1) known++;
  }
  return { peaks, key: `${last} ${parts} ${known}` };
}
