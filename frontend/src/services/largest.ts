// Who took most over a stretch of time: the six largest services, and what all others took.

import type { Taken } from '../processes/history';
import type { Others } from '../processes/memory';
import { identity, type Service } from './rows';

/** So many have a line of their own. */
export const mostLines = 6;

/** One second of all services. */
export interface ServiceSecond {
  readonly t: number;
  readonly rows: readonly Service[];
  readonly others: Pick<Others, 'count' | 'cpu' | 'io'>;
}

/** A service, or all that have no line of their own, over time. */
export interface LargestLine {
  /** id is '' for the others. */
  readonly id: string;
  readonly name: string;
  readonly points: readonly { readonly t: number; readonly taken: number }[];
}

/** A service that has a line keeps it until another one took a tenth more: lines that change places cannot be followed. */
const calm = 1.1;

/**
 * largestOf returns a line for each of those that took most, the largest first, and one for the
 * others, where there are any. before are the ids that had lines.
 */
export function largestOf(seconds: readonly ServiceSecond[], column: Taken, before: readonly string[] = []): readonly LargestLine[] {
  const sums = new Map<string, number>();
  const names = new Map<string, string>();
  for (const { rows } of seconds) {
    for (const row of rows) {
      const value = row[column];
      if (value === null) continue;
      const id = identity(row);
      sums.set(id, (sums.get(id) ?? 0) + value);
      names.set(id, row.name);
    }
  }
  const weight = (id: string): number => (sums.get(id) ?? 0) * (before.includes(id) ? calm : 1);
  const ids = [...sums.keys()]
    .filter((id) => weight(id) > 0)
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, mostLines);
  const lines = ids.map((id): LargestLine => ({ id, name: names.get(id) ?? id, points: seconds.map(({ t, rows }) => ({ t, taken: takenBy(rows, id, column) })) }));
  const rest = seconds.map((second) => ({ t: second.t, taken: restOf(second, new Set(ids), column) }));
  return rest.some(({ taken }) => taken > 0) ? [...lines, { id: '', name: 'all others', points: rest }] : lines;
}

/** takenBy is missing where a service was not among those of the second. One that was started anew within it is there twice. */
function takenBy(rows: readonly Service[], id: string, column: Taken): number {
  let taken = NaN;
  for (const row of rows) {
    const value = row[column];
    if (value !== null && identity(row) === id) taken = Number.isNaN(taken) ? value : taken + value;
  }
  return taken;
}

/** restOf is missing where some were not remembered one by one and their sum is not known: what is left would look like less than it was. */
function restOf({ rows, others }: ServiceSecond, ids: ReadonlySet<string>, column: Taken): number {
  const unknown = column === 'memory' ? null : others[column];
  if (others.count > 0 && unknown === null) return NaN;
  return rows.reduce((sum, row) => (ids.has(identity(row)) ? sum : sum + (row[column] ?? 0)), others.count > 0 ? (unknown ?? 0) : 0);
}

/** peakOf is the largest value of some lines, 0 where there is none: lines that are compared share a scale. */
export const peakOf = (lines: readonly LargestLine[]): number => lines.reduce((most, { points }) => points.reduce((peak, { taken }) => (taken > peak ? taken : peak), most), 0);
