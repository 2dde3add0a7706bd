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
import { serviceColumns, serviceLook } from './service-columns';
import { createServices, type Services, tableName } from './service-rows';

/** phoneRows is how many services a phone shows. */
const phoneRows = 5;

/** ServiceFace is the other face of the table of processes: the services, with the same order, marks and time. */
export function ServiceFace({ filterInput }: { filterInput: RefObject<HTMLInputElement | null> }): JSX.Element {
  const app = useApp();
  const { view } = app;
  const root = useRef<HTMLElement>(null);
  const parts = useParts<'title' | 'note'>();
  const [columns] = useState(() => serviceColumns(app));
  const [inside] = useState(() => ({ on: false }));
  const [services] = useState(() => createServices(app, { filtered: true, frozen: () => inside.on }));
  const [phone] = useState(() => matchMedia('(max-width: 699px)'));
  const [now] = useState<{ shown: Services | undefined; led: string | null }>(() => ({ shown: undefined, led: null }));
  useEffect(() => app.feed.connection.watchTable(tableName), [app]);
  // Who comes back later is led nowhere.
  useEffect(
    () => () => {
      view.service.value = null;
    },
    [view],
  );
  useSignalEffect(() => {
    watch(view.filter, view.sort, view.service, view.density);
    app.frameLoop.markDirty('table');
  });
  const look = (on: boolean) => (): void => {
    inside.on = on;
  };
  return (
    <section class="process-table service-face" ref={root} aria-labelledby="process-title" onPointerEnter={look(true)} onPointerLeave={look(false)}>
      <ProcessBar title={parts.ref('title')} note={parts.ref('note')} filterInput={filterInput} />
      <DataTable
        class="process-scroll"
        label="services, scrollable"
        columns={columns}
        look={serviceLook}
        rowsAt={(moment) => {
          now.shown = services(moment);
          return phone.matches ? now.shown.rows.slice(0, phoneRows) : now.shown.rows;
        }}
        message={() => (now.shown ? emptyText(now.shown) : '')}
        drawn={(moment) => {
          setText(parts.get('title'), moment.pinned ? `Services at ${formatClock(moment.ms, app.clock.zone())}` : 'Services');
          if (now.shown) setText(parts.get('note'), noteText(app, now.shown, moment));
          const wanted = view.service.peek();
          const row = wanted === null || now.led === wanted ? null : root.current?.querySelector('tr.is-opened');
          if (!row) return;
          now.led = wanted;
          row.scrollIntoView({ block: 'nearest' });
        }}
      />
    </section>
  );
}

function noteText(app: AppState, { rows, count, ranking, sentence, state }: Services, moment: Moment): string {
  if (state === 'loading') return '…';
  if (state === 'none') return '';
  const ago = moment.pinned ? `${formatDuration(newestMs(app.feed.store) - moment.ms)} ago` : moment.stale ? `as of ${formatClock(newestMs(app.feed.store), app.clock.zone())}` : 'live';
  const filtered = rows.length === count ? '' : `${rows.length} of `;
  const reason = moment.stale || sentence === '' ? '' : `, ${sentence}`;
  return `${filtered}${count}${moment.pinned ? ' remembered' : ''} · ${ago} · by ${columnTitle(ranking)}${reason}`;
}

function emptyText({ state, count }: Services): string {
  if (state === 'loading') return '…';
  if (state === 'none') return 'no services are known for this second';
  return count === 0 ? '…' : 'no service matches the filter';
}
