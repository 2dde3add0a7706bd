import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { formatText } from '../lib/format';
import { useApp } from '../ui/context';
import { pointsOf } from './history';
import type { ProcessMemory } from './memory';
import { lineText, OpenHead, OpenLines, takenLines } from './open-lines';
import { shownOfRow, startText, useOpenRow } from './open-row';
import { absence, type Past } from './past';
import { isKernel, stateWords, type Process } from './rows';
import type { Trails } from './trails';

const lines = Object.values(takenLines);

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
  useOpenRow(memory, stretch, past.type !== 'loading', '.process-open');
  return (
    <aside class="open-process" aria-label={known ? `process ${known.name}, pid ${known.pid ?? '—'}` : 'process'}>
      <OpenHead name={known?.name} kind={known?.pid} note={found ? '' : absence(past)} what="process" close={() => view.showProcess(null)} />
      <OpenLines
        lines={lines}
        now={(line) => (found ? (line.taken !== 'cpu' && isKernel(found) ? 'n/a' : lineText(app, line, found[line.taken])) : '—')}
        points={points}
        stretch={stretch}
        cursor={cursor}
      />
      {known && <Facts process={known} parent={rows.find(({ pid }) => pid !== null && pid === known.parent)} at={past.type === 'live' ? newest.t : past.ms} />}
    </aside>
  );
}

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

function ioText({ io, read, written }: Process): string {
  return io === null ? 'n/a' : `${formatText(read, 'bytes/s')} read, ${formatText(written, 'bytes/s')} written`;
}
