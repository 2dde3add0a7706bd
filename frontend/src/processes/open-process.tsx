import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { niceTop } from '../charts/axis';
import { attachGestures } from '../charts/gestures';
import { createSheet, type Sheet } from '../charts/sheet';
import { paintStrip } from '../charts/strip';
import { formatClock, formatCoarse, formatMoment, formatText } from '../lib/format';
import type { TimeZone } from '../lib/time';
import type { AppState } from '../state/app-state';
import { useApp } from '../ui/context';
import { CloseIcon } from '../ui/icons';
import { cpuTitle, cpuShare } from './columns';
import { lineOf, pointsOf, stretchOf, type Stretch, type Taken } from './history';
import type { ProcessMemory } from './memory';
import type { Past } from './past';
import { isKernel, stateWords, type Process } from './rows';
import type { HistoryPoint, Trails } from './trails';

interface Line {
  readonly taken: Taken;
  readonly title: string;
  readonly unit: string;
  readonly base: 'decimal' | 'binary';
  /** A line stays flat below this: noise is not a story. */
  readonly leastTop: number;
}

const lines: readonly Line[] = [
  { taken: 'cpu', title: 'CPU', unit: 'percent', base: 'decimal', leastTop: 5 },
  { taken: 'memory', title: 'memory', unit: 'bytes', base: 'binary', leastTop: 1 << 20 },
  { taken: 'io', title: 'I/O', unit: 'bytes/s', base: 'binary', leastTop: 64 << 10 },
];

/**
 * OpenProcess is one process at the second the page speaks of: what it took over the
 * window, on the same time cursor as everything else, and what is known of it.
 */
export function OpenProcess(props: {
  processKey: string;
  /** rows are those of the second that the table shows. */
  rows: readonly Process[];
  past: Past;
  memory: ProcessMemory;
  trails: Trails;
}): JSX.Element {
  const { processKey, rows, past, memory, trails } = props;
  const app = useApp();
  const { view } = app;
  const { store } = app.feed;
  const seen = useRef<Process>(undefined);
  const found = rows.find(({ key }) => key === processKey);
  if (found) seen.current = found;
  const known = seen.current?.key === processKey ? seen.current : undefined;
  const cursor = view.cursor.peek()?.t;
  const newest = { seq: store.newest, t: store.length > 0 ? store.time(store.length - 1) : app.clock.hostNow() };
  const stretch = stretchOf(app.shown.range(), cursor, newest, store.intervalMs);
  const points = pointsOf(processKey, stretch, memory, trails);
  const canvas = useRef<HTMLCanvasElement>(null);
  const sheet = useRef<Sheet | undefined>(undefined);
  useLayoutEffect(() => {
    if (!canvas.current) return undefined;
    const made = createSheet(canvas.current, app, 'table');
    sheet.current = made;
    return () => {
      made.dispose();
      sheet.current = undefined;
    };
  }, [app]);
  const asks = past.type !== 'loading';
  useEffect(() => {
    // The second under the cursor goes first; what was asked for here is asked for again when it has come.
    if (asks) memory.prefetch(stretch.lastSeq, stretch.firstSeq);
  });
  useEffect(
    () => () => {
      // Whoever closes it from inside goes on in the row.
      if (document.activeElement === document.body) document.querySelector<HTMLElement>('.process-open[aria-expanded="true"]')?.focus({ preventScroll: true });
    },
    [],
  );
  return (
    <aside class="open-process" aria-label={known ? `process ${known.name}, pid ${known.pid ?? '—'}` : 'process'}>
      <div class="open-head">
        <h3 class="open-name" title={known?.name}>
          {known?.name ?? '…'}
        </h3>
        <span class="open-pid">{known?.pid}</span>
        <span class="open-note">{found ? '' : absence(past)}</span>
        <button type="button" class="icon-button" aria-label="close the process" onClick={() => view.showProcess(null)}>
          <CloseIcon />
        </button>
      </div>
      <div class="open-lines">
        {lines.map((line) => (
          <HistoryStrip key={line.taken} line={line} process={found} points={points} stretch={stretch} cursor={cursor} sheet={sheet} />
        ))}
        <canvas class="open-sheet" ref={canvas} aria-hidden="true" />
      </div>
      {known && <Facts process={known} parent={rows.find(({ pid }) => pid !== null && pid === known.parent)} at={past.type === 'live' ? newest.t : past.ms} />}
    </aside>
  );
}

