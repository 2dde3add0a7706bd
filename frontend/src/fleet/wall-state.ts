// What the wall shows: the hosts as they came last, ordered, filtered and grouped, and what
// a person chose of them.

import { computed, type ReadonlySignal, signal, type Signal } from '@preact/signals';
import type { AppState } from '../state/app-state';
import { formatWall, parseWall } from './address';
import { filterOf, keyOf, labelsOfAll, type Line, linesOf } from './filter';
import { type Host, hostsReader } from './hosts';
import { type Compared, createComparer, type Metric, metricOf, siblingLabel } from './metrics';
import { createHostOrder } from './order';
import type { Now } from './words';

/** The table of the wire. */
export const tableName = 'hosts';

export interface WallState {
  readonly filter: Signal<string>;
  readonly group: Signal<string>;
  readonly collapsed: Signal<ReadonlySet<string>>;
  /** The metric that is compared, '' for none, and whether its lowest values are first. */
  readonly metric: Signal<string>;
  readonly lowest: Signal<boolean>;
  /** The key of the line that is chosen, '' for none. */
  readonly chosen: Signal<string>;
  /** The labels that hosts have, with their values; they change seldom. */
  readonly labels: ReadonlySignal<ReadonlyMap<string, readonly string[]>>;
  /** Another number when other alerts fire, or other hosts are silent; undefined until hosts came. */
  readonly alerting: ReadonlySignal<number | undefined>;
  readonly fragment: ReadonlySignal<string>;
  /** Reads what came; frozen keeps the order. */
  read(frozen: boolean): void;
  /** All hosts, ordered; and the lines that are shown of them. */
  hosts(): readonly Host[];
  lines(): readonly Line[];
  nameOf(id: string): string;
  /** Whether several hosts have a name. */
  shared(name: string): boolean;
  /** The metric that is compared, what a host has of it, and the label that siblings share, '' where all are. */
  comparing(): Metric | undefined;
  compared(id: string): Compared;
  siblings(): string;
  /** The observation that was read last: its row and its time. */
  seq(): number;
  ms(): number;
  now(): Now;
  /** The version of the hub. */
  version(): string;
  /** Takes what an address says. */
  apply(fragment: string): void;
  /** Chooses a line so many further; the first where none is chosen. */
  step(by: number): void;
  toggle(group: string): void;
}

export function createWallState(app: AppState, fragment: string): WallState {
  const first = parseWall(fragment);
  const filter = signal(first.filter);
  const group = signal(first.group);
  const collapsed = signal(first.collapsed);
  const metric = signal(first.metric);
  const lowest = signal(first.lowest);
  const alerting = signal<number | undefined>(undefined);
  const chosen = signal('');
  const labels = signal<ReadonlyMap<string, readonly string[]>>(new Map());
  const read = hostsReader();
  const [order, compareOrder] = [createHostOrder(), createHostOrder()];
  const comparer = createComparer();
  let comparedAs = '';
  let hosts: readonly Host[] = [];
  let lines: readonly Line[] = [];
  let names: ReadonlyMap<string, string> = new Map();
  let shared: ReadonlySet<string> = new Set();
  let [seq, ms] = [0, NaN];
  let known = '';
  const seen = new Map<ReadonlyMap<string, string>, true>();

  /** Labels are looked through only when a host has others. */
  const readLabels = (): void => {
    let same = seen.size === hosts.length;
    for (const host of hosts) same &&= seen.has(host.labels);
    if (same) return;
    seen.clear();
    for (const host of hosts) seen.set(host.labels, true);
    const all = labelsOfAll(hosts);
    const text = JSON.stringify(Array.from(all));
    if (text === known) return;
    known = text;
    labels.value = all;
  };

  /** compare returns the hosts as the lines have them: by the metric that is compared, where there is one. */
  const compare = (frozen: boolean): readonly Host[] => {
    const of = metricOf(metric.peek());
    if (!of || Number.isNaN(ms)) return hosts;
    const sign = lowest.peek() ? 1 : -1;
    const as = `${of.id} ${sign} ${group.peek()}`;
    comparer.next(hosts, ms, of, siblingLabel(group.peek(), labels.peek()));
    const order = compareOrder.next(hosts, frozen && as === comparedAs, ({ id }) => {
      const { value } = comparer.of(id);
      return value === null ? null : sign * value;
    });
    comparedAs = as;
    return order;
  };

  return {
    filter,
    group,
    collapsed,
    chosen,
    labels,
    alerting,
    metric,
    lowest,
    fragment: computed(() => formatWall({ filter: filter.value, group: group.value, collapsed: collapsed.value, metric: metric.value, lowest: lowest.value })),
    read(frozen) {
      const table = app.feed.store.table(tableName);
      if (table && (table.seq !== seq || hosts.length === 0)) {
        [seq, ms] = [table.seq, table.t];
        hosts = order.next(read(table.info, table.rows()), frozen);
        if (hosts.length !== names.size || hosts.some(({ id, name }) => names.get(id) !== name)) {
          names = new Map(hosts.map(({ id, name }) => [id, name]));
          shared = sharedNames(hosts);
        }
        readLabels();
        alerting.value = alertsOf(hosts);
      } else if (!frozen) hosts = order.next(hosts, false);
      lines = linesOf(compare(frozen).filter(filterOf(filter.peek())), group.peek(), collapsed.peek());
    },
    hosts: () => hosts,
    lines: () => lines,
    nameOf: (id) => names.get(id) ?? id,
    shared: (name) => shared.has(name),
    comparing: () => metricOf(metric.peek()),
    compared: (id) => comparer.of(id),
    siblings: () => siblingLabel(group.peek(), labels.peek()),
    seq: () => seq,
    ms: () => ms,
    now: () => ({ ms: Number.isNaN(ms) ? app.clock.hostNow() : ms, zone: app.clock.zone() }),
    version: () => app.feed.store.hello?.version ?? '',
    apply(next) {
      const view = parseWall(next);
      filter.value = view.filter;
      group.value = view.group;
      collapsed.value = view.collapsed;
      metric.value = view.metric;
      lowest.value = view.lowest;
    },
    step(by) {
      const at = lines.findIndex((line) => keyOf(line) === chosen.peek());
      const next = at < 0 ? (by < 0 ? 0 : Math.max(0, by - 1)) : at + by;
      const line = lines[Math.min(lines.length - 1, Math.max(0, next))];
      if (line) chosen.value = keyOf(line);
    },
    toggle(value) {
      const next = new Set(collapsed.peek());
      if (!next.delete(value)) next.add(value);
      collapsed.value = next;
    },
  };
}

/** sharedNames are those that several hosts have: a clone has the name of what it is one of. */
function sharedNames(hosts: readonly Host[]): ReadonlySet<string> {
  const [once, more] = [new Set<string>(), new Set<string>()];
  for (const { name } of hosts) (once.has(name) ? more : once).add(name);
  return more;
}

/** alertsOf is one number for how many alerts each host has, and whether it is silent. */
function alertsOf(hosts: readonly Host[]): number {
  let sum = 0;
  // The order of hosts changes with their states, which are not meant.
  for (const { id, alerts, standing } of hosts) if (alerts > 0 || standing === 'silent') sum = (sum + textNumber(id) * (2 * alerts + (standing === 'silent' ? 1 : 0))) | 0;
  return sum;
}

function textNumber(text: string): number {
  let number = 7;
  for (let i = 0; i < text.length; i++) number = (number * 31 + text.charCodeAt(i)) | 0;
  return number;
}
