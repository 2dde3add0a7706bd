// Rows that are remembered but not held here: the second under a cursor that went further
// back than the columns. One question at a time, and only the newest one: a moving cursor
// is answered as fast as the network allows and never queues.

import type { HistoryMessage, SeriesInfo } from '../wire/types';
import { ApiError, type Archive, type RowQuery } from './archive';
import type { RowValues, Store } from './store';

/** One remembered row. Its only index is 0. */
export interface PastRow extends RowValues {
  readonly seq: number;
  readonly t: number;
}

interface PastRowsDeps {
  readonly store: Store;
  readonly archive: Pick<Archive, 'row'>;
  readonly later: (ms: number, run: () => void) => () => void;
  /** Called when the answer to the newest question has come, or cannot be had. */
  readonly ready: () => void;
}

const MAX_ROWS = 128;
/** After a failure the same question waits this long. */
const PAUSE_MS = 2000;

/** PastRows keeps the rows that were looked at last. */
export class PastRows {
  readonly #deps: PastRowsDeps;
  readonly #rows = new Map<number, PastRow>();
  /** Questions that have no answer, by their text. */
  readonly #none = new Set<string>();
  #asked: RowQuery | undefined;
  #wanted: RowQuery | undefined;
  #abort = new AbortController();
  #cancelPause: (() => void) | undefined;

  constructor(deps: PastRowsDeps) {
    this.#deps = deps;
  }

  /** Returns a row; 'loading' while it has not come and 'none' where none is remembered. */
  at(query: RowQuery): PastRow | 'loading' | 'none' {
    const known = 'seq' in query ? this.#rows.get(query.seq) : this.#near(query.at);
    if (known) return known;
    return this.#none.has(keyOf(query)) ? 'none' : 'loading';
  }

  /** Returns a row as at does, and fetches it where it has not come. */
  want(query: RowQuery): PastRow | 'loading' | 'none' {
    const found = this.at(query);
    if (found !== 'loading') return found;
    this.#wanted = query;
    if (!this.#asked && !this.#cancelPause) this.#request(query);
    return 'loading';
  }

  /** Forgets everything: rows belong to one instance of the server. */
  clear(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#rows.clear();
    this.#none.clear();
    this.#asked = this.#wanted = undefined;
  }

  dispose(): void {
    this.clear();
    this.#cancelPause?.();
  }

  #near(at: number): PastRow | undefined {
    const reach = this.#deps.store.intervalMs / 2;
    let best: PastRow | undefined;
    for (const row of this.#rows.values()) {
      const distance = Math.abs(row.t - at);
      if (distance <= reach && (!best || distance < Math.abs(best.t - at))) best = row;
    }
    return best;
  }

  #request(query: RowQuery): void {
    this.#asked = query;
    const { signal } = this.#abort;
    this.#deps.archive.row(query, signal).then(
      (message) => {
        if (!signal.aborted) this.#answered(query, message);
      },
      (error: unknown) => {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.status === 404) this.#none.add(keyOf(query));
        else this.#pause();
        this.#next(query);
      },
    );
  }

  #answered(query: RowQuery, message: HistoryMessage): void {
    const row = toPastRow(message, this.#deps.store);
    if (row) {
      this.#rows.delete(row.seq);
      this.#rows.set(row.seq, row);
    }
    // A time without a row has a nearest one all the same, and it is not that time's.
    if (!row || ('at' in query && Math.abs(row.t - query.at) > this.#deps.store.intervalMs / 2)) this.#none.add(keyOf(query));
    trim(this.#rows);
    trim(this.#none);
    this.#next(query);
  }

  #next(answered: RowQuery): void {
    this.#asked = undefined;
    const wanted = this.#wanted;
    this.#wanted = undefined;
    this.#deps.ready();
    // Whoever is told asks again for what it still wants; what it asked for last goes first.
    if (wanted && keyOf(wanted) !== keyOf(answered)) this.want(wanted);
  }

  #pause(): void {
    this.#cancelPause ??= this.#deps.later(PAUSE_MS, () => {
      this.#cancelPause = undefined;
      this.#deps.ready();
    });
  }
}

const keyOf = (query: RowQuery): string => ('seq' in query ? `s${query.seq}` : `t${Math.round(query.at)}`);

function trim(kept: Map<unknown, unknown> | Set<unknown>): void {
  for (const key of kept.keys()) {
    if (kept.size <= MAX_ROWS) return;
    kept.delete(key);
  }
}

/** toPastRow makes a row of an answer; undefined where it holds none. */
function toPastRow(message: HistoryMessage, store: Store): PastRow | undefined {
  const [seq] = message.seq;
  const [t] = message.t;
  if (seq === undefined || t === undefined) return undefined;
  const values = new Map<number, number>();
  for (const [id, column] of message.columns) {
    const quanta = typeof column === 'number' ? column : column[0];
    const info: SeriesInfo | undefined = store.info(id);
    if (info && quanta !== null && quanta !== undefined) values.set(id, quanta * info.quantum);
  }
  return {
    seq,
    t,
    find: (family, match) => store.find(family, match),
    value: (id, index) => (index === 0 ? (values.get(id) ?? null) : null),
    time: (index) => (index === 0 ? t : NaN),
  };
}
