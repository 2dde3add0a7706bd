// Rows that are further back than a socket reaches: the charts take them from the API in
// buckets, and the ledger counts them by the rows of those.

import type { BucketQuery, Buckets } from './archive';
import type { OlderRows } from './change';
import type { Store } from './store';

interface OlderRowsDeps {
  readonly store: Pick<Store, 'series' | 'info'>;
  readonly archive: { readonly buckets: (query: BucketQuery) => Promise<Pick<Buckets, 'rows'>> };
  readonly later: (ms: number, run: () => void) => () => void;
}

/** Each bucket has a count of its rows, whatever it is of; the fewer the shorter the answer. */
const POINTS = 60;
const TRIES = 4;
const PAUSE_MS = 3000;

/** countOlder asks how many of the rows the API has. What it does not answer for is not there. */
export async function countOlder({ store, archive, later }: OlderRowsDeps, rows: OlderRows): Promise<number> {
  // Any series will do: a bucket's rows are counted for itself.
  const match = store.series().slice(0, 1).map((info) => info.name);
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const buckets = await archive.buckets({ from: rows.fromMs, to: rows.toMs, points: POINTS, match, info: (id) => store.info(id) });
      return rowsWithin(buckets.rows, rows);
    } catch {
      await new Promise<void>((done) => later(PAUSE_MS, done));
    }
  }
  return 0;
}

/** rowsWithin counts the rows of buckets that lie between two, both inclusive. */
export function rowsWithin(buckets: Buckets['rows'], { from, to }: Pick<OlderRows, 'from' | 'to'>): number {
  return buckets.reduce((sum, { first, last }) => sum + Math.max(0, Math.min(last, to) - Math.max(first, from) + 1), 0);
}
