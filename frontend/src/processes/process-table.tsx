import { useSignalEffect } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatClock, formatDuration, formatText } from '../lib/format';
import type { AppState, DirtyReason } from '../state/app-state';
import type { Cursor } from '../state/view';
import { useApp, watch } from '../ui/context';
import { setProperty, useDraw } from '../ui/live';
import { momentOf, newestMs, type Moment } from '../ui/moment';
import { grouped } from '../ui/connection-words';
import { Segmented, type Choice } from '../ui/segmented';
import { columnTitle, sameSuggestion, suggest, type Suggestion } from './auto';
import { rowHeight, shownColumns } from './columns';
import { createTableReader } from './from-table';
import { createCalmOrder } from './order';
import type { Others, ProcessMemory } from './memory';
import { createMemory, pastOf, restMs, type Past } from './past';
import { ProcessHead, type Sorting } from './process-head';
import { ProcessRow, WaitingRow, type RowContext } from './process-row';
import { startsDescending, type ColumnName, type Process } from './rows';
import { createTrails, trailLength } from './trails';
import { TrailSheet } from './trail-sheet';
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
export function ProcessTable({ filterInput, listed }: { filterInput: RefObject<HTMLInputElement | null>; listed: { current: readonly Process[] } }): JSX.Element {
  const app = useApp();
  const { view } = app;
  const root = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const [held] = useState(() => createHold());
  const [memory] = useState(() =>
    createMemory(app, () => {
      held.filling = true;
    }),
  );
  const [{ shown, past }, setScreen] = useState<{ shown?: TableView; past: Past }>({ past: { type: 'live' } });
  const [trails] = useState(createTrails);
  const [read] = useState(createTableReader);
  const [order] = useState(() => createCalmOrder(() => held.sorting.descending));

  const draw = (reasons: ReadonlySet<DirtyReason>): void => {
    const { store } = app;
    const table = store.table('processes');
    const moment = momentOf(app);
    // A row without its table changes nothing here but which column the worst resource chooses.
    const onlyRows = shown !== undefined && past.type === 'live' && table?.seq === held.seq && Array.from(reasons).every((reason) => reason === 'rows');
    if (onlyRows && sameSuggestion(held.suggestion, suggest(moment.values, store.resources(), moment.index))) return;
    if (store.instance !== held.instance) {
      held.instance = store.instance;
      held.filled = false;
      memory.clear();
    }
    if (table && table.seq !== held.seq) {
      held.seq = table.seq;
      held.live = read(table);
      trails.add(table.seq, held.live);
      if (!held.filled) memory.prefetch(table.seq);
      held.filled = true;
      held.filling = true;
    }
    if (held.filling) {
      for (const second of memory.seconds(held.seq - trailLength + 1, held.seq - 1)) trails.fill(second.seq, second.rows);
      held.filling = false;
    }
    const now = pastNow(app, held, memory);
    held.past = now;
    const frozen = held.inside && !moment.pinned;
    if (!frozen) held.suggestion = suggest(moment.values, store.resources(), moment.stale ? -1 : moment.index);
    const sorting = sortingOf(app, held.suggestion);
    const scope = `${sorting.column} ${sorting.descending} ${view.filter.peek()} ${now.type} ${now.type === 'at' ? now.seq : ''}`;
    if (scope !== held.scope) order.reset();
    held.scope = scope;
    held.sorting = sorting;
    const viewport = { scrollTop: held.scrollTop, height: held.height, rowHeight, limit: isPhone() ? phoneRows : Infinity };
    const rows = now.type === 'live' ? held.live : now.type === 'at' ? now.rows : [];
    listed.current = rows;
    const others = now.type === 'at' ? now.others : undefined;
    setScreen({ past: now, shown: tableView(rows, others, view.filter.peek(), sorting, held.suggestion, order, viewport, now.type === 'live' ? app.now() : Infinity, frozen) });
    root.current?.classList.toggle('is-stale', moment.stale);
  };
  useDraw(root, draw, 'tables');
  useSignalEffect(() => {
    watch(view.filter, view.sort);
    app.frameLoop.markDirty('table');
  });

  useEffect(() => {
    const box = scroller.current;
    if (!box) return undefined;
    // Asked while a frame is drawn, the box would have to be laid out at once.
    const observer = new ResizeObserver(([entry]) => {
      held.height = entry?.contentRect.height ?? 0;
      app.frameLoop.markDirty('table');
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, [app, held]);

  useEffect(
    () => () => {
      memory.dispose();
      clearTimeout(held.resting);
    },
    [memory, held],
  );

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
        onScroll={(event) => {
          held.scrollTop = event.currentTarget.scrollTop;
          app.frameLoop.markDirty('table');
        }}
        onPointerEnter={inside(true)}
        onPointerLeave={inside(false)}
        onFocusIn={inside(true)}
        onFocusOut={inside(false)}
      >
        <div class="process-sheet">
        <table aria-rowcount={(shown?.matching ?? 0) + 1}>
          <ProcessHead sorting={shown?.sorting ?? { column: 'cpu', descending: true }} withoutIo={withoutIo} onSort={sort} />
          <tbody>
            {shown && (
              <>
                <Spacer rows={shown.first} />
                {shown.rows.map((process, i) => (
                  <ProcessRow key={process.key} process={process} index={shown.first + i} {...contextOf(app, shown, process)} />
                ))}
                <Spacer rows={isPhone() ? 0 : shown.matching - shown.first - shown.rows.length} />
                {past.type === 'loading' && waitingRows(held.height).map((i) => <WaitingRow key={i} />)}
                {past.type !== 'loading' && shown.matching === 0 && <EmptyRow text={emptyText(shown, past)} />}
              </>
            )}
          </tbody>
        </table>
        <TrailSheet
          rows={shown === undefined ? '' : `${shown.first} ${shown.rows.map(({ key }) => key).join(' ')}`}
          trailOf={(key) => (past.type === 'at' ? memory.trail(key, past.seq) : trails.of(key))}
        />
        </div>
      </div>
    </section>
  );
}

interface Hold {
  instance: string;
  seq: number;
  live: readonly Process[];
  inside: boolean;
  suggestion: Suggestion;
  sorting: Sorting;
  scope: string;
  past: Past;
  cursor: Cursor | null;
  movedAt: number;
  resting: ReturnType<typeof setTimeout> | undefined;
  /** Where the box of rows is scrolled to, and how high it is. */
  scrollTop: number;
  height: number;
  /** filled is set once the past five minutes were asked for, filling while something of them came. */
  filled: boolean;
  filling: boolean;
}

function createHold(): Hold {
  return {
    instance: '',
    seq: 0,
    live: [],
    inside: false,
    suggestion: { column: 'cpu', sentence: '', level: 'ok', resource: '' },
    sorting: { column: 'cpu', descending: true },
    scope: '',
    past: { type: 'live' },
    cursor: null,
    movedAt: -Infinity,
    resting: undefined,
    scrollTop: 0,
    height: 0,
    filled: false,
    filling: false,
  };
}

/** pastNow asks for the second under the cursor, and again when a pointer has come to rest. */
function pastNow(app: AppState, held: Hold, memory: ProcessMemory): Past {
  const { store } = app;
  const cursor = app.view.cursor.peek();
  if (cursor !== held.cursor) {
    held.cursor = cursor;
    held.movedAt = app.now();
    clearTimeout(held.resting);
    if (cursor && held.past.type === 'live') held.resting = setTimeout(() => app.frameLoop.markDirty('table'), restMs);
  }
  const known = store.length > 0 && store.table('processes') !== undefined;
  return pastOf(held.past, { cursor, row: app.row(), known, memory, restedMs: app.now() - held.movedAt });
}

/** waitingRows are as many as fill the box, so that nothing moves when they are replaced. */
function waitingRows(height: number): readonly number[] {
  const count = isPhone() ? phoneRows : Math.ceil(height / rowHeight);
  return Array.from({ length: count }, (_, i) => i);
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
    memoryShare: shareOf(process.memory, largestMemory),
    ioShare: shareOf(process.io, largestIo),
  };
}

/** shareOf is as exact as a bar can show: a row whose bar stays as it is need not be drawn anew. */
const shareOf = (part: number | null, whole: number): number => (whole > 0 ? Math.round((100 * (part ?? 0)) / whole) / 100 : 0);


function noteText(app: AppState, view: TableView, past: Past, moment: Moment, by: string): string {
  const reason = by === 'auto' && !moment.stale && view.suggestion.sentence !== '' ? `, ${view.suggestion.sentence}` : '';
  const sorted = `by ${columnTitle(view.sorting.column)}${reason}`;
  const filtered = view.matching === view.totals.count ? '' : `${grouped(view.matching)} of `;
  switch (past.type) {
    case 'live':
      return [`${filtered}${grouped(view.totals.count)}`, moment.stale ? asOf(app) : 'live', sorted].join(' · ');
    case 'loading':
      return `${formatDuration(newestMs(app.store) - past.ms)} ago · …`;
    case 'at':
      return [`${formatDuration(newestMs(app.store) - past.ms)} ago`, sorted, rememberedText(view, past.others)].filter((part) => part !== '').join(' · ');
    case 'none':
      return past.why;
  }
}

/** rememberedText says how much of the column is not in the rows: "20 remembered, 241 others 9 %". */
function rememberedText({ totals, sorting, matching }: TableView, others: Others): string {
  const shown = matching === totals.count ? '' : `${grouped(matching)} of `;
  if (others.count === 0) return `${shown}${grouped(totals.count)}, nothing left out`;
  const share = sorting.column === 'cpu' || sorting.column === 'io' ? shareText(others[sorting.column], totals[sorting.column]) : '';
  return `${shown}${grouped(totals.count)} remembered, ${grouped(others.count)} others${share}`;
}

function shareText(part: number | null, whole: number): string {
  return part === null || whole <= 0 ? '' : ` ${formatText((100 * part) / whole, 'percent')}`;
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
  useLayoutEffect(() => setProperty(cell.current, '--spacer', `${rows * rowHeight}px`), [rows]);
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
