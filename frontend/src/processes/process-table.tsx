import { effect, untracked, useSignalEffect } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { AppState } from '../state/app-state';
import type { DirtyReason } from '../state/frame';
import type { Cursor } from '../state/view';
import { useApp, watch } from '../ui/context';
import { whenIdle } from '../ui/idle';
import { useLater } from '../ui/later';
import { setAttribute, setClass, setText, useDraw, useParts } from '../ui/live';
import { momentOf, newestMs, type Moment } from '../ui/moment';
import { TableBody } from '../ui/table/table-body';
import { TableHead } from '../ui/table/table-head';
import { endedAt } from './auto-ended';
import { endedProcesses, type Remembered } from './ended';
import { marks, sameSuggestion, suggest, type Suggestion } from './auto';
import { columnsBehind, cpuShare, cpuTitle, headColumns, type RankingColumn, rankingColumn, rowHeight, shownColumns } from './columns';
import { createTableReader } from './from-table';
import { hostTotals } from './host-totals';
import { blockRows, maxBlocks, type ProcessMemory } from './memory';
import { createCalmOrder } from './order';
import { createServiceNames } from './service-names';
import { createMemory, cursorOf, pastOf, restMs, type Past } from './past';
import { ProcessBar } from './process-bar';
import { processColumns, type ProcessLine, processLook } from './process-cells';
import { emptyText, noteText, titleText, withoutIoText } from './process-words';
import { startsDescending, type ColumnName, type Process } from './rows';
import { type TrailDrawing, TrailSheet } from './trail-sheet';
import { createTrails, trailLength } from './trails';
import { overscan, suspectColumn, tableView, type ShownRow, type Sorting, type TableView } from './view-model';

const sortable = new Set<string>(shownColumns.map((column) => column.name));
const isColumn = (name: string): name is ColumnName => sortable.has(name) && name !== 'trail';

/** phoneRows is how many processes a phone shows. */
const phoneRows = 5;

/** What the components around the rows show; they are drawn anew only when it is another. */
interface Frame {
  readonly sorting: Sorting;
  /** The column right behind the name. */
  readonly behind: RankingColumn | undefined;
  readonly withoutIo: string;
  readonly tree: boolean;
}

/**
 * ProcessTable is every process of the host, calmly ordered; under a cursor in the past,
 * the remembered ones. Its rows are written directly, at most once per frame.
 */
