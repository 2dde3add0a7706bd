import type { Suggestion } from './auto';
import type { Others } from './memory';
import type { CalmOrder } from './order';
import type { Sorting } from './process-head';
import { filterRows, isSuspect, rank, totalsOf, type Process, type Totals } from './rows';

/** What is on screen of the table at one moment. */
export interface TableView {
  readonly rows: readonly Process[];
  /** first is the index of rows[0] among all that match. */
  readonly first: number;
  readonly matching: number;
  readonly totals: Totals;
  readonly sorting: Sorting;
  readonly suggestion: Suggestion;
}

/** Which of the rows can be seen. */
export interface Viewport {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  /** limit cuts the table after so many rows. */
  readonly limit: number;
}

const overscan = 4;

/** visibleRange returns the rows to draw, as indices [from, to). */
export function visibleRange(viewport: Viewport, count: number): readonly [number, number] {
  const shown = Math.min(count, viewport.limit);
  const from = Math.max(0, Math.floor(viewport.scrollTop / viewport.rowHeight) - overscan);
  const to = Math.ceil((viewport.scrollTop + viewport.height) / viewport.rowHeight) + overscan;
  return [Math.min(from, shown), Math.min(to, shown)];
}

/** tableView orders and filters the processes and cuts out what can be seen. */
export function tableView(
  all: readonly Process[],
  others: Others | undefined,
  filter: string,
  sorting: Sorting,
  suggestion: Suggestion,
  order: CalmOrder,
  viewport: Viewport,
  nowMs: number,
  frozen: boolean,
): TableView {
  const totals = totalsOf(all, others);
  const matching = filterRows(all, filter);
  const keys = order.next(rank(matching, sorting.column, totals), nowMs, frozen);
  const [from, to] = visibleRange(viewport, keys.length);
  const byKey = new Map(matching.map((row) => [row.key, row]));
  const rows = keys.slice(from, to).flatMap((key) => byKey.get(key) ?? []);
  return { rows, first: from, matching: keys.length, totals, sorting, suggestion };
}

/** suspectColumn is the column in which a process takes a large share of the bad resource. */
export function suspectColumn(view: TableView, row: Process, hostMemory: number): Suggestion['column'] | undefined {
  const { suggestion, totals } = view;
  if (suggestion.level === 'ok' || suggestion.resource === '') return undefined;
  return isSuspect(row, suggestion.column, totals, hostMemory) ? suggestion.column : undefined;
}

