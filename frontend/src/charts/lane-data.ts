// The overview's numbers: the state of every resource over everything remembered, one
// value per column, the worst of its time.

import type { Buckets } from '../data/archive';
import { newestIndex, type Store } from '../data/store';
import type { Resource, SeriesInfo } from '../wire/types';

/** The overview of a host that is watched for the first seconds spans this much. */
const LEAST_SPAN_MS = 60_000;

/** The states of one resource, and the share of it that was in use; NaN where nothing is known. */
export interface Lane {
  readonly resource: Resource;
  readonly states: Float64Array;
  readonly use: Float64Array;
}

/** overviewSpan is everything remembered, at least a minute, up to the given edge. */
export function overviewSpan(store: Store, edge: number): { from: number; to: number } {
  const remembered = store.hello?.oldestT ?? 0;
  const held = store.length > 0 ? store.time(0) : edge;
  const oldest = remembered > 0 ? Math.min(remembered, held) : held;
  return { from: Math.min(oldest, edge - LEAST_SPAN_MS), to: edge };
}

/** newestStates tells the states of two rows apart. */
export const newestStates = (store: Store): string =>
  store
    .resources()
    .flatMap(({ state }) => store.byFamily(state).map(({ id }) => store.value(id, newestIndex(store))))
    .join();

/** useOf is the series that says which share of a resource is in use; a rate says nothing of its whole. */
const useOf = (store: Store, { use }: Resource): SeriesInfo | undefined => use.flatMap(({ family }) => store.byFamily(family).slice(0, 1)).find(({ unit }) => unit === 'percent');

/** laneFamilies are the families that lanes are made of. */
export const laneFamilies = (store: Store): readonly string[] =>
  store.resources().flatMap((resource) => {
    const use = useOf(store, resource);
    return use ? [resource.state, use.name] : [resource.state];
  });

/** laneStates puts buckets and the rows held into columns, of each the largest value. */
export function laneStates(store: Store, buckets: Buckets | undefined, from: number, to: number, columns: number): Lane[] {
  const scale = columns / Math.max(1, to - from);
  const putLargest = (out: Float64Array, start: number, end: number, value: number): void => {
    if (Number.isNaN(value)) return;
    const last = Math.min(columns - 1, Math.ceil((end - from) * scale) - 1);
    for (let x = Math.max(0, Math.floor((start - from) * scale)); x <= last; x++) {
      const known = out[x] ?? NaN;
      out[x] = Number.isNaN(known) ? value : Math.max(known, value);
    }
  };
  const largest = (list: readonly SeriesInfo[]): Float64Array => {
    const out = new Float64Array(columns).fill(NaN);
    for (const info of list) {
      const series = buckets?.series.get(info.id);
      if (buckets && series) buckets.t.forEach((start, i) => putLargest(out, start, start + buckets.stepMs, series.max[i] ?? NaN));
      // Rows of one value are one stretch.
      const end = newestIndex(store) + 1;
      const values = new Float64Array(end);
      store.column(info.id)?.read(0, end, values);
      for (let i = 0; i < end; ) {
        const value = values[i] ?? NaN;
        let last = i;
        while (last + 1 < end && values[last + 1] === value && store.time(last + 1) - store.time(last) <= 1.5 * store.intervalMs) last++;
        putLargest(out, store.time(i) - store.intervalMs, store.time(last), value);
        i = last + 1;
      }
    }
    return out;
  };
  return store.resources().map((resource) => {
    const use = useOf(store, resource);
    return { resource, states: largest(store.byFamily(resource.state)), use: largest(use ? [use] : []).map((percent) => percent / 100) };
  });
}

/** peakColumn is the middle of the worst stretch of a lane, the nearest one to a column; −1 where nothing is known. */
export function peakColumn(states: Float64Array, near: number): number {
  let worst = -1;
  for (const state of states) if (state > worst) worst = state;
  if (worst < 0) return -1;
  if (worst === 0) return near;
  let best = -1;
  for (let i = 0; i < states.length; ) {
    if (states[i] !== worst) {
      i++;
      continue;
    }
    let end = i;
    while (end < states.length && states[end] === worst) end++;
    const inside = near >= i && near < end;
    const at = inside ? near : Math.floor((i + end - 1) / 2);
    if (best < 0 || Math.abs(at - near) < Math.abs(best - near)) best = at;
    i = end;
  }
  return best;
}

/** Where the worst of a column is: its row where that is held, else the bucket in which it is. */
interface Peak {
  readonly t: number;
  readonly bucket?: { readonly from: number; readonly to: number };
}

/**
 * peakIn is where a resource was in a state within a column, next to its middle. A column and
 * a bucket are as bad as their worst second: at another second of them it was well.
 */
export function peakIn(store: Store, buckets: Buckets | undefined, { state }: Resource, value: number, column: { readonly from: number; readonly to: number }): Peak | undefined {
  const middle = (column.from + column.to) / 2;
  const ids = store.byFamily(state).map(({ id }) => id);
  let found: number | undefined;
  for (let i = 0; i <= newestIndex(store); i++) {
    const t = store.time(i);
    // A row speaks of the time before it.
    if (t <= column.from || t - store.intervalMs >= column.to || !ids.some((id) => store.value(id, i) === value)) continue;
    if (found === undefined || Math.abs(t - middle) < Math.abs(found - middle)) found = t;
  }
  if (found !== undefined) return { t: found };
  if (!buckets) return undefined;
  const { stepMs } = buckets;
  const start = buckets.t.find((from, i) => from < column.to && from + stepMs > column.from && ids.some((id) => buckets.series.get(id)?.max[i] === value));
  return start === undefined ? undefined : { t: Math.min(start + stepMs, Math.max(start, middle)), bucket: { from: start, to: start + stepMs } };
}
