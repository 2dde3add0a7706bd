import { useSignalEffect } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatClock, formatDuration } from '../lib/format';
import type { AppState } from '../state/app-state';
import { useApp, watch } from '../ui/context';
import { setProperty, useDraw } from '../ui/live';
import { momentOf, newestMs, type Moment } from '../ui/moment';
import { grouped } from '../ui/connection-words';
import { Segmented, type Choice } from '../ui/segmented';
import { columnTitle, suggest, type Suggestion } from './auto';
import { rowHeight, shownColumns } from './columns';
import { fromTable } from './from-table';
import { createCalmOrder } from './order';
import { usePast, type Past } from './past';
import { ProcessHead, type Sorting } from './process-head';
import { ProcessRow, type RowContext } from './process-row';
import { startsDescending, type ColumnName, type Process } from './rows';
import { createTrails } from './trails';
import { drawTrail, useColors } from './trail-strip';
import { suspectColumn, tableView, type TableView } from './view-model';

type Choices = 'auto' | 'cpu' | 'memory' | 'io' | 'other';
const choices: readonly Choice<Choices>[] = [
  { value: 'auto', text: 'auto' },
  { value: 'cpu', text: 'CPU' },
  { value: 'memory', text: 'memory' },
  { value: 'io', text: 'I/O' },
];

const sortable = new Set<string>(shownColumns.map((column) => column.name));
const isColumn = (name: string): name is ColumnName => sortable.has(name) && name !== 'trail';

/** phoneRows is how many processes a phone shows. */
const phoneRows = 5;