export function ProcessTable({ filterInput, listed, remembered }: { filterInput: RefObject<HTMLInputElement | null>; listed: { current: readonly Process[] }; remembered: { current: Remembered | null } }): JSX.Element {
  const app = useApp();
  const { view } = app;
  const root = useRef<HTMLElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const table = useRef<HTMLTableElement>(null);
  const rowsOf = useRef<HTMLTableSectionElement>(null);
  const body = useRef<TableBody<ProcessLine>>(undefined);
  const parts = useParts<'title' | 'note'>();
  const trailSheet = useRef<TrailDrawing | null>(null);
  const [held] = useState(() => createHold());
  const [memory] = useState(() =>
    createMemory(app, () => {
      held.filling = held.again = true;
    }),
  );
  const [frame, setFrame] = useState<Frame>({ sorting: { column: 'cpu', descending: true }, behind: 'cpu', withoutIo: '', tree: false });
  const [, setOpenAt] = useState(0);
  const [trails] = useState(createTrails);
  const [read] = useState(createTableReader);
  const [names] = useState(() =>
    createServiceNames({ table: () => app.feed.store.table('services'), watchTable: () => app.feed.connection.watchTable('services'), now: () => app.clock.now() }),
  );
  const [order] = useState(() => createCalmOrder(() => held.sorting.descending));
  const [phone] = useState(() => matchMedia('(max-width: 699px)'));

  /** A person did something: what is shown is written anew, whatever comes. */
  const again = (): void => {
    held.again = true;
    app.frameLoop.markDirty('table');
  };

  /** Every table is taken: trails go on while nobody sees them. */
  const take = (): void => {
    const known = app.feed.store.table('processes');
    if (!known || known.seq === held.seq) return;
    held.seq = known.seq;
    held.live = read(known);
    // Of a new process more may be remembered than was seen.
    if (trails.add(known.seq, known.t, held.live)) held.filling = true;
  };
  const draw = (reasons: ReadonlySet<DirtyReason>): void => {
    const { store } = app.feed;
    const known = store.table('processes');
    const moment = momentOf(app);
    // A row without its table changes nothing here but which column the worst resource chooses.
    const onlyRows = held.drawn && held.past.type === 'live' && known?.seq === held.seq && Array.from(reasons).every((reason) => reason === 'rows');
    if (onlyRows && sameSuggestion(held.suggestion, suggest(moment.values, store.resources(), moment.index))) return;
    held.drawn = true;
    take();
    if (store.instance !== held.instance) {
      held.instance = store.instance;
      held.filled = false;
      memory.clear();
    }
    // A table that has not come yet has no row to ask from: its trails stayed empty.
    if (known && known.seq > 0 && !held.filled && app.feed.connection.name.peek() === 'LIVE') {
      held.filled = true;
      // The trails can wait for what the first view shows in numbers and curves.
      held.endWait = whenIdle(() => memory.prefetch(held.seq));
    }
    if (held.filling) {
      for (const second of memory.seconds(held.seq - trailLength + 1, held.seq - 1)) trails.fill(second.seq, second.t, second.rows);
      held.filling = false;
    }
    const past = pastNow(app, held, memory);
    const before = held.past;
    held.past = past;
    // What comes while a person looks at the past changes nothing but how long ago that was.
    const isSame = !held.again && past.type === 'at' && before.type === 'at' && past.seq === before.seq && view.process.peek() === null;
    if (isSame && held.shown && Array.from(reasons).every((reason) => reason === 'later' || reason === 'table')) {
      name(held.shown, past, moment);
      return;
    }
    held.again = false;
    const frozen = held.inside && !moment.pinned;
    if (!frozen) held.suggestion = suggest(moment.values, store.resources(), moment.stale ? -1 : moment.index);
    const sorting = sortingOf(app, held.suggestion);
    const wanted = { filter: view.filter.peek(), tree: view.processes.peek() === 'tree' };
    const scope = `${sorting.column} ${sorting.descending} ${wanted.filter} ${wanted.tree} ${past.type} ${past.type === 'at' ? past.seq : ''}`;
    if (scope !== held.scope) order.reset();
    held.scope = scope;
    held.sorting = sorting;
    // Who steps or scrolls through the rows finds the next ones there.
    const viewport = { scrollTop: held.scrollTop, height: held.height, rowHeight: rowHeight(app), limit: phone.matches ? phoneRows : Infinity, overscan: held.inside ? overscan : 0 };
    const rows = past.type === 'live' ? held.live : past.type === 'at' ? past.rows : [];
    listed.current = rows;
    const others = past.type === 'at' ? past.others : undefined;
    // Who used how much is of the second in which the processes were read, and so is what was bad.
    const second = past.type === 'live' && !moment.pinned ? { values: store, index: moment.stale ? -1 : store.rowAt(held.seq) } : moment;
    const { column, atMs } = held.suggestion;
    const ended = column === 'memory' && atMs !== null ? endedAt(store, memory, atMs, held.live) : undefined;
    const content = { rows, others, host: hostTotals(store, second), marks: marks(second.values, store.resources(), second.index), ended };
    const shown = tableView(content, wanted, sorting, held.suggestion, order, viewport, past.type === 'live' ? app.clock.now() : Infinity, frozen);
    held.shown = shown;
    write(shown, past, moment, viewport.rowHeight);
    setClass(root.current, 'is-stale', moment.stale);
  };

  const name = (shown: TableView, past: Past, moment: Moment): void => {
    setText(parts.get('title'), titleText(app, past));
    setText(parts.get('note'), noteText(app, shown, past, moment, view.sort.peek().by));
  };

  const write = (shown: TableView, past: Past, moment: Moment, height: number): void => {
    name(shown, past, moment);
    setAttribute(table.current, 'aria-rowcount', String(shown.shown + 1));
    const ranking = rankingColumn(shown.sorting.column);
    // What ranks stands right behind the name, and what is pointed at stays where it is.
    if (!held.inside && held.behind !== ranking) {
      held.behind = ranking;
      body.current?.order(columnsBehind(processColumns, ranking));
    }
    body.current?.show({
      rows: shown.rows.map((row) => lineOf(app, shown, row, names.of(row.process.cgroup))),
      first: shown.first,
      before: shown.first * height,
      after: phone.matches ? 0 : (shown.shown - shown.first - shown.rows.length) * height,
      // As many as fill the box, so that nothing moves when they are replaced.
      waiting: past.type === 'loading' ? (phone.matches ? phoneRows : Math.ceil(held.height / height)) : 0,
      message: past.type !== 'loading' && shown.matching === 0 ? emptyText(shown, past) : '',
    });
    names.look();
    trailSheet.current?.(`${shown.first} ${shown.rows.length} ${held.behind}`, past.type === 'at' ? past.seq : held.seq, (key) => (past.type === 'at' ? memory.trail(key, past.seq) : trails.of(key)));
    const { sorting, tree, totals } = shown;
    const { behind } = held;
    const withoutIo = withoutIoText(totals);
    setFrame((before) => (before.sorting.column === sorting.column && before.sorting.descending === sorting.descending && before.behind === behind && before.withoutIo === withoutIo && before.tree === tree ? before : { sorting, behind, withoutIo, tree }));
    // What is open shows this second, too.
    if (view.process.peek() !== null) setOpenAt((drawn) => drawn + 1);
  };

  useLayoutEffect(() => {
    if (rowsOf.current) body.current = new TableBody(rowsOf.current, processColumns, processLook);
  }, []);
  // How many rows fit is told before the frame is painted, and they are written then.
  useDraw(scroller, draw, 'tables', 'once');
  useLayoutEffect(() => {
    const box = scroller.current;
    return box
      ? app.frameLoop.onResize(box, (_, height) => {
          held.height = height;
        })
      : undefined;
  }, [app, held]);
  useSignalEffect(() => {
    watch(view.filter, view.sort, view.process, view.processes, view.cpu, view.density);
    again();
  });

  // Not one of a component, which asks for a frame.
  useEffect(
    () =>
      effect(() => {
        watch(app.feed.tables);
        untracked(take);
      }),
    [app],
  );
  useEffect(() => {
    remembered.current = {
      want: () => memory.prefetch(held.seq, held.seq - maxBlocks * blockRows),
      ended: () => endedProcesses(memory.all(), held.live),
    };
    return () => {
      remembered.current = null;
    };
  }, [remembered, memory, held]);
  useEffect(
    () => () => {
      names.dispose();
      memory.dispose();
      clearTimeout(held.resting);
      held.endWait();
    },
    [names, memory, held],
  );

  const sort = (column: ColumnName | 'trail'): void => {
    if (column === 'trail') return;
    const same = view.sort.peek().by !== 'auto' && held.sorting.column === column;
    view.sort.value = { by: column, descending: same ? !held.sorting.descending : startsDescending(column) };
  };
  const open = (event: Event): void => {
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>('.service-link') : null;
    if (link?.dataset.service) {
      view.service.value = link.dataset.service;
      view.face.value = 'services';
      return;
    }
    const key = body.current?.rowAt(event.target)?.process.key;
    if (key !== undefined) view.showProcess(view.process.peek() === key ? null : key);
  };
  const later = useLater();
  const laterParts = later.parts.value;
  const opened = view.process.value;
  useEffect(() => {
    if (opened !== null) void later.fetch();
  }, [later, opened]);
  const inside = (on: boolean) => (): void => {
    held.inside = on;
  };

  return (
    <section class={`process-table ${opened === null ? '' : 'has-open'}`} ref={root} aria-labelledby="process-title">
      <ProcessBar title={parts.ref('title')} note={parts.ref('note')} filterInput={filterInput} />
      <div
        class="process-scroll"
        ref={scroller}
        tabIndex={0}
        role="region"
        aria-label="processes, scrollable"
        onScroll={(event) => {
          held.scrollTop = event.currentTarget.scrollTop;
          again();
        }}
        onPointerEnter={inside(true)}
        onPointerLeave={inside(false)}
        onFocusIn={inside(true)}
        onFocusOut={inside(false)}
      >
        <div class="process-sheet">
          <table ref={table} data-ranking={rankingColumn(frame.sorting.column)} role={frame.tree ? 'treegrid' : undefined}>
            <TableHead columns={headColumns(cpuTitle(app), frame.withoutIo, frame.behind)} order={frame.sorting} onSort={sort} />
            {/* A process opens where it is pressed; its name is the button that says so. */}
            <tbody ref={rowsOf} onClick={open} />
          </table>
          <TrailSheet drawing={trailSheet} />
        </div>
      </div>
      {opened !== null && laterParts && <laterParts.OpenProcess processKey={opened} rows={listed.current} past={held.past} memory={memory} trails={trails} />}
    </section>
  );
}

