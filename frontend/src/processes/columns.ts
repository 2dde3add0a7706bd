import { columnTitle } from './auto';
import type { ColumnName } from './rows';

/** A column as the table shows it; the trail is drawn, not sorted. */
export interface ShownColumn {
  readonly name: ColumnName | 'trail';
  readonly title: string;
  readonly number: boolean;
}

const column = (name: ColumnName, number: boolean, title = columnTitle(name)): ShownColumn => ({ name, title, number });

export const shownColumns: readonly ShownColumn[] = [
  column('name', false),
  column('pid', true),
  column('user', false),
  column('cpu', true, 'CPU %'),
  { name: 'trail', title: 'last 5 min', number: true },
  column('memory', true),
  column('io', true),
  column('threads', true),
  column('state', false),
  column('cgroup', false),
];

/** rowHeight is --row-height of tokens.css: virtual rows need to know it. */
export const rowHeight = 22;
