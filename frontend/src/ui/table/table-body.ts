// The rows of a table, written directly into a pool of elements. What stands in them
// changes with every sample: drawn as components, a thousand rows would cost more than the
// charts beside them. A row is a place: when things change theirs, texts change and no
// element moves, which a browser would lay out and layer anew.

import { setAttribute, setClassName, setProperty, setText } from '../live';

/** One column of a table whose rows are of type R. */
export interface Column<R> {
  readonly name: string;
  /** The classes of its cells. */
  readonly look: string;
  /** Whether its cells name their rows. */
  readonly names?: boolean;
  /** Whether a canvas draws what stands in it. */
  readonly drawn?: boolean;
  /** Fills the cell of a new row, once. */
  readonly make?: (cell: HTMLTableCellElement) => void;
  /** Writes a row into its cell. */
  readonly write: (cell: HTMLTableCellElement, row: R) => void;
}

/** What concerns a row as a whole. */
export interface RowLook<R> {
  readonly class?: (row: R) => string;
  readonly write?: (element: HTMLTableRowElement, row: R) => void;
}

/** What a body shows: some of the rows, and what stands for the others. */
export interface Shown<R> {
  readonly rows: readonly R[];
  /** The index of the first of them; a table that shows all begins with 0. */
  readonly first?: number;
  /** The height of the rows before and behind them, in CSS pixels. */
  readonly before?: number;
  readonly after?: number;
  /** So many rows are on their way. */
  readonly waiting?: number;
  /** Stands where there is no row, '' for nothing. */
  readonly message?: string;
}

interface Pooled<R> {
  readonly element: HTMLTableRowElement;
  cells: readonly HTMLTableCellElement[];
  row: R | undefined;
}

/** TableBody owns the rows of a tbody. */
export class TableBody<R> {
  readonly #body: HTMLTableSectionElement;
  #columns: readonly Column<R>[];
  readonly #look: RowLook<R>;
  /** The rows on screen by their index, and those that wait for another. */
  #rows = new Map<number, Pooled<R>>();
  #free: Pooled<R>[] = [];
  #waiting: HTMLTableRowElement[] = [];
  readonly #before: HTMLTableRowElement;
  readonly #after: HTMLTableRowElement;
  readonly #message: HTMLTableRowElement;
  #shape = '';

  constructor(body: HTMLTableSectionElement, columns: readonly Column<R>[], look: RowLook<R> = {}) {
    this.#body = body;
    this.#columns = columns;
    this.#look = look;
    this.#before = this.#wide('table-spacer');
    this.#after = this.#wide('table-spacer');
    this.#message = this.#wide('table-message');
    for (const spacer of [this.#before, this.#after]) spacer.setAttribute('aria-hidden', 'true');
  }

  /** Writes what is to be seen; elements come and go only where other rows are. */
  show({ rows, first = 0, before = 0, after = 0, waiting = 0, message = '' }: Shown<R>): void {
    const shape = `${first} ${rows.length} ${before > 0} ${after > 0} ${waiting} ${message !== ''}`;
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#pool(first, rows.length);
      this.#arrange([
        ...(before > 0 ? [this.#before] : []),
        ...Array.from(this.#rows.values(), ({ element }) => element),
        ...(after > 0 ? [this.#after] : []),
        ...Array.from({ length: waiting }, (_, i) => (this.#waiting[i] ??= this.#waitingRow())),
        ...(message === '' ? [] : [this.#message]),
      ]);
    }
    setProperty(this.#before.firstElementChild, '--spacer', `${before}px`);
    setProperty(this.#after.firstElementChild, '--spacer', `${after}px`);
    setText(this.#message.firstElementChild, message);
    rows.forEach((row, i) => this.#write(row, first + i));
  }

  /** Puts the columns, all of them, into another order. Cells move, and what has the focus in the first keeps it. */
  order(columns: readonly Column<R>[]): void {
    if (columns.every((column, i) => column === this.#columns[i])) return;
    const places = columns.map((column) => this.#columns.indexOf(column));
    this.#columns = columns;
    this.#waiting = [];
    this.#shape = '';
    for (const pooled of [...this.#rows.values(), ...this.#free]) {
      pooled.cells = places.flatMap((place) => pooled.cells[place] ?? []);
      let at = pooled.element.firstElementChild;
      for (const cell of pooled.cells) {
        if (cell === at) at = at.nextElementSibling;
        else pooled.element.insertBefore(cell, at);
      }
    }
  }

  /** The row that an element of this body stands in. */
  rowAt(target: EventTarget | null): R | undefined {
    const element = target instanceof Element ? target.closest('tr') : null;
    for (const each of this.#rows.values()) if (each.element === element) return each.row;
    return undefined;
  }

  /** Gives every index an element: the one that it has, so that a row that has the focus keeps it. */
  #pool(first: number, count: number): void {
    const before = this.#rows;
    const next = new Map<number, Pooled<R> | undefined>();
    for (let index = first; index < first + count; index++) next.set(index, before.get(index));
    for (const [index, pooled] of before) if (!next.has(index)) this.#free.push(pooled);
    this.#rows = new Map(Array.from(next, ([index, pooled]) => [index, pooled ?? this.#free.pop() ?? this.#make()]));
  }

  #arrange(wanted: readonly HTMLTableRowElement[]): void {
    const kept = new Set<Element>(wanted);
    for (const child of Array.from(this.#body.children)) if (!kept.has(child)) child.remove();
    let at = this.#body.firstElementChild;
    for (const element of wanted) {
      if (element === at) at = at.nextElementSibling;
      else this.#body.insertBefore(element, at);
    }
  }

  #write(row: R, index: number): void {
    const pooled = this.#rows.get(index);
    if (!pooled) return;
    const { element, cells } = pooled;
    pooled.row = row;
    setAttribute(element, 'aria-rowindex', String(index + 2));
    setClassName(element, this.#look.class?.(row) ?? '');
    this.#look.write?.(element, row);
    this.#columns.forEach(({ write }, i) => {
      const cell = cells[i];
      if (cell) write(cell, row);
    });
  }

  #make(): Pooled<R> {
    const element = document.createElement('tr');
    const cells = this.#columns.map(({ look, names, make }) => {
      const cell = document.createElement(names === true ? 'th' : 'td');
      if (names === true) cell.scope = 'row';
      cell.className = look;
      make?.(cell);
      element.append(cell);
      return cell;
    });
    return { element, cells, row: undefined };
  }

  #waitingRow(): HTMLTableRowElement {
    const element = document.createElement('tr');
    element.className = 'table-waiting';
    for (const { look, drawn } of this.#columns) {
      const cell = element.insertCell();
      cell.className = `${look} is-dim`;
      if (drawn !== true) cell.textContent = '…';
    }
    return element;
  }

  #wide(look: string): HTMLTableRowElement {
    const element = document.createElement('tr');
    element.className = look;
    element.insertCell().colSpan = this.#columns.length;
    return element;
  }
}
