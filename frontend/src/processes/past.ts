import type { AppState } from '../state/app-state';
import { type Others, type ProcessMemory, TableMemory } from './memory';
import { reader } from './from-table';
import type { Cell } from '../data/tables';
import type { TableInfo } from '../wire/types';
import type { Process } from './rows';

/** Which rows a table shows: those of now, or the remembered ones of a second in the past. */
export type Past<R = Process> =
  | { readonly type: 'live' }
  | { readonly type: 'loading'; readonly ms: number }
  | { readonly type: 'at'; readonly ms: number; readonly seq: number; readonly rows: readonly R[]; readonly others: Others }
  | { readonly type: 'none'; readonly ms: number; readonly why: string };

/** absence says why something is not among the rows. */
export function absence(past: Past<unknown>): string {
  switch (past.type) {
    case 'live':
      return 'ended';
    case 'loading':
      return '…';
    case 'at':
      return 'not among the remembered of this second';
    case 'none':
      return past.why;
  }
}

/** A pointer that only crosses a chart leaves the table alone; one that rests so long asks. */
export const restMs = 150;

/** What decides which second the table shows. */
export interface PastQuestion<R> {
  readonly cursor: { readonly t: number; readonly pinned: boolean } | null;
  readonly row: { readonly state: 'held' | 'past' | 'loading' | 'none'; readonly seq: number | undefined; readonly t: number };
  /** The time of the newest row; NaN before there is one. */
  readonly newest: number;
  /** Whether any row has arrived: before that nothing can be said of a second. */
  readonly known: boolean;
  readonly memory: { at(seq: number): { readonly seq: number; readonly rows: readonly R[]; readonly others: Others } | 'loading' | 'none' };
  /** What the rows are. */
  readonly what?: string;
  /** How long the pointer has been still. */
  readonly restedMs: number;
}

/** pastOf says what the table shows. It is asked again whenever anything comes, so that no answer sticks. */
export function pastOf<R>(before: Past<R>, { cursor, row, newest, known, memory, what = 'processes', restedMs }: PastQuestion<R>): Past<R> {
  if (!cursor) return { type: 'live' };
  // Once the table is in the past it moves with the cursor.
  if (!cursor.pinned && before.type === 'live' && restedMs < restMs) return before;
  const ms = Number.isNaN(row.t) ? cursor.t : row.t;
  if (!known || row.state === 'loading') return { type: 'loading', ms };
  if (row.seq === undefined) return { type: 'none', ms, why: ms > newest ? 'this second has not come yet' : 'this second is not remembered' };
  const found = memory.at(row.seq);
  if (found === 'loading') return { type: 'loading', ms };
  if (found === 'none') return { type: 'none', ms, why: `the ${what} of this second are not remembered` };
  return { type: 'at', ms, seq: found.seq, rows: found.rows, others: found.others };
}

/** cursorOf is where the table is asked for: a recording has no now, and ends with its newest row. */
export function cursorOf(app: AppState): PastQuestion<unknown>['cursor'] {
  const { store } = app.feed;
  if (store.hello?.recorded !== true || store.length === 0) return app.view.cursor.peek();
  return app.view.cursor.peek() ?? { t: store.time(store.length - 1), pinned: true };
}

/** What reads a row out of its cells, by the places of the columns. */
type RowReader<R> = (key: string, cells: readonly Cell[]) => R;

/** createTableMemory remembers the rows of a table as they are read; came is called when some have come. */
export function createTableMemory<R extends { readonly key: string; readonly cpu: number | null }>(app: AppState, name: string, readerOf: (info: TableInfo) => RowReader<R>, came: () => void): TableMemory<R> {
  const { store } = app.feed;
  return new TableMemory<R>({
    fetch: async (from, to, signal) => {
      const table = store.table(name);
      return table ? app.feed.archive.table(table.info, from, to, signal) : [];
    },
    toSecond: ({ seq, t, rows, others, sums }) => {
      const info = store.table(name)?.info;
      const read = info && readerOf(info);
      const sum = (column: string): number | null => sums[info?.columns.findIndex((each) => each.name === column) ?? -1] ?? null;
      return {
        seq,
        t,
        rows: read ? rows.map(({ key, cells }) => read(key, cells)) : [],
        others: { count: others, cpu: others === 0 ? 0 : sum('cpu'), io: others === 0 ? 0 : sum('io') },
      };
    },
    newest: () => store.newest,
    reach: () => Math.ceil(10_000 / store.intervalMs),
    later: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    ready: () => {
      came();
      app.frameLoop.markDirty('table');
    },
  });
}

/** createMemory is the memory of processes of the page. */
export const createMemory = (app: AppState, came: () => void): ProcessMemory => createTableMemory(app, 'processes', ({ columns }) => reader((name) => columns.findIndex((each) => each.name === name)), came);
