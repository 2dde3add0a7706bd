import type { Process } from './rows';

/** How many observations of a process a sparkline shows: five minutes at one a second. */
export const trailLength = 300;

/** Trails remember what every process used of a processor since the page was opened. */
export interface Trails {
  /** add takes one observation; processes that are gone are forgotten. */
  add(rows: readonly Process[]): void;
  /** of returns the values of a process, oldest first, NaN where it was not seen. It is valid until the next call. */
  of(key: string): Float64Array | undefined;
}

export function createTrails(): Trails {
  const rings = new Map<string, Float32Array>();
  let next = 0;
  const ordered = new Float64Array(trailLength);
  return {
    add(rows) {
      const present = new Set<string>();
      for (const row of rows) {
        present.add(row.key);
        let ring = rings.get(row.key);
        if (!ring) {
          ring = new Float32Array(trailLength).fill(NaN);
          rings.set(row.key, ring);
        }
        ring[next] = row.cpu ?? NaN;
      }
      for (const key of rings.keys()) if (!present.has(key)) rings.delete(key);
      next = (next + 1) % trailLength;
    },
    of(key) {
      const ring = rings.get(key);
      if (!ring) return undefined;
      const tail = trailLength - next;
      ordered.set(ring.subarray(next), 0);
      ordered.set(ring.subarray(0, next), tail);
      return ordered;
    },
  };
}
