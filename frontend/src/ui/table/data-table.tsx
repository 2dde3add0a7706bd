import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useApp } from '../context';
import { setClass, useDraw } from '../live';
import { type Moment, momentOf } from '../moment';
import { type Column, type RowLook, TableBody } from './table-body';
import { type HeadColumn, type Order, TableHead } from './table-head';

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
  /** What the rows are read from: a table of the host, or what is remembered of it, comes by itself. */
  from: 'rows' | 'tables';
  look?: RowLook<R>;
  /** Says why there is no row. */
  message?: () => string;
  /** Called with every draw, behind the rows. */
  drawn?: (moment: Moment) => void;
  /** How the rows are ordered, where their columns sort. */
  order?: Order;
  onSort?: (column: string) => void;
  /** Called with the row that is pressed. */
  onPress?: (row: R, target: EventTarget | null) => void;
  /** Called when the pointer or the focus enters the rows, and when it leaves them. */
  onInside?: (on: boolean) => void;
}): JSX.Element {
  const { columns, rowsAt, from, look, label, message, drawn, order, onSort, onPress, onInside } = props;
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
  }, from === 'tables' ? 'tables' : 'now');
  const press = (event: Event): void => {
    const row = body.current?.rowAt(event.target);
    if (row !== undefined) onPress?.(row, event.target);
  };
  const inside = onInside && {
    onPointerEnter: () => onInside(true),
    onPointerLeave: () => onInside(false),
    onFocusIn: () => onInside(true),
    onFocusOut: () => onInside(false),
  };
  return (
    <div class={props.class} ref={root} {...(label !== undefined && { tabIndex: 0, role: 'region', 'aria-label': label })} {...inside}>
      <table data-ranking={order?.column}>
        <TableHead columns={columns} {...(order && { order })} {...(onSort && { onSort })} />
        {/* A row opens where it is pressed; its name is the button that says so. */}
        <tbody ref={element} {...(onPress && { onClick: press })} />
      </table>
    </div>
  );
}
