import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { formatCoarse, formatMoment, formatText } from '../lib/format';
import type { TimeZone } from '../lib/time';
import type { AppState } from '../state/app-state';
import { useApp } from '../ui/context';
import { CloseIcon } from '../ui/icons';
import { cpuTitle, cpuShare } from './columns';
import { pointsOf, type Taken } from './history';
import { type DrawnLine, HistoryStrip, useSheet } from './history-strip';
import type { ProcessMemory } from './memory';
import { shownOfRow, useOpenRow } from './open-row';
import type { Past } from './past';
import { isKernel, stateWords, type Process } from './rows';
import type { Trails } from './trails';

interface Line extends DrawnLine<Taken> {
  readonly title: string;
  readonly unit: string;
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
  const seen = useRef<Process>(undefined);
  const found = rows.find(({ key }) => key === processKey);
  if (found) seen.current = found;
  const known = seen.current?.key === processKey ? seen.current : undefined;
  const { stretch, newest, cursor } = shownOfRow(app);
  const points = pointsOf(processKey, stretch, memory, trails);
  const { canvas, sheet } = useSheet(app);
  useOpenRow(memory, stretch, past.type !== 'loading', '.process-open');
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
      <div class="history-lines">
        {lines.map((line) => (
          <HistoryStrip
            key={line.taken}
            line={line}
            title={line.taken === 'cpu' ? cpuTitle(app) : line.title}
            now={found ? (line.taken !== 'cpu' && isKernel(found) ? 'n/a' : text(app, line.taken, found[line.taken], line.unit)) : '—'}
            textOf={(value) => text(app, line.taken, value, line.unit)}
            points={points}
            stretch={stretch}
            cursor={cursor}
            sheet={sheet}
          />
        ))}
        <canvas class="history-sheet" ref={canvas} aria-hidden="true" />
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