interface Hold {
  instance: string;
  seq: number;
  drawn: boolean;
  /** again is set when more changed than what came, shown is what was written last. */
  again: boolean;
  shown: TableView | undefined;
  live: readonly Process[];
  inside: boolean;
  suggestion: Suggestion;
  sorting: Sorting;
  behind: RankingColumn | undefined;
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
    drawn: false,
    again: false,
    shown: undefined,
    live: [],
    inside: false,
    suggestion: { column: 'cpu', level: 'ok', atMs: null },
    sorting: { column: 'cpu', descending: true },
    behind: 'cpu',
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
  const { store } = app.feed;
  const cursor = app.view.cursor.peek();
  if (cursor !== held.cursor) {
    held.cursor = cursor;
    held.movedAt = app.clock.now();
    clearTimeout(held.resting);
    if (cursor && held.past.type === 'live') held.resting = setTimeout(() => app.frameLoop.markDirty('table'), restMs);
  }
  const known = store.length > 0 && store.table('processes') !== undefined;
  return pastOf(held.past, { cursor: cursorOf(app), row: app.shown.row(), newest: newestMs(store), known, memory, restedMs: app.clock.now() - held.movedAt });
}

function sortingOf(app: AppState, suggestion: Suggestion): Sorting {
  const { by, descending } = app.view.sort.peek();
  return isColumn(by) ? { column: by, descending } : { column: suggestion.column, descending: true };
}

function lineOf(app: AppState, view: TableView, row: ShownRow, service: string): ProcessLine {
  const { process } = row;
  const { largestCpu, largestMemory, largestIo } = view.totals;
  return {
    ...row,
    tree: view.tree,
    service,
    cpu: cpuShare(app, process.cpu),
    opened: app.view.process.peek() === process.key,
    suspect: suspectColumn(view, process),
    level: view.suggestion.level,
    cpuShare: view.sorting.column === 'cpu' ? shareOf(process.cpu, largestCpu) : 0,
    memoryShare: shareOf(process.memory, largestMemory),
    ioShare: shareOf(process.io, largestIo),
  };
}

/** shareOf is as exact as a bar can show: one that stays as it is need not be painted anew. */
const shareOf = (part: number | null, whole: number): number => (whole > 0 ? Math.round((100 * (part ?? 0)) / whole) / 100 : 0);