/** ProcessTable is every process of the host, calmly ordered; under a cursor in the past, the remembered ones. */
export function ProcessTable({ filterInput }: { filterInput: RefObject<HTMLInputElement | null> }): JSX.Element {
  const app = useApp();
  const { view } = app;
  const root = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const past = usePast(app);
  const [held] = useState(() => createHold());
  const [shown, setShown] = useState<TableView>();
  const [trails] = useState(createTrails);
  const colors = useColors(root);
  const [order] = useState(() => createCalmOrder(() => held.sorting.descending));

  const draw = (): void => {
    const table = app.store.table('processes');
    const moment = momentOf(app);
    if (table && table.seq !== held.seq) {
      held.seq = table.seq;
      held.live = fromTable(table);
      trails.add(held.live);
    }
    const frozen = held.inside && !moment.pinned;
    if (!frozen) held.suggestion = suggest(moment.values, app.store.resources(), moment.stale ? -1 : moment.index);
    const sorting = sortingOf(app, held.suggestion);
    const scope = `${sorting.column} ${sorting.descending} ${view.filter.peek()} ${past.type}`;
    if (scope !== held.scope) order.reset();
    held.scope = scope;
    held.sorting = sorting;
    const box = scroller.current;
    const viewport = { scrollTop: box?.scrollTop ?? 0, height: box?.clientHeight ?? 0, rowHeight, limit: isPhone() ? phoneRows : Infinity };
    const rows = past.type === 'live' ? held.live : past.type === 'at' ? past.rows : [];
    setShown(tableView(rows, view.filter.peek(), sorting, held.suggestion, order, viewport, past.type === 'live' ? app.now() : Infinity, frozen));
    root.current?.classList.toggle('is-stale', moment.stale);
  };
  useDraw(root, draw);
  useSignalEffect(() => {
    watch(view.filter, view.sort);
    app.frameLoop.markDirty('table');
  });

  useEffect(() => {
    const box = scroller.current;
    if (!box) return undefined;
    const observer = new ResizeObserver(() => app.frameLoop.markDirty('view'));
    observer.observe(box);
    return () => observer.disconnect();
  }, [app]);

  const sort = (column: ColumnName): void => {
    const same = view.sort.peek().by !== 'auto' && held.sorting.column === column;
    view.sort.value = { by: column, descending: same ? !held.sorting.descending : startsDescending(column) };
  };
  const by = view.sort.value.by;
  const withoutIo = shown && shown.totals.withoutIo > 0 ? `n/a for ${grouped(shown.totals.withoutIo)} of ${grouped(shown.totals.count)}` : '';
  const inside = (on: boolean) => (): void => {
    held.inside = on;
  };

  return (
    <section class="process-table" ref={root} aria-labelledby="process-title">
      <div class="process-bar">
        <h2 class="process-title" id="process-title">
          {past.type === 'live' ? 'Processes' : `Processes at ${formatClock(past.ms, app.zone())}`}
        </h2>
        <p class="process-note">{shown ? noteText(app, shown, past, momentOf(app), by) : '…'}</p>
        <Segmented
          name="process-sort"
          label="processes by"
          choices={choices}
          value={by === 'auto' || by === 'cpu' || by === 'memory' || by === 'io' ? by : 'other'}
          onChange={(value) => {
            view.sort.value = { by: value, descending: true };
          }}
        />
        <input
          class="process-filter"
          ref={filterInput}
          type="search"
          placeholder="filter  p"
          aria-label="filter processes"
          autocomplete="off"
          spellcheck={false}
          value={view.filter.value}
          onInput={(event) => {
            view.filter.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            view.filter.value = '';
            event.currentTarget.blur();
          }}
        />
      </div>
      <div
        class="process-scroll"
        ref={scroller}
        tabIndex={0}
        role="region"
        aria-label="processes, scrollable"
        onScroll={() => app.frameLoop.markDirty('view')}
        onPointerEnter={inside(true)}
        onPointerLeave={inside(false)}
        onFocusIn={inside(true)}
        onFocusOut={inside(false)}
      >
        <table aria-rowcount={(shown?.matching ?? 0) + 1}>
          <ProcessHead sorting={shown?.sorting ?? { column: 'cpu', descending: true }} withoutIo={withoutIo} onSort={sort} />
          <tbody>
            {shown && (
              <>
                <Spacer rows={shown.first} />
                {shown.rows.map((process, i) => (
                  <ProcessRow
                    key={process.key}
                    process={process}
                    index={shown.first + i}
                    context={contextOf(app, shown, process)}
                    drawTrail={past.type === 'live' ? (canvas, key) => drawTrail(canvas, trails.of(key), colors.current?.colors) : undefined}
                  />
                ))}
                <Spacer rows={isPhone() ? 0 : shown.matching - shown.first - shown.rows.length} />
                {shown.matching === 0 && <EmptyRow text={past.type === 'loading' ? '…' : emptyText(shown, past)} />}
              </>
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface Hold {
  seq: number;
  live: readonly Process[];
  inside: boolean;
  suggestion: Suggestion;
  sorting: Sorting;
  scope: string;
}

function createHold(): Hold {
  return {
    seq: 0,
    live: [],
    inside: false,
    suggestion: { column: 'cpu', sentence: '', level: 'ok', resource: '' },
    sorting: { column: 'cpu', descending: true },
    scope: '',
  };
}

function sortingOf(app: AppState, suggestion: Suggestion): Sorting {
  const { by, descending } = app.view.sort.peek();
  return isColumn(by) ? { column: by, descending } : { column: suggestion.column, descending: true };
}

const isPhone = (): boolean => matchMedia('(max-width: 699px)').matches;

function contextOf(app: AppState, view: TableView, process: Process): RowContext {
  const hostMemory = app.store.host?.memory ?? 0;
  const { largestMemory, largestIo } = view.totals;
  return {
    suspect: suspectColumn(view, process, hostMemory),
    level: view.suggestion.level,
    memoryShare: largestMemory > 0 ? (process.memory ?? 0) / largestMemory : 0,
    ioShare: largestIo > 0 ? (process.io ?? 0) / largestIo : 0,
  };
}

function noteText(app: AppState, view: TableView, past: Past, moment: Moment, by: string): string {
  const reason = by === 'auto' && !moment.stale && view.suggestion.sentence !== '' ? `, ${view.suggestion.sentence}` : '';
  const sorted = `by ${columnTitle(view.sorting.column)}${reason}`;
  const filtered = view.matching === view.totals.count ? '' : `${grouped(view.matching)} of `;
  switch (past.type) {
    case 'live':
      return [`${filtered}${grouped(view.totals.count)}`, moment.stale ? asOf(app) : 'live', sorted].join(' · ');
    case 'loading':
      return '…';
    case 'at':
      return [`${formatDuration(newestMs(app.store) - past.ms)} ago`, sorted, `${grouped(view.totals.count)} remembered, ${grouped(past.others)} others`].join(' · ');
    case 'none':
      return past.why;
  }
}

function asOf(app: AppState): string {
  return `as of ${formatClock(newestMs(app.store), app.zone())}`;
}

function emptyText(view: TableView, past: Past): string {
  if (past.type === 'none') return past.why;
  return view.totals.count === 0 ? '…' : 'no process matches the filter';
}

/** Spacer stands for rows that are not on screen. */
function Spacer({ rows }: { rows: number }): JSX.Element | null {
  const cell = useRef<HTMLTableCellElement>(null);
  useEffect(() => setProperty(cell.current, '--spacer', `${rows * rowHeight}px`));
  if (rows <= 0) return null;
  return (
    <tr class="process-spacer" aria-hidden="true">
      <td colSpan={shownColumns.length} ref={cell} />
    </tr>
  );
}

function EmptyRow({ text }: { text: string }): JSX.Element {
  return (
    <tr class="process-empty">
      <td colSpan={shownColumns.length}>{text}</td>
    </tr>
  );
}
