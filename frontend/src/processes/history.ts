// What one process took over a stretch of time, from what is remembered of every second
// and what the page itself has seen.

import type { ProcessMemory } from './memory';
import type { HistoryPoint, Trails } from './trails';

/** The numbers of a process that are drawn over time. */
export type Taken = 'cpu' | 'memory' | 'io';

/** The longest stretch that is drawn: more would be more questions than a glance is worth. */
export const mostHistoryMs = 900_000;

/** One number over time, as many values as there are columns to draw. */
interface HistoryLine {
  /** The largest of each column; NaN where the process was not among those remembered. */
  readonly values: Float64Array;
  /** The largest of all, null where there is none. */
  readonly largest: number | null;
  readonly at: number;
}

/** A stretch of time, and the rows that are in it. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** stretchOf is what is shown of a process: the view, or of a longer one the quarter of an hour around the cursor. */
export function stretchOf(view: { readonly from: number; readonly to: number }, cursor: number | undefined, newest: { readonly seq: number; readonly t: number }, intervalMs: number): Stretch {
  const to = cursor === undefined || view.to - view.from <= mostHistoryMs ? Math.min(view.to, newest.t) : Math.min(view.to, newest.t, cursor + mostHistoryMs / 2);
  const from = Math.max(view.from, to - mostHistoryMs);
  // Skipped ticks take time and no row, so that the first row is this one or a later one.
  const rowsBack = (t: number): number => Math.ceil((newest.t - t) / intervalMs);
  return { from, to, firstSeq: Math.max(1, newest.seq - rowsBack(from)), lastSeq: newest.seq };
}

/** pointsOf are the observations of a process in a stretch, oldest first. What the page saw itself is more than what is remembered. */
export function pointsOf(key: string, { from, to, firstSeq, lastSeq }: Stretch, memory: Pick<ProcessMemory, 'seconds'>, trails: Pick<Trails, 'points'>): readonly HistoryPoint[] {
  const found = new Map<number, HistoryPoint>();
  for (const { seq, t, rows } of memory.seconds(firstSeq, lastSeq)) {
    const row = rows.find((each) => each.key === key);
    // Where it was not among those remembered it says nothing, and no line may pass.
    found.set(seq, { t, cpu: row?.cpu ?? NaN, memory: row?.memory ?? NaN, io: row?.io ?? NaN });
  }
  for (const [seq, point] of trails.points(key)) found.set(seq, point);
  return inStretch(found.values(), { from, to });
}

/** inStretch are those of a stretch, oldest first. */
export const inStretch = <P extends { readonly t: number }>(points: Iterable<P>, { from, to }: Pick<Stretch, 'from' | 'to'>): readonly P[] =>
  Array.from(points)
    .filter(({ t }) => t >= from && t <= to)
    .sort((a, b) => a.t - b.t);

/** Not every row has an observation of the processes: so long one holds. */
export const holdsMs = 10_000;

/** lineOf spreads one number of a process over columns of equal time. An observation holds until the next one. */
export function lineOf<K extends string>(points: readonly (Readonly<Record<K, number>> & { readonly t: number })[], taken: K, { from, to }: Pick<Stretch, 'from' | 'to'>, columns: number): HistoryLine {
  const values = new Float64Array(columns).fill(NaN);
  let largest: number | null = null;
  let at = NaN;
  const scale = (columns - 1) / Math.max(1, to - from);
  const put = (column: number, value: number): void => {
    const known = values[column] ?? NaN;
    values[column] = Number.isNaN(known) ? value : Math.max(known, value);
  };
  let before: (Readonly<Record<K, number>> & { readonly t: number }) | undefined;
  for (const point of points) {
    const value = point[taken];
    const column = Math.round((point.t - from) * scale);
    const held = before && point.t - before.t <= holdsMs ? before[taken] : NaN;
    if (before && !Number.isNaN(held)) for (let x = Math.round((before.t - from) * scale) + 1; x < column; x++) put(x, held);
    before = point;
    if (Number.isNaN(value)) continue;
    put(column, value);
    if (largest !== null && value <= largest) continue;
    largest = value;
    at = point.t;
  }
  return { values, largest, at };
}
