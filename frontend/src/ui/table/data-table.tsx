import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../context';
import { setClass, useDraw } from '../live';
import { type Moment, momentOf } from '../moment';
import { type Column, type RowLook, TableBody } from './table-body';
import { type HeadColumn, TableHead } from './table-head';

/** A column of a table of the page: its head, and how a row is written into it. */
export type DataColumn<R> = Column<R> & HeadColumn;

/**
 * DataTable is a table whose numbers are those of the second that the page speaks of. Its
 * head is drawn when the columns are others, its rows are written with every sample.
 */
export function DataTable<R>(props: {
  class: string;
  /** Names a table that scrolls by itself. */
  label?: string;
  columns: readonly DataColumn<R>[];
  rowsAt: (moment: Moment) => readonly R[];
  look?: RowLook<R>;
  /** Says why there is no row. */
  message?: () => string;
  /** Called with every draw, behind the rows. */
  drawn?: (moment: Moment) => void;
}): JSX.Element {
  const { columns, rowsAt, look, label, message, drawn } = props;
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  const element = useRef<HTMLTableSectionElement>(null);
  const body = useRef<TableBody<R>>(undefined);
  useLayoutEffect(() => {
    element.current?.replaceChildren();
    body.current = element.current ? new TableBody(element.current, columns, look) : undefined;
    app.frameLoop.markDirty('view');
  }, [app, columns, look]);
  useDraw(root, () => {
    const moment = momentOf(app);
    setClass(root.current, 'is-stale', moment.stale);
    const rows = rowsAt(moment);
    body.current?.show({ rows, message: rows.length === 0 ? (message?.() ?? '') : '' });
    drawn?.(moment);
  });
  return (
    <div class={props.class} ref={root} {...(label !== undefined && { tabIndex: 0, role: 'region', 'aria-label': label })}>
      <table>
        <TableHead columns={columns} />
        <tbody ref={element} />
      </table>
    </div>
  );
}
