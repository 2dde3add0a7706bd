// The numbers of the core strip, apart from its canvas.

import type { Buckets } from '../data/history-api';
import type { AppState } from '../state/app-state';

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

/** heatCells takes the largest value of every series in every column of time, of rows and of the buckets before them. */
export function heatCells(app: Pick<AppState, 'store' | 'range'>, family: string, max: number, columns: number, buckets?: Buckets): HeatCells {
  const { store } = app;
  const series = store.byFamily(family);
  const rows = heatRows(series.length);
  const sorted = series.length > MAX_HEAT_ROWS;
  const cells = new Float64Array(rows * columns).fill(NaN);
  const { from, to } = app.range();
  const first = Math.max(0, store.indexAtTime(from) + 1);
  const end = Math.max(first, store.indexAtTime(to) + 1);
  if (rows === 0 || (end === first && !buckets)) return { rows, columns, cells, sorted };
  const all = new Float64Array(series.length * columns).fill(NaN);
  const values = new Float64Array(end - first);
  const place = placesOf(app, first, end, columns);
  const placeOfBucket = buckets && bucketPlaces(app, buckets, columns);
  series.forEach((info, s) => {
    const out = all.subarray(s * columns, (s + 1) * columns);
    const known = buckets?.series.get(info.id);
    if (known && placeOfBucket) spread(known.max, placeOfBucket, out, max);
    store.column(info.id)?.read(first, end, values);
    spread(values, place, out, max);
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

/** The first and last column of every bucket, −1 for those outside. */
function bucketPlaces(app: Pick<AppState, 'range'>, { t, stepMs }: Buckets, columns: number): Int32Array {
  const { from, to } = app.range();
  const scale = columns / Math.max(1, to - from);
  const places = new Int32Array(t.length * 2).fill(-1);
  t.forEach((start, i) => {
    if (start + stepMs <= from || start >= to) return;
    places[2 * i] = Math.max(0, Math.floor((start - from) * scale));
    places[2 * i + 1] = Math.min(columns - 1, Math.ceil((start + stepMs - from) * scale) - 1);
  });
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
