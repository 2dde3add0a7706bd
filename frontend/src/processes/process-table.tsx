import { useSignalEffect } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { AppState, DirtyReason } from '../state/app-state';
import type { Cursor } from '../state/view';
import { useApp, watch } from '../ui/context';
import { whenIdle } from '../ui/idle';
import { useLater } from '../ui/later';
import { setProperty, useDraw } from '../ui/live';
import { momentOf } from '../ui/moment';
import { grouped } from '../ui/connection-words';
import { endedAt } from './auto-ended';
import { marks, sameSuggestion, suggest, type Suggestion } from './auto';
import { cpuShare, cpuTitle, rowHeight, shownColumns } from './columns';
import { createTableReader } from './from-table';
import { createCalmOrder } from './order';
import type { ProcessMemory } from './memory';
import { createMemory, pastOf, restMs, type Past } from './past';
import { ProcessBar } from './process-bar';
import { ProcessHead, type Sorting } from './process-head';
import { ProcessRow, WaitingRow, type RowContext } from './process-row';
import { emptyText, noteText, titleText } from './process-words';
import { startsDescending, type ColumnName, type Process } from './rows';
import { createTrails, trailLength } from './trails';
import { TrailSheet } from './trail-sheet';
import { hostTotals } from './host-totals';
import { suspectColumn, tableView, type TableView } from './view-model';

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
  const [phone] = useState(() => matchMedia('(max-width: 699px)'));

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
    if (table && !held.filled && app.connection.name.peek() === 'LIVE') {
      held.filled = true;
      // The trails can wait for what the first view shows in numbers and curves.
      held.endWait = whenIdle(() => memory.prefetch(held.seq));
    }
    if (table && table.seq !== held.seq) {
      held.seq = table.seq;
      held.live = read(table);
      trails.add(table.seq, table.t, held.live);
      held.filling = true;
    }
    if (held.filling) {
      for (const second of memory.seconds(held.seq - trailLength + 1, held.seq - 1)) trails.fill(second.seq, second.t, second.rows);
      held.filling = false;
    }
    const now = pastNow(app, held, memory);
    held.past = now;
    const frozen = held.inside && !moment.pinned;
    if (!frozen) held.suggestion = suggest(moment.values, store.resources(), moment.stale ? -1 : moment.index);
    const sorting = sortingOf(app, held.suggestion);
    const wanted = { filter: view.filter.peek(), tree: view.processes.peek() === 'tree' };
    const scope = `${sorting.column} ${sorting.descending} ${wanted.filter} ${wanted.tree} ${now.type} ${now.type === 'at' ? now.seq : ''}`;
    if (scope !== held.scope) order.reset();
    held.scope = scope;
    held.sorting = sorting;
    const viewport = { scrollTop: held.scrollTop, height: held.height, rowHeight: rowHeight(app), limit: phone.matches ? phoneRows : Infinity };
    const rows = now.type === 'live' ? held.live : now.type === 'at' ? now.rows : [];
    listed.current = rows;
    const others = now.type === 'at' ? now.others : undefined;
    // Who used how much is of the second in which the processes were read, and so is what was bad.
    const second = now.type === 'live' && !moment.pinned ? { values: store, index: moment.stale ? -1 : store.rowAt(held.seq) } : moment;
    const { column, atMs } = held.suggestion;
    const ended = column === 'memory' && atMs !== null ? endedAt(store, memory, atMs, held.live) : undefined;
    const known = { rows, others, host: hostTotals(store, second), marks: marks(second.values, store.resources(), second.index), ended };
    setScreen({ past: now, shown: tableView(known, wanted, sorting, held.suggestion, order, viewport, now.type === 'live' ? app.now() : Infinity, frozen) });
    root.current?.classList.toggle('is-stale', moment.stale);
  };
  useDraw(root, draw, 'tables', 'once');
  useSignalEffect(() => {
    watch(view.filter, view.sort, view.process, view.processes, view.cpu, view.density);
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
      held.endWait();
    },
    [memory, held],
  );

  const sort = (column: ColumnName): void => {
    const same = view.sort.peek().by !== 'auto' && held.sorting.column === column;
    view.sort.value = { by: column, descending: same ? !held.sorting.descending : startsDescending(column) };
  };
  const [open] = useState(() => (key: string): void => view.showProcess(view.process.peek() === key ? null : key));
  const later = useLater();
  const parts = later.parts.value;
  const opened = view.process.value;
  useEffect(() => {
    if (opened !== null) void later.fetch();
  }, [later, opened]);
  const tree = shown?.tree === true;
  const withoutIo = shown && shown.totals.withoutIo > 0 ? `n/a for ${grouped(shown.totals.withoutIo)} of ${grouped(shown.totals.own)}` : '';
  const inside = (on: boolean) => (): void => {
    held.inside = on;
  };

  return (
    <section class={`process-table ${opened === null ? '' : 'has-open'}`} ref={root} aria-labelledby="process-title">
      <ProcessBar title={titleText(app, past)} note={shown ? noteText(app, shown, past, momentOf(app), view.sort.value.by) : '…'} filterInput={filterInput} />
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
        <table aria-rowcount={(shown?.shown ?? 0) + 1} role={tree ? 'treegrid' : undefined}>
          <ProcessHead sorting={shown?.sorting ?? { column: 'cpu', descending: true }} cpu={cpuTitle(app)} withoutIo={withoutIo} onSort={sort} />
          <tbody>
            {shown && (
              <>
                <Spacer height={shown.first * rowHeight(app)} />
                {/* A row is a place: when processes change theirs, texts change and no element moves, which a browser would lay out and layer anew. */}
                {shown.rows.map((row, i) => (
                  <ProcessRow key={shown.first + i} {...row} tree={tree} index={shown.first + i} onOpen={open} {...contextOf(app, shown, row.process)} />
                ))}
                <Spacer height={phone.matches ? 0 : (shown.shown - shown.first - shown.rows.length) * rowHeight(app)} />
                {past.type === 'loading' && waitingRows(phone.matches ? phoneRows : Math.ceil(held.height / rowHeight(app))).map((i) => <WaitingRow key={i} />)}
                {past.type !== 'loading' && shown.matching === 0 && <EmptyRow text={emptyText(shown, past)} />}
              </>
            )}
          </tbody>
        </table>
        <TrailSheet
          rows={shown === undefined ? '' : `${shown.first} ${shown.rows.length}`}
          trailOf={(key) => (past.type === 'at' ? memory.trail(key, past.seq) : trails.of(key))}
        />
        </div>
      </div>
      {opened !== null && parts && <parts.OpenProcess processKey={opened} rows={listed.current} past={past} memory={memory} trails={trails} />}
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
  endWait: () => void;
  filling: boolean;
}

