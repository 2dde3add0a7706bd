// What was wrong with the host at the second that the page speaks of.

import type { Store } from '../data/store';
import type { Verdicts } from '../data/verdicts';
import type { Verdict } from '../wire/types';
import type { ShownRow } from './shown-row';
import type { Cursor } from './view';

export interface ShownVerdict {
  /** Undefined while it has not come, and where there is none. */
  readonly verdict: Verdict | undefined;
  /** 'late' is of a row that is not the newest any more although it should be. */
  readonly state: 'known' | 'late' | 'loading' | 'none';
}

const LOADING: ShownVerdict = { verdict: undefined, state: 'loading' };
const NONE: ShownVerdict = { verdict: undefined, state: 'none' };

/** A verdict may take so long before it is an old one. */
const LATE_MS = 10_000;

interface ShownVerdictDeps {
  readonly store: Store;
  readonly verdicts: Pick<Verdicts, 'at' | 'want'>;
  readonly cursor: () => Cursor | null;
  readonly row: () => ShownRow;
}

/** createShownVerdict returns what reads it; want fetches the one under the cursor where it has not come. */
export function createShownVerdict({ store, verdicts, cursor, row }: ShownVerdictDeps): { readonly verdict: () => ShownVerdict; readonly wantVerdict: () => void } {
  const verdict = (): ShownVerdict => {
    if (cursor() === null) {
      const live = store.verdict;
      if (!live) return LOADING;
      if (live.at === 0) return NONE;
      return { verdict: live, state: store.time(store.length - 1) - live.at > Math.max(LATE_MS, 5 * store.intervalMs) ? 'late' : 'known' };
    }
    const { state, t } = row();
    if (state === 'none') return NONE;
    const found = state === 'loading' ? 'loading' : verdicts.at(t);
    return found === 'loading' ? LOADING : found === 'none' ? NONE : { verdict: found, state: 'known' };
  };
  return {
    verdict,
    wantVerdict() {
      const { state, t } = row();
      if (cursor() !== null && (state === 'held' || state === 'past')) verdicts.want(t);
    },
  };
}
