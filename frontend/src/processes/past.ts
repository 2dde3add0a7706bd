import type { AppState } from '../state/app-state';
import { type Others, type PastSecond, ProcessMemory } from './memory';
import { reader } from './from-table';
import type { Remembered } from '../data/archive';
import type { Process } from './rows';

/** Which processes the table shows: those of now, or the remembered ones of a second in the past. */
export type Past =
  | { readonly type: 'live' }
  | { readonly type: 'loading'; readonly ms: number }
  | { readonly type: 'at'; readonly ms: number; readonly seq: number; readonly rows: readonly Process[]; readonly others: Others }
  | { readonly type: 'none'; readonly ms: number; readonly why: string };

/** A pointer that only crosses a chart leaves the table alone; one that rests so long asks. */
export const restMs = 150;

/** What decides which second the table shows. */
export interface PastQuestion {
  readonly cursor: { readonly t: number; readonly pinned: boolean } | null;
  readonly row: { readonly state: 'held' | 'past' | 'loading' | 'none'; readonly seq: number | undefined; readonly t: number };
  /** The time of the newest row; NaN before there is one. */
  readonly newest: number;
  /** Whether any row has arrived: before that nothing can be said of a second. */
  readonly known: boolean;
  readonly memory: Pick<ProcessMemory, 'at'>;
  /** How long the pointer has been still. */
  readonly restedMs: number;
}

/** pastOf says what the table shows. It is asked again whenever anything comes, so that no answer sticks. */
export function pastOf(before: Past, { cursor, row, newest, known, memory, restedMs }: PastQuestion): Past {
  if (!cursor) return { type: 'live' };
  // Once the table is in the past it moves with the cursor.
  if (!cursor.pinned && before.type === 'live' && restedMs < restMs) return before;
  const ms = Number.isNaN(row.t) ? cursor.t : row.t;
  if (!known || row.state === 'loading') return { type: 'loading', ms };
  if (row.seq === undefined) return { type: 'none', ms, why: ms > newest ? 'this second has not come yet' : 'this second is not remembered' };
  const found = memory.at(row.seq);
  if (found === 'loading') return { type: 'loading', ms };
  if (found === 'none') return { type: 'none', ms, why: 'the processes of this second are not remembered' };
  return { type: 'at', ms, seq: found.seq, rows: found.rows, others: found.others };
}

/** createMemory is the memory of processes of the page. */
export function createMemory(app: AppState, came: () => void): ProcessMemory {
  const { store } = app.feed;
  const { frameLoop } = app;
  return new ProcessMemory({
    fetch: async (from, to, signal) => {
      const table = store.table('processes');
      return table ? app.feed.archive.table(table.info, from, to, signal) : [];
    },
    toSecond: (remembered) => toSecond(app, remembered),
    newest: () => store.newest,
    reach: () => Math.ceil(10_000 / store.intervalMs),
    later: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    ready: () => {
      came();
      frameLoop.markDirty('table');
    },
  });
}

function toSecond(app: AppState, { seq, t, rows, others, sums }: Remembered): PastSecond {
  const at = (name: string): number => app.feed.store.table('processes')?.column(name) ?? -1;
  const read = reader(at);
  const sum = (name: string): number | null => sums[at(name)] ?? null;
  return {
    seq,
    t,
    rows: rows.map(({ key, cells }) => read(key, cells)),
    others: { count: others, cpu: others === 0 ? 0 : sum('cpu'), io: others === 0 ? 0 : sum('io') },
  };
}
