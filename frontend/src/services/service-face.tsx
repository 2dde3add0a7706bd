import { useSignalEffect } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatClock, formatDuration } from '../lib/format';
import { columnTitle } from '../processes/auto';
import { ProcessBar } from '../processes/process-bar';
import type { AppState } from '../state/app-state';
import { useApp, watch } from '../ui/context';
import { setText, useParts } from '../ui/live';
import { type Moment, newestMs } from '../ui/moment';
import { DataTable } from '../ui/table/data-table';
import type { Order } from '../ui/table/table-head';
import type { ServiceLine } from './lines';
import { OpenService } from './open-service';
import { identity, isIn } from './rows';
import { serviceColumns, serviceLook, sortColumn } from './service-columns';
import { createServices, type Services, startsDescending, tableName } from './service-rows';

/** phoneRows is how many services a phone shows. */
const phoneRows = 5;

/** ServiceFace is the other face of the table of processes: the services, with the same order, marks and time. */
export function ServiceFace({ filterInput }: { filterInput: RefObject<HTMLInputElement | null> }): JSX.Element {
  const app = useApp();
  const { view } = app;
  const root = useRef<HTMLElement>(null);
  const parts = useParts<'title' | 'note'>();
  const [inside] = useState(() => ({ on: false }));
  const [services] = useState(() => createServices(app, { filtered: true, frozen: () => inside.on }));
  const [phone] = useState(() => matchMedia('(max-width: 699px)'));
  const [now] = useState<{ shown: Services | undefined; led: string | null }>(() => ({ shown: undefined, led: null }));
  const [order, setOrder] = useState<Order>({ column: 'cpu', descending: true });
  const [, setOpenAt] = useState(0);
  // Their heads say which share of the processors a percentage is.
  const unit = view.cpu.value;
  const [columns, setColumns] = useState(() => ({ unit, list: serviceColumns(app, { sorting: true }) }));
  if (columns.unit !== unit) setColumns({ unit, list: serviceColumns(app, { sorting: true }) });
  useEffect(() => app.feed.connection.watchTable(tableName), [app]);
  useEffect(
    () => () => {
      services.dispose();
      // Who comes back later is led nowhere.
      view.service.value = null;
    },
    [services, view],
  );
  useSignalEffect(() => {
    watch(view.filter, view.sort, view.service, view.density, view.processes, view.cpu);
    app.frameLoop.markDirty('table');
  });
  const sort = (column: string): void => {
    const by = sortColumn(column);
    if (!by) return;
    const same = view.sort.peek().by !== 'auto' && order.column === by;
    view.sort.value = { by, descending: same ? !order.descending : startsDescending(by) };
  };
  const press = (line: ServiceLine): void => {
    if (line.of === 'process') {
      view.showProcess(line.key);
      view.face.value = 'processes';
    } else if (line.of === 'service') {
      // What is open is asked of the view: the row may have been written before it was closed.
      const open = view.service.peek();
      view.service.value = open !== null && (open === identity(line) || isIn(open, line)) ? null : identity(line);
    }
  };
  const drawn = (moment: Moment): void => {
    setText(parts.get('title'), moment.pinned ? `Services at ${formatClock(moment.ms, app.clock.zone())}` : 'Services');
    if (!now.shown) return;
    setText(parts.get('note'), noteText(app, now.shown, moment));
    const { column, descending } = now.shown.order;
    setOrder((before) => (before.column === column && before.descending === descending ? before : { column, descending }));
    const wanted = view.service.peek();
    // What is open shows this second, too.
    if (wanted !== null) setOpenAt((times) => times + 1);
    const row = wanted === null || now.led === wanted ? null : root.current?.querySelector('tr.is-opened');
    if (wanted === null) now.led = null;
    if (!row) return;
    now.led = wanted;
    row.scrollIntoView({ block: 'nearest' });
  };
  const opened = view.service.value;
  return (
    <section class={`process-table service-face ${opened === null ? '' : 'has-open'}`} ref={root} aria-labelledby="process-title">
      <ProcessBar title={parts.ref('title')} note={parts.ref('note')} filterInput={filterInput} />
      <DataTable
        class="process-scroll"
        label="services, scrollable"
        columns={columns.list}
        look={serviceLook}
        from="tables"
        order={order}
        onSort={sort}
        onPress={press}
        onInside={(on) => {
          inside.on = on;
        }}
        rowsAt={(moment) => {
          now.shown = services.at(moment);
          return phone.matches ? now.shown.rows.slice(0, phoneRows) : now.shown.rows;
        }}
        message={() => (now.shown ? emptyText(now.shown) : '')}
        drawn={drawn}
      />
      {opened !== null && now.shown && <OpenService wanted={opened} shown={now.shown} memory={services.memory} />}
    </section>
  );
}

function noteText(app: AppState, { all, shown, ranking, order, past }: Services, moment: Moment): string {
  const { store } = app.feed;
  if (past.type === 'loading') return '…';
  if (past.type === 'none') return '';
  const ago = moment.pinned ? `${formatDuration(newestMs(store) - moment.ms)} ago` : moment.stale ? `as of ${formatClock(newestMs(store), app.clock.zone())}` : 'live';
  const filtered = shown === all.length ? '' : `${shown} of `;
  const by = order.column === ranking ? columnTitle(ranking) : (titles[order.column] ?? order.column);
  return `${filtered}${all.length}${moment.pinned ? ' remembered' : ''} · ${ago} · by ${by}`;
}

/** How columns are called in a sentence whose heads are short. */
const titles: Readonly<Partial<Record<string, string>>> = { cpuLimit: 'limit of CPU', memoryLimit: 'limit of memory' };

function emptyText({ past, all }: Services): string {
  if (past.type === 'loading') return '…';
  if (past.type === 'none') return past.why;
  return all.length === 0 ? '…' : 'no service matches the filter';
}
