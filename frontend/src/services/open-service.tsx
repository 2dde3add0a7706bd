import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { formatText } from '../lib/format';
import type { TableMemory } from '../processes/memory';
import { lineText, OpenHead, type OpenLine, OpenLines, takenLines } from '../processes/open-lines';
import { shownOfRow, startText, useOpenRow } from '../processes/open-row';
import { absence } from '../processes/past';
import type { Process } from '../processes/rows';
import type { AppState } from '../state/app-state';
import { useApp } from '../ui/context';
import { valueOptions } from '../ui/moment';
import { membersOf } from './lines';
import type { Service } from './rows';
import { createServiceTrail, type Drawn, find } from './service-history';
import { type Services, tableName } from './service-rows';

interface Line extends OpenLine<Drawn> {
  readonly limit?: (service: Service) => number | null;
}

const lines: readonly Line[] = [
  { ...takenLines.cpu, limit: ({ cpuLimit }) => cpuLimit },
  { ...takenLines.memory, limit: ({ memoryLimit }) => memoryLimit },
  takenLines.io,
  { taken: 'throttled', title: 'throttled', unit: 'percent', base: 'decimal', leastTop: 100 },
];

/** So many of its processes are named. */
const mostNamed = 8;

/**
 * OpenService is one service at the second the page speaks of: what it took over the window,
 * its limits as lines, what is known of it, and its processes.
 */
export function OpenService({ wanted, shown, memory }: { wanted: string; shown: Services; memory: TableMemory<Service> }): JSX.Element {
  const app = useApp();
  const { view } = app;
  const { store } = app.feed;
  const [trail] = useState(createServiceTrail);
  const seen = useRef<{ readonly id: string; readonly service: Service }>(undefined);
  const { past, all, processes } = shown;
  const found = find(all, wanted);
  if (found) seen.current = { id: wanted, service: found };
  const known = seen.current?.id === wanted ? seen.current.service : undefined;
  const table = store.table(tableName);
  if (table && past.type === 'live') trail.add(wanted, table.seq, table.t, found);
  const { stretch, newest, cursor } = shownOfRow(app);
  const points = trail.points(wanted, stretch, memory);
  useOpenRow(memory, stretch, past.type !== 'loading', '.service-open');
  return (
    <aside class="open-process open-service" aria-label={known ? `service ${known.name}` : 'service'}>
      <OpenHead
        name={known?.name}
        kind={known?.kind}
        note={found ? found.word : absence(past)}
        what="service"
        close={() => {
          view.service.value = null;
        }}
      />
      <OpenLines
        lines={lines}
        now={(line) => (found ? lineText(app, line, found[line.taken]) : '—')}
        limit={(line) => (known && line.limit?.(known)) ?? null}
        points={points}
        stretch={stretch}
        cursor={cursor}
      />
      {known && <Facts service={known} processes={membersOf(known, processes)} at={past.type === 'live' ? newest.t : past.ms} />}
    </aside>
  );
}

/** Facts are what does not change, or not by itself, and who is in it. */
function Facts({ service, processes, at }: { service: Service; processes: readonly Process[]; at: number }): JSX.Element {
  const app = useApp();
  const facts = factsOf(app, service, at);
  return (
    <dl class="open-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={value.length > 28 ? value : undefined}>{value}</dd>
        </div>
      ))}
      <div class="open-members">
        <dt>processes</dt>
        <dd>{processes.length === 0 ? '—' : <Members processes={processes} />}</dd>
      </div>
    </dl>
  );
}

function Members({ processes }: { processes: readonly Process[] }): JSX.Element {
  const { view } = useApp();
  const others = processes.length - mostNamed;
  return (
    <>
      {processes.slice(0, mostNamed).map(({ key, name, pid }) => (
        <button
          key={key}
          type="button"
          class="open-parent"
          onClick={() => {
            view.showProcess(key);
            view.face.value = 'processes';
          }}
        >
          {name} {pid}
        </button>
      ))}
      {others > 0 && ` and ${others} more`}
    </>
  );
}

type Fact = readonly [name: string, value: string];

/** factsOf leaves out what a service does not have. */
function factsOf(app: AppState, service: Service, at: number): readonly Fact[] {
  const { parent, cgroup, image, state, started, kills, restarts, tasks, tasksLimit, swap, read, written, received, sent } = service;
  const waiting = [['CPU', service.waitingCpu], ['memory', service.waitingMemory], ['I/O', service.waitingIo]] as const;
  const facts: readonly (readonly [string, string | false])[] = [
    ['image', image],
    ['state', state],
    ['started', started !== null && startText(started * 1000, at, app.clock.zone())],
    ['restarts', restarts !== null && restarts > 0 && `${restarts} in five minutes`],
    ['OOM kills', kills !== null && kills > 0 && `${kills} in five minutes`],
    ['tasks', tasks !== null && (tasksLimit === null ? String(tasks) : `${tasks} of ${tasksLimit}`)],
    ['swap', swap !== null && formatText(swap, 'bytes')],
    ['I/O', read !== null && `${formatText(read, 'bytes/s')} read, ${formatText(written, 'bytes/s')} written`],
    ['network', received !== null && `${formatText(received, 'bytes/s', valueOptions(app))} in, ${formatText(sent, 'bytes/s', valueOptions(app))} out`],
    ['waiting', waiting.some(([, share]) => share !== null) && waiting.flatMap(([name, share]) => (share === null ? [] : [`${name} ${formatText(share, 'percent')}`])).join(', ')],
    ['in', parent],
    ['cgroup', cgroup],
  ];
  return facts.flatMap(([name, value]): Fact[] => (value === false || value === '' ? [] : [[name, value]]));
}
