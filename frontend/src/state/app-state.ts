// Everything the page works with, made once in main.tsx and passed down.

import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { type Change, createStore, newestIndex, type Store } from '../data/store';
import { browserZone, timeZone, type TimeZone, UTC } from '../lib/time';
import { BucketSource } from '../data/bucket-source';
import { fetchBuckets } from '../data/history-api';
import type { Host, ServerMessage } from '../wire/types';
import { type AddressBar, bindAddress } from './address';
import { Connection, type ConnectionDeps } from './connection';
import { isStale } from './connection-state';
import { parseFragment } from './url';
import { createView, type Later, type Settings, type TimeRange, type View } from './view';

/** Why something has to be drawn again. */
export type DirtyReason = 'rows' | 'table' | 'schema' | 'view' | 'cursor' | 'state' | 'theme' | 'size' | 'buckets';

/** FrameLoop draws what is dirty and visible, once per frame. */
export interface FrameLoop {
  markDirty(reason: DirtyReason): void;
  /** Calls draw when something is dirty and el can be seen; the returned function ends it. */
  add(draw: (reasons: ReadonlySet<DirtyReason>) => void, el: Element): () => void;
  dispose(): void;
}

export interface AppDeps {
  readonly frameLoop: FrameLoop;
  readonly settings: Settings;
  readonly address: AddressBar;
  readonly later: Later;
  readonly now: () => number;
  readonly connection: Pick<ConnectionDeps, 'build' | 'openSocket' | 'random' | 'probe'>;
}

export interface AppState {
  readonly store: Store;
  readonly connection: Connection;
  readonly view: View;
  readonly frameLoop: FrameLoop;
  readonly buckets: BucketSource;
  readonly host: ReadonlySignal<Host | undefined>;
  /** Whether the host is a synthetic one. */
  readonly demo: ReadonlySignal<boolean>;
  /** Rises when series, panels, resources, tables or the host change: what is drawn anew by components. */
  readonly shape: ReadonlySignal<number>;
  /** Rises when a collector's health or the list of events changes. */
  readonly notices: ReadonlySignal<number>;
  now(): number;
  /** The host's wall clock in Unix milliseconds. */
  hostNow(): number;
  /** Whether every "now" on the page is old. */
  stale(): boolean;
  zone(): TimeZone;
  /** The right edge of the view in Unix milliseconds. */
  edge(): number;
  /** What the charts show, in Unix milliseconds. */
  range(): TimeRange;
  /** The row that everything speaks of: at the cursor, else the newest; −1 where there is none. */
  index(): number;
  /** Its time: the cursor's, else the newest row's; NaN where there is none. */
  time(): number;
  /** Moves the time cursor by rows of the store, pinning it. */
  moveCursor(rows: number): void;
  moveCursorTo(end: 'first' | 'last'): void;
  /** Moves it to the next (1) or previous (−1) change of a state, or event. */
  moveToChange(direction: 1 | -1): void;
  /** Holds still at the newest row, or follows again. */
  toggleHold(): void;
  start(): void;
  dispose(): void;
}

