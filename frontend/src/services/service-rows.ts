// Which services a table shows at the second that the page speaks of, in a calm order.

import { marks, suggest, type Suggestion } from '../processes/auto';
import { type RankingColumn, rankingColumn } from '../processes/columns';
import { createTableReader } from '../processes/from-table';
import { hostTotals } from '../processes/host-totals';
import type { TableMemory } from '../processes/memory';
import { compare, createCalmOrder } from '../processes/order';
import { createMemory, createTableMemory, cursorOf, type Past, pastOf } from '../processes/past';
import type { Process } from '../processes/rows';
import type { AppState } from '../state/app-state';
import { type Moment, newestMs } from '../ui/moment';
import type { Order } from '../ui/table/table-head';
import { linesOf, type ServiceLine } from './lines';
import { identity, isIn, matching, readerOf, type Service, suspects, worstFirst } from './rows';
import { isText, type SortColumn, sortColumn, valueIn } from './service-columns';

/** The table of the wire. */
export const tableName = 'services';

/** What there is to show of the services at one moment. */
export interface Services {
  readonly rows: readonly ServiceLine[];
  /** all are those of the second, whether they fit the filter or not; shown is how many do. */
  readonly all: readonly Service[];
  readonly shown: number;
  /** order is how they stand; ranking is the column of it that tells who uses the machine. */
  readonly order: Order<SortColumn>;
  readonly ranking: RankingColumn;
  readonly past: Past<Service>;
  /** processes are those of the same second, where they are wanted. */
  readonly processes: readonly Process[];
}

/** What reads the services at a moment, and what it remembers of others. */
interface ServiceSource {
  at(moment: Moment): Services;
  readonly memory: TableMemory<Service>;
  dispose(): void;
}

/**
 * createServices reads the services at a moment; filtered is whether the filter and the order of
 * the first screen count, frozen whether rows stay where they are.
 */
export function createServices(app: AppState, { filtered = false, frozen = () => false }: { filtered?: boolean; frozen?: () => boolean } = {}): ServiceSource {
  const memory = createTableMemory(app, tableName, readerOf, () => undefined);
  const processMemory = createMemory(app, () => undefined);
  const readProcesses = createTableReader();
  const calmOrder = createCalmOrder(() => !ascending);
  let instance = '';
  let [before, ascending] = ['', false];
  let suggestion: Suggestion | undefined;
  let past: Past<Service> = { type: 'live' };
  let pastProcesses: Past = { type: 'live' };

  const at = (moment: Moment): Services => {
    const { view } = app;
    const { store } = app.feed;
    const table = store.table(tableName);
    if (instance !== store.instance) {
      instance = store.instance;
      memory.clear();
      processMemory.clear();
    }
    const still = frozen() && !moment.pinned;
    if (!suggestion || !still) suggestion = suggest(moment.values, store.resources(), moment.stale ? -1 : moment.index);
    const { by, descending } = view.sort.peek();
    const chosen = filtered ? sortColumn(by) : undefined;
    const ranking = rankingColumn(chosen ?? suggestion.column) ?? 'cpu';
    const order: Order<SortColumn> = chosen ? { column: chosen, descending } : { column: ranking, descending: true };
    // A pointer that crosses a chart leaves the services alone: they are of now, or of a second that is pinned.
    const question = { cursor: moment.pinned ? cursorOf(app) : null, row: app.shown.row(), newest: newestMs(store), restedMs: Infinity };
    past = pastOf(past, { ...question, known: table !== undefined, memory, what: 'services' });
    const all = past.type === 'at' ? past.rows : past.type === 'live' && table ? readAll(table) : [];
    const tree = filtered && view.processes.peek() === 'tree';
    const wanted = filtered && (tree || view.service.peek() !== null);
    const processes = wanted ? processesAt(question) : [];
    const fitting = matching(all, filtered ? view.filter.peek() : '');
    const scope = `${order.column} ${order.descending}`;
    if (scope !== before) calmOrder.reset();
    [before, ascending] = [scope, !order.descending];
    const ordered = past.type === 'live' ? calm(fitting, order.column, still) : sorted(fitting, order);
    const index = moment.stale ? -1 : moment.index;
    const suspect = suspects(marks(moment.values, store.resources(), index), hostTotals(store, { values: moment.values, index }), all);
    const opened = filtered ? view.service.peek() : null;
    const rows = linesOf(chosen ? ordered : worstFirst(ordered), tree ? { processes } : undefined, suspect, (service) => opened !== null && (identity(service) === opened || isIn(opened, service)));
    return { rows, all, shown: fitting.length, order, ranking, past, processes };
  };

  const readAll = (table: { readonly info: Parameters<typeof readerOf>[0]; rows(): readonly { readonly key: string; readonly cells: Parameters<ReturnType<typeof readerOf>>[1] }[] }): readonly Service[] => {
    const read = readerOf(table.info);
    return table.rows().map(({ key, cells }) => read(key, cells));
  };

  const processesAt = (question: Omit<Parameters<typeof pastOf>[1], 'known' | 'memory'>): readonly Process[] => {
    const table = app.feed.store.table('processes');
    pastProcesses = pastOf(pastProcesses, { ...question, known: table !== undefined, memory: processMemory });
    if (pastProcesses.type === 'at') return pastProcesses.rows;
    return pastProcesses.type === 'live' && table ? readProcesses(table) : [];
  };

  const calm = (services: readonly Service[], column: SortColumn, still: boolean): readonly Service[] => {
    const byKey = new Map(services.map((each) => [each.key, each]));
    return calmOrder.next(services.map((each) => ({ key: each.key, value: valueIn(column, each) })), app.clock.now(), still).flatMap((key) => byKey.get(key) ?? []);
  };

  return {
    at,
    memory,
    dispose() {
      memory.dispose();
      processMemory.dispose();
    },
  };
}

/** sorted orders services by a column, those of which it is not known last. */
export const sorted = (services: readonly Service[], { column, descending }: Order<SortColumn>): readonly Service[] =>
  services.toSorted((a, b) => compare(valueIn(column, a), valueIn(column, b), descending));

/** startsDescending says which way a column is sorted first: numbers from the largest. */
export const startsDescending = (column: SortColumn): boolean => !isText(column);
