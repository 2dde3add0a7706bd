import type { JSX } from 'preact';
import { SortIcon } from '../ui/icons';
import { shownColumns } from './columns';
import type { ColumnName } from './rows';

export interface Sorting {
  readonly column: ColumnName;
  readonly descending: boolean;
}

/** ProcessHead is the row of columns, each a button that sorts by it. */
export function ProcessHead(props: { sorting: Sorting; cpu: string; withoutIo: string; onSort: (column: ColumnName) => void }): JSX.Element {
  const { sorting } = props;
  return (
    <thead>
      <tr aria-rowindex={1}>
        {shownColumns.map(({ name, title, number }) => {
          const side = `column-${name} ${number ? 'is-number' : ''}`;
          if (name === 'trail') {
            return (
              <th key={name} scope="col" class={side}>
                <span class="column-text">{title}</span>
              </th>
            );
          }
          const active = sorting.column === name;
          const reason = reasonOf(name, props.withoutIo);
          return (
            <th key={name} scope="col" class={side} aria-sort={active ? (sorting.descending ? 'descending' : 'ascending') : 'none'}>
              <button type="button" class="sort-button" data-reason={reason} onClick={() => props.onSort(name)}>
                {name === 'cpu' ? props.cpu : title}
                {name === 'io' && props.withoutIo !== '' && <span class="column-note">{props.withoutIo}</span>}
                {active && <SortIcon descending={sorting.descending} />}
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

function reasonOf(name: ColumnName, withoutIo: string): string | undefined {
  if (name === 'cpu') return 'percent of one core, or of the whole machine (s switches)';
  return name === 'io' && withoutIo !== '' ? `${withoutIo}: the kernel tells the I/O of a process only to its owner and to root; process-io.conf gives the systemd unit the rights to see it.` : undefined;
}
