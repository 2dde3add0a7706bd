// Where times lie among the rows of a store.

import { isTold } from './past-events';
import type { Store } from './store';

/** The time of the oldest row that the server remembers, as far as it said; that of the oldest held otherwise. */
export function rememberedFrom(store: Store): number {
  const oldest = store.hello?.oldestT ?? 0;
  const held = store.length > 0 ? store.time(0) : Infinity;
  return oldest > 0 ? Math.min(oldest, held) : held;
}

/** Rows that are not held are asked for where they lie before the held ones; between those a hole is a hole. */
export const isRemembered = (store: Store, t: number): boolean => store.length > 0 && t < store.time(0) && t >= rememberedFrom(store) - store.intervalMs;

/** indexNear is the row at a time, −1 where none is as near as an interval: a gap has no row. */
export function indexNear(store: Store, t: number): number {
  const index = nearestIndex(store, t);
  return index >= 0 && Math.abs(store.time(index) - t) <= store.intervalMs ? index : -1;
}

/** nearestIndex is the index of the row nearest to a time, −1 while there are none. */
export function nearestIndex(store: Store, t: number): number {
  const before = store.indexAtTime(t);
  let after = before + 1;
  while (after < store.length && !store.has(after)) after++;
  if (after >= store.length) return before;
  if (before < 0) return after;
  return t - store.time(before) <= store.time(after) - t ? before : after;
}

/** stateChanges are the times at which a resource's state changed or something happened, ascending. */
export function stateChanges(store: Store): number[] {
  const times = new Set(store.events.filter(isTold).map((event) => event.t));
  for (const resource of store.resources()) {
    for (const info of store.byFamily(resource.state)) {
      let last: number | null = null;
      for (let i = 0; i < store.length; i++) {
        const value = store.value(info.id, i);
        if (value === null) continue;
        if (last !== null && value !== last) times.add(store.time(i));
        last = value;
      }
    }
  }
  return Array.from(times).sort((a, b) => a - b);
}
