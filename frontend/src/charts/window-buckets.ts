// When the rows that are held do not show a window, or are too many to draw: it is shown
// from buckets, the same ones for everything on the page that draws over time.

import type { Buckets } from '../data/archive';
import { rememberedFrom } from '../data/row-times';
import type { Store } from '../data/store';
import type { FeedOf } from '../state/feed';
import type { Shown } from '../state/shown';

/** How many buckets a long window is drawn with. */
const BUCKET_POINTS = 400;

/** A window of more rows than this is drawn from buckets, though it be held. */
const MOST_ROWS = 3700;

/** windowBuckets are the buckets of the named families over the window; undefined where rows are enough, and while they are fetched. */
export function windowBuckets(app: { readonly feed: FeedOf<'store'>; readonly shown: Pick<Shown, 'range'> }, names: readonly string[]): Buckets | undefined {
  const { from, to } = app.shown.range();
  return needsBuckets(app.feed.store, from, to) ? app.feed.buckets.want(names, ...aligned(from, to), BUCKET_POINTS) : undefined;
}

/** needsBuckets says whether rows are not enough: they are where they cover the window, or all of it that is remembered. */
export function needsBuckets(store: Store, from: number, to: number): boolean {
  if (store.length === 0 || store.newest === 0) return false;
  const start = Math.max(from, rememberedFrom(store));
  return start < store.time(0) - 1.5 * store.intervalMs || (to - from) / store.intervalMs > MOST_ROWS;
}

/** What is asked for moves in steps, so that neighbouring frames ask for the same. */
function aligned(from: number, to: number): [number, number] {
  const grain = Math.max(1000, (to - from) / BUCKET_POINTS);
  return [Math.floor(from / grain) * grain, Math.ceil(to / grain) * grain];
}
