// The newest observation of a table, kept up to date by differences.

import type { TableColumn, TableInfo, TableMessage } from '../wire/types';

/** A cell: a value in the column's unit, text, or null where it is missing. */
export type Cell = number | string | null;

/** One row; its cells stand in the order of the table's columns. */
export interface TableRowView {
  readonly key: string;
  readonly cells: readonly Cell[];
}

/** What came of a table message. */
type TableOutcome = 'applied' | 'needs-full';

/** TableStore holds one table. */
export class TableStore {
  /** A row that did not change is the very one it was: thousands are asked for at every observation. */
  readonly #rows = new Map<string, TableRowView>();
  #info: TableInfo;
  #index: ReadonlyMap<string, number>;
  #seq = 0;
  #t = 0;
  #partial = '';

  constructor(info: TableInfo) {
    this.#info = info;
    this.#index = indexOf(info);
  }

  get info(): TableInfo {
    return this.#info;
  }

  /** The row of the ring that this observation entered; 0 while there is none. */
  get seq(): number {
    return this.#seq;
  }

  /** Its time in Unix milliseconds. */
  get t(): number {
    return this.#t;
  }

  /** Why rows are missing, '' where none are. */
  get partial(): string {
    return this.#partial;
  }

  /** The place of a column in the cells of a row, −1 where there is no such column. */
  column(name: string): number {
    return this.#index.get(name) ?? -1;
  }

  /** All rows, in an order that they keep: new ones come last. */
  rows(): TableRowView[] {
    return Array.from(this.#rows.values());
  }

  describe(info: TableInfo): void {
    this.#info = info;
    this.#index = indexOf(info);
  }

  apply(message: TableMessage): TableOutcome {
    if (message.base === 0) this.#rows.clear();
    else if (message.base !== this.#seq) return 'needs-full';
    for (const [key, changed] of message.rows) {
      const before = this.#rows.get(key);
      // The key stays the very string it was, which is compared at once.
      this.#rows.set(key, { key: before?.key ?? key, cells: this.#merge(before?.cells, changed) });
    }
    for (const key of message.gone ?? []) this.#rows.delete(key);
    this.#seq = message.seq;
    this.#t = message.t;
    this.#partial = message.partial ?? '';
    return 'applied';
  }

  /** Forgets everything, so that only a full observation applies. */
  clear(): void {
    this.#rows.clear();
    this.#seq = 0;
    this.#t = 0;
  }

  /** Cells that changed are a new list, so that whoever kept the old one can tell. */
  #merge(before: readonly Cell[] | undefined, changed: Readonly<Record<string, Cell>>): Cell[] {
    const cells = before ? [...before] : new Array<Cell>(this.#info.columns.length).fill(null);
    // Thousands of rows: a list of pairs for each is most of what this takes.
    for (const name in changed) {
      const at = this.#index.get(name);
      const column = at === undefined ? undefined : this.#info.columns[at];
      const value = changed[name];
      if (at !== undefined && column && value !== undefined) cells[at] = cellValue(column, value);
    }
    return cells;
  }
}

/** cellValue gives a cell from the wire its unit. */
export function cellValue(column: TableColumn, value: Cell): Cell {
  return typeof value === 'number' ? value * (column.quantum ?? 1) : value;
}

const indexOf = (info: TableInfo): ReadonlyMap<string, number> => new Map(info.columns.map((column, i) => [column.name, i]));