export function createAppState(deps: AppDeps): AppState {
  const { frameLoop, later, now } = deps;
  const store = createStore();
  const view = createView({ settings: deps.settings, later, link: parseFragment(deps.address.location.hash) });
  const shape = signal(0);
  const notices = signal(0);
  const facts = signal<Host | undefined>(undefined);
  const demo = signal(false);
  const buckets = new BucketSource({ store, fetch: fetchBuckets, later, ready: () => frameLoop.markDirty('buckets') });

  const onChange = (change: Change, message: ServerMessage): void => {
    if (change.schema || change.hello) shape.value++;
    if (change.hello) {
      facts.value = store.host;
      demo.value = store.hello?.demo === true;
      if (change.restarted) buckets.clear();
    }
    if (change.health || change.event) notices.value++;
    if (change.schema || change.hello) frameLoop.markDirty('schema');
    if (change.rows > 0) frameLoop.markDirty('rows');
    if (change.table !== undefined) frameLoop.markDirty('table');
    if (message.type === 'event') frameLoop.markDirty('state');
  };

  const connection = new Connection({
    ...deps.connection,
    store,
    now,
    later,
    rowsWanted: (intervalMs) => view.windowMs.peek() / intervalMs + 1,
    onChange,
  });

  const browser = browserZone();
  let host: { name: string; zone: TimeZone } | undefined;
  const hostZone = (): TimeZone => {
    const known = facts.value;
    if (!known) return browser;
    if (host?.name !== known.tz) host = { name: known.tz, zone: timeZone(known.tz, known.utcOffsetMin) };
    return host.zone;
  };

  const newestTime = (): number => (store.length > 0 ? store.time(newestIndex(store)) : NaN);

  const edge = (): number => {
    const newest = newestTime();
    // Time goes on where rows do not: what has not come is a growing hatched stretch.
    const live = Number.isNaN(newest) ? connection.hostNow() : isStale(connection.state.peek(), now()) ? Math.max(newest, connection.hostNow()) : newest;
    const held = view.held.peek();
    return held ? Math.min(held.edge, live) : live;
  };

  const range = (): TimeRange => {
    const chosen = view.range.peek();
    if (chosen) return chosen;
    const to = edge();
    return { from: to - view.windowMs.peek(), to };
  };

  const index = (): number => {
    const cursor = view.cursor.peek();
    return cursor ? nearestIndex(store, cursor.t) : newestIndex(store);
  };

  const pinIndex = (wanted: number): void => {
    for (let i = wanted; i >= 0; i--) {
      if (!store.has(i)) continue;
      view.pinTo(store.time(i), edge());
      return;
    }
  };

  const app: AppState = {
    store,
    connection,
    view,
    frameLoop,
    buckets,
    host: facts,
    demo,
    shape,
    notices,
    now,
    hostNow: () => connection.hostNow(),
    stale: () => isStale(connection.state.peek(), now()),
    zone: () => (view.zone.value === 'utc' ? UTC : view.zone.value === 'browser' ? browser : hostZone()),
    edge,
    range,
    index,
    time: () => view.cursor.peek()?.t ?? newestTime(),
    moveCursor(rows) {
      const newest = newestIndex(store);
      if (newest < 0) return;
      pinIndex(Math.min(newest, Math.max(0, index() + rows)));
    },
    moveCursorTo(end) {
      const { from, to } = range();
      pinIndex(end === 'last' ? nearestIndex(store, to) : Math.max(0, store.indexAtTime(from)));
    },
    moveToChange(direction) {
      const t = app.time();
      const found = stateChanges(store).filter((each) => (direction > 0 ? each > t : each < t));
      const next = direction > 0 ? found[0] : found.at(-1);
      if (next !== undefined) view.pinTo(next, edge());
    },
    toggleHold() {
      if (view.mode.peek() !== 'FOLLOW') view.follow();
      else if (store.length > 0) view.pin(app.time(), edge());
    },
    start() {
      connection.start();
    },
    dispose() {
      for (const end of ends) end();
      connection.dispose();
      buckets.dispose();
      view.dispose();
      frameLoop.dispose();
    },
  };

  const marks = (reason: DirtyReason, ...signals: readonly ReadonlySignal<unknown>[]): (() => void) =>
    effect(() => {
      signals.map((each) => each.value);
      frameLoop.markDirty(reason);
    });

  const ends = [
    bindAddress(view, deps.address, later),
    marks('view', view.windowMs, view.range, view.held, view.hidden, view.units, view.zone, view.panel, view.selection),
    marks('cursor', view.cursor),
    marks('state', connection.name, connection.stale),
    marks('theme', view.theme),
  ];
  return app;
}

/** nearestIndex is the index of the row nearest to a time, −1 while there are none. */
export function nearestIndex(store: Store, t: number): number {
  const before = store.indexAtTime(t);
  let after = before + 1;
  while (after < store.length && !store.has(after)) after++;
  if (after >= store.length) return before;
  if (before < 0) return after;
  return t - store.time(before) <= store.time(after) - t ? before : after;
}

/** stateChanges are the times at which a resource's state changed or something happened, ascending. */
export function stateChanges(store: Store): number[] {
  const times = new Set(store.events.map((event) => event.t));
  for (const resource of store.resources()) {
    for (const info of store.byFamily(resource.state)) {
      let last: number | null = null;
      for (let i = 0; i < store.length; i++) {
        const value = store.value(info.id, i);
        if (value === null) continue;
        if (last !== null && value !== last) times.add(store.time(i));
        last = value;
      }
    }
  }
  return Array.from(times).sort((a, b) => a - b);
}
