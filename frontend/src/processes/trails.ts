import type { Process } from './rows';

/** How many observations of a process are kept: five minutes at one a second. */
export const trailLength = 300;

/** What a process took in one observation; NaN is not known. */
export interface HistoryPoint {
  /** Unix milliseconds. */
  readonly t: number;
  readonly cpu: number;
  readonly memory: number;
  readonly io: number;
}

/** Trails hold what every living process took in the last rows. */
export interface Trails {
  /** add takes the observation of a row at a time, and says whether a process was seen for the first time; those that are gone are forgotten. */
  add(seq: number, t: number, rows: readonly Process[]): boolean;
  /** fill takes what is remembered of an earlier row, where nothing is known of it yet. */
  fill(seq: number, t: number, rows: readonly Process[]): void;
  /** of returns what a process used of a processor, oldest first, NaN where it was not seen. It is valid until the next call. */
  of(key: string): Float64Array | undefined;
  /** points are the observations in which a process was seen, by row. */
  points(key: string): Generator<readonly [seq: number, point: HistoryPoint]>;
}

/** A ring holds the three numbers one after the other, CPU, memory, I/O, and the row of the newest. */
interface Ring {
  readonly values: Float32Array;
  seq: number;
}
const memoryAt = trailLength;
const ioAt = 2 * trailLength;

export function createTrails(): Trails {
  const rings = new Map<string, Ring>();
  const times = new Float64Array(trailLength);
  let newest = 0;
  const ordered = new Float64Array(trailLength);
  return {
    add(seq, t, rows) {
      // Another instance of the server counts from the beginning.
      if (seq < newest) rings.clear();
      times[seq % trailLength] = t;
      let isNew = false;
      for (const row of rows) {
        let ring = rings.get(row.key);
        if (!ring) {
          ring = { values: new Float32Array(3 * trailLength).fill(NaN), seq };
          rings.set(row.key, ring);
          isNew = true;
        }
        for (let missed = Math.max(newest + 1, seq - trailLength + 1); missed < seq; missed++) write(ring.values, missed % trailLength, undefined);
        write(ring.values, seq % trailLength, row);
        ring.seq = seq;
      }
      newest = seq;
      // No set of those that are there: of thousands it is most of what this takes.
      if (rings.size > rows.length) for (const [key, ring] of rings) if (ring.seq !== seq) rings.delete(key);
      return isNew;
    },
    fill(seq, t, rows) {
      if (seq > newest || newest - seq >= trailLength) return;
      const at = seq % trailLength;
      times[at] = t;
      for (const row of rows) {
        const ring = rings.get(row.key)?.values;
        if (ring && isEmpty(ring, at)) write(ring, at, row);
      }
    },
    of(key) {
      const ring = rings.get(key)?.values;
      if (!ring) return undefined;
      const oldest = (newest + 1) % trailLength;
      ordered.set(ring.subarray(oldest, trailLength), 0);
      ordered.set(ring.subarray(0, oldest), trailLength - oldest);
      return ordered;
    },
    *points(key) {
      const ring = rings.get(key)?.values;
      if (!ring) return;
      for (let seq = Math.max(1, newest - trailLength + 1); seq <= newest; seq++) {
        const at = seq % trailLength;
        if (isEmpty(ring, at)) continue;
        yield [seq, { t: times[at] ?? NaN, cpu: ring[at] ?? NaN, memory: ring[memoryAt + at] ?? NaN, io: ring[ioAt + at] ?? NaN }];
      }
    },
  };
}

function write(ring: Float32Array, at: number, row: Process | undefined): void {
  ring[at] = row?.cpu ?? NaN;
  ring[memoryAt + at] = row?.memory ?? NaN;
  ring[ioAt + at] = row?.io ?? NaN;
}

const isEmpty = (ring: Float32Array, at: number): boolean => Number.isNaN(ring[at]) && Number.isNaN(ring[memoryAt + at]) && Number.isNaN(ring[ioAt + at]);
