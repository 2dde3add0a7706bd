import type { Suggestion } from './auto';
import type { Others } from './memory';
import type { CalmOrder } from './order';
import type { Order } from '../ui/table/table-head';
import { filterRows, type ColumnName, type HostTotals, isSuspect, rank, totalsOf, type Process, type Totals } from './rows';
import { treeOf, withAncestors } from './tree';

export type Sorting = Order<ColumnName>;

/** What is on screen of the table at one moment. */
export interface TableView {
  readonly rows: readonly ShownRow[];
  /** first is the index of rows[0] among all that are shown. */
  readonly first: number;
  /** shown is how many rows there are to scroll through, matching how many of them fit the filter. */
  readonly shown: number;
  readonly matching: number;
  readonly tree: boolean;
  readonly totals: Totals;
  readonly sorting: Sorting;
  readonly suggestion: Suggestion;
  /** marks are the columns in which a large share of a bad resource is to be seen. */
  readonly marks: readonly ColumnName[];
  /** ended is who ended when a process was killed for memory, where that is known. */
  readonly ended: Process | undefined;
}

/** A process in its place. */
export interface ShownRow {
  readonly process: Process;
  /** depth is that in the tree; 0 in a list. */
  readonly depth: number;
  /** context is set for a process that is only there because one below it fits the filter. */
  readonly context: boolean;
}

/** What there is to show: processes, the rest where only the largest are remembered, and what the host has in all. */
export interface Known {
  readonly rows: readonly Process[];
  readonly others: Others | undefined;
  readonly host: HostTotals;
  /** marks are the columns of what was bad when the rows were read. */
  readonly marks: readonly ColumnName[];
  readonly ended: Process | undefined;
}

/** What a person wants to see of the processes. */
export interface Wanted {
  readonly filter: string;
  readonly tree: boolean;
}

/** Which of the rows can be seen. */
interface Viewport {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  /** limit cuts the table after so many rows. */
  readonly limit: number;
  /** overscan is how many more there are on either side. */
  readonly overscan: number;
}

/** So many rows more are there for whoever steps or scrolls through them. */
export const overscan = 4;

/** visibleRange returns the rows to draw, as indices [from, to). */
function visibleRange(viewport: Viewport, count: number): readonly [number, number] {
  const shown = Math.min(count, viewport.limit);
  const from = Math.max(0, Math.floor(viewport.scrollTop / viewport.rowHeight) - viewport.overscan);
  const to = Math.ceil((viewport.scrollTop + viewport.height) / viewport.rowHeight) + viewport.overscan;
  return [Math.min(from, shown), Math.min(to, shown)];
}

/** tableView orders and filters the processes and cuts out what can be seen. */
export function tableView(
  { rows: all, others, host, marks, ended }: Known,
  { filter, tree }: Wanted,
  sorting: Sorting,
  suggestion: Suggestion,
  order: CalmOrder,
  viewport: Viewport,
  nowMs: number,
  frozen: boolean,
): TableView {
  const totals = totalsOf(all, host, others);
  const matching = filterRows(all, filter);
  const nodes = tree ? withAncestors(matching, all) : matching;
  const keys = order.next(rank(nodes, sorting.column, totals), nowMs, frozen);
  const places = tree ? treeOf(keys, byKeyOf(nodes)) : keys.map((key) => ({ key, depth: 0 }));
  const [from, to] = visibleRange(viewport, places.length);
  const fits = new Set(tree && nodes !== matching ? matching : []);
  const seen = places.slice(from, to);
  // Of thousands the twenty that are seen are looked up, not all of them put into a map.
  const wanted = new Set(seen.map(({ key }) => key));
  const byKey = byKeyOf(nodes.filter(({ key }) => wanted.has(key)));
  const rows = seen.flatMap(({ key, depth }): ShownRow[] => {
    const process = byKey.get(key);
    return process ? [{ process, depth, context: fits.size > 0 && !fits.has(process) }] : [];
  });
  return { rows, first: from, shown: places.length, matching: matching.length, tree, totals, sorting, suggestion, marks, ended };
}

const byKeyOf = (rows: readonly Process[]): ReadonlyMap<string, Process> => new Map(rows.map((row) => [row.key, row]));

/** suspectColumn is the column in which a process takes a large share of a bad resource. */
export function suspectColumn({ marks, totals }: TableView, row: Process): ColumnName | undefined {
  return marks.find((column) => isSuspect(row, column, totals));
}
