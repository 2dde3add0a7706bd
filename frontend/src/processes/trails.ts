import type { Process } from './rows';

/** How many observations of a process a sparkline shows: five minutes at one a second. */
export const trailLength = 300;

/** Trails hold what every living process used of a processor in the last rows. */
export interface Trails {
  /** add takes the observation of a row; processes that are gone are forgotten. */
  add(seq: number, rows: readonly Process[]): void;
  /** fill takes what is remembered of an earlier row, where nothing is known of it yet. */
  fill(seq: number, rows: readonly Process[]): void;
  /** of returns the values of a process, oldest first, NaN where it was not seen. It is valid until the next call. */
  of(key: string): Float64Array | undefined;
}

export function createTrails(): Trails {
  const rings = new Map<string, Float32Array>();
  let newest = 0;
  const ordered = new Float64Array(trailLength);
  return {
    add(seq, rows) {
      // Another instance of the server counts from the beginning.
      if (seq < newest) rings.clear();
      for (const ring of rings.values()) {
        for (let missed = Math.max(newest + 1, seq - trailLength + 1); missed <= seq; missed++) ring[missed % trailLength] = NaN;
      }
      newest = seq;
      const present = new Set<string>();
      for (const row of rows) {
        present.add(row.key);
        let ring = rings.get(row.key);
        if (!ring) {
          ring = new Float32Array(trailLength).fill(NaN);
          rings.set(row.key, ring);
        }
        ring[seq % trailLength] = row.cpu ?? NaN;
      }
      for (const key of rings.keys()) if (!present.has(key)) rings.delete(key);
    },
    fill(seq, rows) {
      if (seq > newest || newest - seq >= trailLength) return;
      for (const row of rows) {
        const ring = rings.get(row.key);
        const at = seq % trailLength;
        if (ring && Number.isNaN(ring[at])) ring[at] = row.cpu ?? NaN;
      }
    },
    of(key) {
      const ring = rings.get(key);
      if (!ring) return undefined;
      const oldest = (newest + 1) % trailLength;
      ordered.set(ring.subarray(oldest), 0);
      ordered.set(ring.subarray(0, oldest), trailLength - oldest);
      return ordered;
    },
  };
}