/** absence says why the process is not among the rows. */
function absence(past: Past): string {
  switch (past.type) {
    case 'live':
      return 'ended';
    case 'loading':
      return '…';
    case 'at':
      return 'not among the remembered of this second';
    case 'none':
      return past.why;
  }
}

function HistoryStrip(props: {
  line: Line;
  process: Process | undefined;
  points: readonly HistoryPoint[];
  stretch: Stretch;
  cursor: number | undefined;
  sheet: { readonly current: Sheet | undefined };
}): JSX.Element {
  const { line, process, points, stretch, cursor, sheet } = props;
  const { taken, unit } = line;
  const app = useApp();
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef(stretch);
  shown.current = stretch;
  const columns = Math.max(2, Math.floor((stretch.to - stretch.from) / app.feed.store.intervalMs) + 1);
  const history = lineOf(points, taken, stretch, columns);
  useLayoutEffect(() => {
    const [el, on] = [place.current, sheet.current];
    if (!el || !on) return;
    on.draw(el, (ctx, width, height) => {
      const values = columns <= width ? history.values : lineOf(points, taken, stretch, Math.floor(width)).values;
      paintStrip(ctx, width, height, { values, top: niceTop(Math.max(line.leastTop, history.largest ?? 0), line.base), warn: Infinity, critical: Infinity }, on.colors);
      if (cursor === undefined) return;
      ctx.fillStyle = on.colors.cross;
      ctx.fillRect(Math.round(((cursor - stretch.from) / (stretch.to - stretch.from)) * (width - 1)), 0, 1, height);
    });
  });
  useEffect(() => {
    const el = place.current;
    if (!el) return undefined;
    const timeAt = (x: number): number => {
      const { left, width } = el.getBoundingClientRect();
      const { from, to } = shown.current;
      return from + ((x - left) / Math.max(1, width)) * (to - from);
    };
    return attachGestures(el, { app, timeAt });
  }, [app]);
  return (
    <div class="open-line">
      <span class="open-title">{taken === 'cpu' ? cpuTitle(app) : line.title}</span>
      <span class="open-value">{process ? (taken !== 'cpu' && isKernel(process) ? 'n/a' : text(app, taken, process[taken], unit)) : '—'}</span>
      <span class="open-most" title={history.largest === null ? undefined : `at ${formatClock(history.at, app.clock.zone())}`}>
        {history.largest === null ? '' : `highest ${text(app, taken, history.largest, unit)}`}
      </span>
      <div class="open-strip" ref={place} />
    </div>
  );
}

const text = (app: AppState, taken: Taken, value: number | null, unit: string): string => formatText(taken === 'cpu' ? cpuShare(app, value) : value, unit);

/** Facts are what does not change, or not by itself. */
function Facts({ process, parent, at }: { process: Process; parent: Process | undefined; at: number }): JSX.Element {
  const app = useApp();
  const { view } = app;
  const zone = app.clock.zone();
  const { started } = process;
  const facts: readonly (readonly [string, JSX.Element | string])[] = [
    ...(process.command === '' ? [] : [['command', process.command] as const]),
    [
      'parent',
      parent ? (
        <button type="button" class="open-parent" onClick={() => view.showProcess(parent.key)}>
          {parent.name} {parent.pid}
        </button>
      ) : process.parent === null || process.parent === 0 ? (
        'none'
      ) : (
        String(process.parent)
      ),
    ],
    ['user', process.user === '' ? '—' : process.user],
    ['state', stateWords(process.state)],
    ['started', started === null ? '—' : startText(started, at, zone)],
    ['threads', String(process.threads ?? '—')],
    ['I/O', ioText(process)],
    ['cgroup', process.cgroup === '' ? '—' : process.cgroup],
  ];
  return (
    <dl class="open-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={typeof value === 'string' && value.length > 28 ? value : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** startText leaves the seconds of another day out. */
function startText(started: number, at: number, zone: TimeZone): string {
  const moment = formatMoment(started, at, zone);
  return `${moment.length > 8 ? moment.slice(0, 16) : moment}, ${formatCoarse(Math.max(0, at - started))} before`;
}

function ioText({ io, read, written }: Process): string {
  return io === null ? 'n/a' : `${formatText(read, 'bytes/s')} read, ${formatText(written, 'bytes/s')} written`;
}
