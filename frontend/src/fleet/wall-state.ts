// What the wall shows: the hosts as they came last, ordered, filtered and grouped, and what
// a person chose of them.

import { computed, type ReadonlySignal, signal, type Signal } from '@preact/signals';
import type { AppState } from '../state/app-state';
import { formatWall, parseWall } from './address';
import { filterOf, keyOf, labelsOfAll, type Line, linesOf } from './filter';
import { type Host, hostsReader } from './hosts';
import { createHostOrder } from './order';
import type { Now } from './words';

/** The table of the wire. */
export const tableName = 'hosts';

export interface WallState {
  readonly filter: Signal<string>;
  readonly group: Signal<string>;
  readonly collapsed: Signal<ReadonlySet<string>>;
  /** The key of the line that is chosen, '' for none. */
  readonly chosen: Signal<string>;
  /** The labels that hosts have, with their values; they change seldom. */
  readonly labels: ReadonlySignal<ReadonlyMap<string, readonly string[]>>;
  readonly fragment: ReadonlySignal<string>;
  /** Reads what came; frozen keeps the order. */
  read(frozen: boolean): void;
  /** All hosts, ordered; and the lines that are shown of them. */
  hosts(): readonly Host[];
  lines(): readonly Line[];
  nameOf(id: string): string;
  /** The observation that was read last: its row and its time. */
  readonly seq: number;
  readonly ms: number;
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
  const chosen = signal('');
  const labels = signal<ReadonlyMap<string, readonly string[]>>(new Map());
  const read = hostsReader();
  const order = createHostOrder();
  let hosts: readonly Host[] = [];
  let lines: readonly Line[] = [];
  let names: ReadonlyMap<string, string> = new Map();
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

  return {
    filter,
    group,
    collapsed,
    chosen,
    labels,
    fragment: computed(() => formatWall({ filter: filter.value, group: group.value, collapsed: collapsed.value })),
    read(frozen) {
      const table = app.feed.store.table(tableName);
      if (table && (table.seq !== seq || hosts.length === 0)) {
        [seq, ms] = [table.seq, table.t];
        hosts = order.next(read(table.info, table.rows()), frozen);
        names = new Map(hosts.map(({ id, name }) => [id, name]));
        readLabels();
      } else if (!frozen) hosts = order.next(hosts, false);
      lines = linesOf(hosts.filter(filterOf(filter.peek())), group.peek(), collapsed.peek());
    },
    hosts: () => hosts,
    lines: () => lines,
    nameOf: (id) => names.get(id) ?? id,
    get seq() {
      return seq;
    },
    get ms() {
      return ms;
    },
    now: () => ({ ms: Number.isNaN(ms) ? app.clock.hostNow() : ms, zone: app.clock.zone() }),
    version: () => app.feed.store.hello?.version ?? '',
    apply(next) {
      const view = parseWall(next);
      filter.value = view.filter;
      group.value = view.group;
      collapsed.value = view.collapsed;
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