function createHold(): Hold {
  return {
    instance: '',
    seq: 0,
    live: [],
    inside: false,
    suggestion: { column: 'cpu', sentence: '', level: 'ok', atMs: null },
    sorting: { column: 'cpu', descending: true },
    scope: '',
    past: { type: 'live' },
    cursor: null,
    movedAt: -Infinity,
    resting: undefined,
    scrollTop: 0,
    height: 0,
    filled: false,
    endWait: () => undefined,
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
const waitingRows = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

function sortingOf(app: AppState, suggestion: Suggestion): Sorting {
  const { by, descending } = app.view.sort.peek();
  return isColumn(by) ? { column: by, descending } : { column: suggestion.column, descending: true };
}

function contextOf(app: AppState, view: TableView, process: Process): RowContext {
  const { largestMemory, largestIo } = view.totals;
  return {
    cpu: cpuShare(app, process.cpu),
    opened: app.view.process.peek() === process.key,
    suspect: suspectColumn(view, process),
    level: view.suggestion.level,
    memoryShare: shareOf(process.memory, largestMemory),
    ioShare: shareOf(process.io, largestIo),
  };
}

/** shareOf is as exact as a bar can show: a row whose bar stays as it is need not be drawn anew. */
const shareOf = (part: number | null, whole: number): number => (whole > 0 ? Math.round((100 * (part ?? 0)) / whole) / 100 : 0);

/** Spacer stands for rows that are not on screen. */
function Spacer({ height }: { height: number }): JSX.Element | null {
  const cell = useRef<HTMLTableCellElement>(null);
  useLayoutEffect(() => setProperty(cell.current, '--spacer', `${height}px`), [height]);
  if (height <= 0) return null;
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
