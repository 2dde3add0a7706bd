// The remembered rows of a table at a second, asked for when somebody looks at it.

import type { Remembered } from './archive';

export interface TablePastDeps {
  /** Fetches what is remembered of the rows from..to, both inclusive. */
  readonly fetch: (from: number, to: number, signal: AbortSignal) => Promise<readonly Remembered[]>;
  /** How many rows back an observation still counts. */
  readonly reach: () => number;
  /** Called when something has come, or cannot be had. */
  readonly ready: () => void;
}

export interface TablePast {
  /** Returns the newest observation at or shortly before a row. */
  at(seq: number): Remembered | 'loading' | 'none';
  /** Forgets everything: rows belong to one instance of the server. */
  clear(): void;
}

const kept = 60;

/** createTablePast asks one question at a time; of those that wait the last one counts. */
export function createTablePast({ fetch, reach, ready }: TablePastDeps): TablePast {
  const known = new Map<number, Remembered | 'none'>();
  let [asking, wanted]: [number | undefined, number | undefined] = [undefined, undefined];
  let abort = new AbortController();

  const keep = (seq: number, found: Remembered | 'none'): void => {
    known.set(seq, found);
    for (const oldest of known.keys()) {
      if (known.size <= kept) return;
      known.delete(oldest);
    }
  };
  const next = (): void => {
    if (asking !== undefined || wanted === undefined) return;
    const seq = wanted;
    [asking, wanted] = [seq, undefined];
    const { signal } = abort;
    const done = (found: Remembered | 'none'): void => {
      if (signal.aborted) return;
      keep(seq, found);
      asking = undefined;
      ready();
      next();
    };
    fetch(Math.max(1, seq - reach()), seq, signal).then((found) => done(found.at(-1) ?? 'none'), () => done('none'));
  };

  return {
    at(seq) {
      const found = known.get(seq);
      if (found !== undefined) return found;
      if (asking !== seq) wanted = seq;
      next();
      return 'loading';
    },
    clear() {
      abort.abort();
      abort = new AbortController();
      known.clear();
      [asking, wanted] = [undefined, undefined];
    },
  };
}
