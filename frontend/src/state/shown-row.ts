// The row that everything on the page speaks of: the one at the cursor, else the newest.
// Asking for it never fetches; wantRow does, and is called when the cursor moves.

import type { RowQuery } from '../data/archive';
import type { PastRows } from '../data/past-rows';
import { indexNear, isRemembered } from '../data/row-times';
import { newestIndex, type RowValues, type Store } from '../data/store';
import type { Cursor } from './view';

export interface ShownRow {
  /** 'held' is in the store, 'past' was fetched, 'loading' is being fetched, 'none' does not exist. */
  readonly state: 'held' | 'past' | 'loading' | 'none';
  /** Where to ask for its values; values and index belong together. */
  readonly values: RowValues;
  /** −1 where there is none to ask for. */
  readonly index: number;
  /** Its number in this instance of the server. */
  readonly seq: number | undefined;
  /** Unix milliseconds; of the cursor where there is no row, NaN before the first. */
  readonly t: number;
}

interface ShownRows {
  readonly row: () => ShownRow;
  /** Fetches the row under the cursor, where it is remembered and not held. */
  readonly wantRow: () => void;
}

export function createShownRows({ store, past, cursor }: { readonly store: Store; readonly past: Pick<PastRows, 'at' | 'want'>; readonly cursor: () => Cursor | null }): ShownRows {
  const row = (): ShownRow => {
    const pointed = cursor();
    if (!pointed) return heldRow(store, newestIndex(store));
    const held = heldIndex(store, pointed);
    if (held >= 0) return heldRow(store, held);
    const nothing = { values: store, index: -1, seq: undefined, t: pointed.t };
    if (!isRemembered(store, pointed.t)) return { ...nothing, state: 'none' };
    const found = past.at(queryOf(pointed));
    return found === 'loading' || found === 'none' ? { ...nothing, state: found } : { state: 'past', values: found, index: 0, seq: found.seq, t: found.t };
  };
  return {
    row,
    wantRow: () => {
      const pointed = cursor();
      if (pointed && row().state === 'loading') past.want(queryOf(pointed));
    },
  };
}

const heldIndex = (store: Store, { seq, t }: Cursor): number => (seq === undefined ? indexNear(store, t) : store.rowAt(seq));

const queryOf = ({ seq, t }: Cursor): RowQuery => (seq === undefined ? { at: t } : { seq });

const heldRow = (store: Store, index: number): ShownRow =>
  index < 0
    ? { state: 'none', values: store, index: -1, seq: undefined, t: NaN }
    : { state: 'held', values: store, index, seq: store.seqAt(index), t: store.time(index) };
