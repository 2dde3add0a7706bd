// What happened on all hosts: fetched once, and then what came since. The same on many
// hosts within a minute is one thing that happened to all of them.

import { type ReadonlySignal, signal } from '@preact/signals';
import { get } from '../alerts/alerts-api';
import type { Clock } from '../state/clock';
import { createChecks } from '../wire/check';

/** An event of a host. */
export interface FleetEvent {
  readonly host: string;
  readonly seq: number;
  readonly t: number;
  readonly kind: string;
  readonly text: string;
  readonly id?: string;
  readonly level?: string;
}

/** What happened on one host or on many, at the time of the first. */
export interface Happening {
  readonly key: string;
  readonly t: number;
  readonly text: string;
  readonly kind: string;
  readonly level: 'critical' | 'warn' | 'info';
  /** By host, when. */
  readonly hosts: ReadonlyMap<string, number>;
}

interface EventsAnswer {
  readonly events: readonly FleetEvent[];
  readonly came: number;
}

const check = createChecks({ Events: 'events:[Event came:u', Event: 'host:s seq:u t:n kind:s text:s id?:s level?:s' }, {})('Events');
const isEvents = (value: unknown): value is EventsAnswer => check(value);

/** How often it is asked what came, how long after there was no answer, and how many are remembered. */
const paceMs = 5000;
const againMs = 15_000;
const most = 2000;
/** The same within so long is one happening. */
const togetherMs = 60_000;

export interface Happened {
  /** The newest first. */
  readonly happenings: ReadonlySignal<readonly Happening[]>;
  /** Whether they were told once. */
  readonly known: ReadonlySignal<boolean>;
  dispose(): void;
}

/** createHappened asks until it is disposed of, while somebody can see the page. */
export function createHappened(clock: Pick<Clock, 'later'>, hidden: () => boolean): Happened {
  const happenings = signal<readonly Happening[]>([]);
  const known = signal(false);
  const ended = new AbortController();
  let events: readonly FleetEvent[] = [];
  let came = 0;
  let cancel = (): void => undefined;
  const ask = async (): Promise<void> => {
    let next = paceMs;
    if (!hidden() || !known.peek()) {
      try {
        const answer = await get(`hosts/events?limit=${most}&after=${came}`, isEvents, ended.signal);
        // A hub that was started anew counts anew.
        if (answer.came < came) events = [];
        if (answer.came !== came) {
          events = [...events, ...answer.events].slice(-most);
          happenings.value = happeningsOf(events);
        }
        next = answer.came < came ? 0 : paceMs;
        came = answer.came < came ? 0 : answer.came;
        known.value = true;
      } catch {
        next = againMs;
      }
    }
    if (!ended.signal.aborted) cancel = clock.later(next, () => void ask());
  };
  void ask();
  return {
    happenings,
    known,
    dispose() {
      cancel();
      ended.abort();
    },
  };
}

const levels = { critical: 'critical', warning: 'warn' } as const;
const levelOf = (level: string | undefined): Happening['level'] => (level === 'critical' || level === 'warning' ? levels[level] : 'info');

/** happeningsOf puts together what is the same, the newest first. */
export function happeningsOf(events: readonly FleetEvent[]): readonly Happening[] {
  const all: (Happening & { readonly hosts: Map<string, number> })[] = [];
  const last = new Map<string, (typeof all)[number]>();
  for (const { host, seq, t, kind, text, level } of events.toSorted((a, b) => a.t - b.t)) {
    const same = `${kind} ${level ?? ''} ${text}`;
    const before = last.get(same);
    if (before && t - before.t < togetherMs) {
      if (!before.hosts.has(host)) before.hosts.set(host, t);
      continue;
    }
    const made = { key: `${host} ${seq} ${t} ${same}`, t, text, kind, level: levelOf(level), hosts: new Map([[host, t]]) };
    last.set(same, made);
    all.push(made);
  }
  return all.reverse();
}
