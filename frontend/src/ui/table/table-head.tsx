import type { JSX } from 'preact';
import { SortIcon } from '../icons';

/** Which column orders the rows, and which way. */
export interface Order<N extends string = string> {
  readonly column: N;
  readonly descending: boolean;
}

/** The head of a column. */
export interface HeadColumn<N extends string = string> {
  readonly name: N;
  readonly title: string;
  readonly look: string;
  /** Says more about the column. */
  readonly reason?: string | undefined;
  /** The series whose help says more about it. */
  readonly help?: number | undefined;
  /** Stands dim behind the title, '' for nothing. */
  readonly note?: string;
  /** Whether rows can be ordered by it. */
  readonly sorts?: boolean;
}

/** TableHead is the row of columns; one that sorts is a button. */
export function TableHead<N extends string>({ columns, order, onSort }: { columns: readonly HeadColumn<N>[]; order?: Order<N>; onSort?: (column: N) => void }): JSX.Element {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map(({ name, title, look, reason, help, note = '', sorts }) => {
          if (sorts !== true || !order) {
            return (
              <th key={name} scope="col" class={look} data-reason={reason} data-help={help}>
                {order ? <span class="column-text">{title}</span> : title}
              </th>
            );
          }
          const active = order.column === name;
          return (
            <th key={name} scope="col" class={look} aria-sort={active ? (order.descending ? 'descending' : 'ascending') : 'none'}>
              <button type="button" class="sort-button" data-reason={reason} onClick={() => onSort?.(name)}>
                {title}
                {note !== '' && <span class="column-note">{note}</span>}
                {active && <SortIcon descending={order.descending} />}
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
