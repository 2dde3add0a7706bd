// Which services a table shows at the second that the page speaks of, in a calm order.

import { createTablePast, type TablePast } from '../data/table-past';
import { marks, suggest, type Suggestion } from '../processes/auto';
import { type RankingColumn, rankingColumn } from '../processes/columns';
import { hostTotals } from '../processes/host-totals';
import { createCalmOrder } from '../processes/order';
import type { AppState } from '../state/app-state';
import type { Moment } from '../ui/moment';
import { markSuspects, matching, rankedBy, readService, type Service, type ServiceLine, worstFirst } from './rows';

/** The table of the wire. */
export const tableName = 'services';

/** An observation counts for rows up to so long after it. */
const reachMs = 10_000;

/** What there is to show of the services at one moment. */
export interface Services {
  readonly rows: readonly ServiceLine[];
  /** count is how many there are, also those that do not fit the filter. */
  readonly count: number;
  /** ranking is the column that orders them, sentence says why where nobody chose it. */
  readonly ranking: RankingColumn;
  readonly sentence: string;
  readonly state: 'live' | 'at' | 'loading' | 'none';
}

/** createServices reads the services at a moment; filtered is whether the filter of the first screen counts. */
export function createServices(app: AppState, { filtered = false, frozen = () => false }: { filtered?: boolean; frozen?: () => boolean } = {}): (moment: Moment) => Services {
  const past: TablePast = createTablePast({
    fetch: async (from, to, signal) => {
      const table = app.feed.store.table(tableName);
      return table ? app.feed.archive.table(table.info, from, to, signal) : [];
    },
    reach: () => Math.ceil(reachMs / app.feed.store.intervalMs),
    ready: () => app.frameLoop.markDirty('table'),
  });
  const order = createCalmOrder(() => true);
  let instance = '';
  let before: RankingColumn | undefined;
  let suggestion: Suggestion | undefined;
  return (moment) => {
    const { store } = app.feed;
    const { view } = app;
    const table = store.table(tableName);
    if (instance !== store.instance) {
      instance = store.instance;
      past.clear();
    }
    const still = frozen() && !moment.pinned;
    if (!suggestion || !still) suggestion = suggest(moment.values, store.resources(), moment.stale ? -1 : moment.index);
    const chosen = rankingColumn(view.sort.peek().by);
    const ranking = chosen ?? rankingColumn(suggestion.column) ?? 'cpu';
    const sentence = chosen ? '' : suggestion.sentence;
    const known = { ranking, sentence, count: 0, rows: [] };
    if (!table) return { ...known, state: 'none' };
    const column = (name: string): number => table.column(name);
    const row = moment.pinned ? app.shown.row() : undefined;
    const found = row?.seq === undefined ? undefined : past.at(row.seq);
    if (moment.pinned && typeof found !== 'object') return { ...known, state: found === 'none' ? 'none' : 'loading' };
    const all = (typeof found === 'object' ? found.rows : table.rows()).map(({ key, cells }) => readService(key, cells, column));
    if (ranking !== before) order.reset();
    before = ranking;
    const shown = matching(all, filtered ? view.filter.peek() : '');
    const ordered = moment.pinned ? rankedBy(shown, ranking) : calm(shown, ranking, still);
    const index = moment.stale ? -1 : moment.index;
    const rows = markSuspects(worstFirst(ordered), marks(moment.values, store.resources(), index), hostTotals(store, { values: moment.values, index }), all, view.service.peek());
    return { ...known, rows, count: all.length, state: moment.pinned ? 'at' : 'live' };
  };

  function calm(services: readonly Service[], ranking: RankingColumn, still: boolean): readonly Service[] {
    const byKey = new Map(services.map((each) => [each.key, each]));
    return order.next(services.map((each) => ({ key: each.key, value: each[ranking] })), app.clock.now(), still).flatMap((key) => byKey.get(key) ?? []);
  }
}
