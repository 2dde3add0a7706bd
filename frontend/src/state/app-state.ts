// Everything the page works with, made once in main.tsx and passed down.

import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { type Change, createStore, newestIndex, type Store } from '../data/store';
import { browserZone, timeZone, type TimeZone, UTC } from '../lib/time';
import { BucketSource } from '../data/bucket-source';
import { fetchBuckets, fetchRow } from '../data/history-api';
import { countOlder } from '../data/older-rows';
import { PastRows } from '../data/past-rows';
import { rememberedFrom } from '../data/row-times';
import type { Host, ServerMessage } from '../wire/types';
import { type AddressBar, bindAddress } from './address';
import { Connection, type ConnectionDeps } from './connection';
import { isStale } from './connection-state';
import { createMoves, type Moves } from './moves';
import type { PageCost } from './page-cost';
import { createRowAndTable } from './row-and-table';
import { parseFragment } from './url';
import type { Settings } from './preferences';
import { createShownRows, type ShownRow } from './shown-row';
import { createView, type Later, type TimeRange, type View } from './view';

/** Why something has to be drawn again. */
export type DirtyReason = 'rows' | 'table' | 'schema' | 'view' | 'cursor' | 'state' | 'theme' | 'size' | 'buckets';

/** What a part of the page shows: a table that came is a reason only for those with tables, and canvases are drawn last. */
export type Shows = 'tables' | 'text' | 'canvas';

/** FrameLoop draws what is dirty and visible, once per frame. */
export interface FrameLoop {
  markDirty(reason: DirtyReason): void;
  /**
   * Calls draw when something is dirty and el can be seen; the returned function ends it.
   * It writes text unless it says otherwise. 'once' draws it in the next frame, before it
   * is known whether it can be seen.
   */
  add(draw: (reasons: ReadonlySet<DirtyReason>) => void, el: Element, shows?: Shows, at?: 'once' | 'seen'): () => void;
  /** Tells the size of an element in CSS pixels, at once and when it changes; what is drawn in it is drawn before the frame is painted. */
  onResize(el: Element, changed: (width: number, height: number) => void): () => void;
  dispose(): void;
}

export interface AppDeps {
  readonly frameLoop: FrameLoop;
  readonly cost: PageCost;
  readonly settings: Settings;
  readonly address: AddressBar;
  readonly later: Later;
  readonly now: () => number;
  readonly connection: Pick<ConnectionDeps, 'build' | 'openSocket' | 'random' | 'probe' | 'inbox'>;
}

export interface AppState extends Moves {
  readonly store: Store;
  readonly connection: Connection;
  readonly view: View;
  readonly frameLoop: FrameLoop;
  /** What the page takes of the browser. */
  readonly cost: PageCost;
  readonly buckets: BucketSource;
  readonly host: ReadonlySignal<Host | undefined>;
  /** Whether the host is a synthetic one. */
  readonly demo: ReadonlySignal<boolean>;
  /** Rises when series, panels, resources, tables or the host change: what is drawn anew by components. */
  readonly shape: ReadonlySignal<number>;
  /** Rises when a collector's health or the list of events changes. */
  readonly notices: ReadonlySignal<number>;
  now(): number;
  readonly later: Later;
  /** The host's wall clock in Unix milliseconds. */
  hostNow(): number;
  /** Whether every "now" on the page is old. */
  stale(): boolean;
  zone(): TimeZone;
  /** The right edge of the view in Unix milliseconds. */
  edge(): number;
  /** What the charts show, in Unix milliseconds. */
  range(): TimeRange;
  /** The row at the cursor, else the newest. One that is not held is fetched when the cursor goes there. */
  row(): ShownRow;
  /** Rises when a row that was asked for has come. */
  readonly rowsCame: ReadonlySignal<number>;
  /** Its time: the cursor's, else the newest row's; NaN where there is none. */
  time(): number;
  /** The time of the oldest row that is remembered, undefined before anything is known. */
  oldest(): number | undefined;
  start(): void;
  dispose(): void;
}

export function createAppState(deps: AppDeps): AppState {
  const { cost, frameLoop, later, now } = deps;
  const store = createStore();
  const view = createView({ settings: deps.settings, later, now, link: parseFragment(deps.address.location.hash) });
  const shape = signal(0);
  const notices = signal(0);
  const facts = signal<Host | undefined>(undefined);
  const demo = signal(false);
  const buckets = new BucketSource({ store, fetch: fetchBuckets, later, ready: () => frameLoop.markDirty('buckets') });

  const drawn = createRowAndTable({ now, later, tell: (what) => frameLoop.markDirty(what) });
  const rowsCame = signal(0);
  const pastRows = new PastRows({
    store,
    fetch: fetchRow,
    later,
    ready: () => {
      rowsCame.value++;
      frameLoop.markDirty('cursor');
    },
  });

  const onChange = (change: Change, message: ServerMessage): void => {
    if (change.schema || change.hello) shape.value++;
    if (change.hello) {
      facts.value = store.host;
      demo.value = store.hello?.demo === true;
      if (change.restarted) {
        buckets.clear();
        pastRows.clear();
      }
    }
    if (change.health || change.event) notices.value++;
    if (change.schema || change.hello) frameLoop.markDirty('schema');
    if (change.rows > 0) {
      drawn.row();
      view.fitWindow(newestTime() - rememberedFrom(store));
    }
    if (change.table !== undefined) drawn.table();
    if (message.type === 'event') frameLoop.markDirty('state');
  };

  const connection = new Connection({
    ...deps.connection,
    timed: (read) => cost.message(read),
    store,
    now,
    later,
    rowsWanted: (intervalMs) => view.windowMs.peek() / intervalMs + 1,
    onChange,
    countOlder: (rows) => countOlder({ store, fetch: fetchBuckets, later }, rows),
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

  const { row, wantRow } = createShownRows({ store, past: pastRows, cursor: () => view.cursor.peek() });

  const time = (): number => view.cursor.peek()?.t ?? newestTime();
  const hostNow = (): number => connection.hostNow();

  const app: AppState = {
    store,
    connection,
    view,
    frameLoop,
    cost,
    buckets,
    host: facts,
    demo,
    shape,
    notices,
    now,
    later,
    hostNow,
    stale: () => isStale(connection.state.peek(), now()),
    zone: () => (view.zone.value === 'utc' ? UTC : view.zone.value === 'browser' ? browser : hostZone()),
    edge,
    range,
    row,
    rowsCame,
    time,
    oldest() {
      const oldest = rememberedFrom(store);
      return Number.isFinite(oldest) ? oldest : undefined;
    },
    ...createMoves({ store, view, row, time, range, edge, hostNow }),
    start() {
      connection.start();
    },
    dispose() {
      for (const end of ends) end();
      connection.dispose();
      drawn.dispose();
      buckets.dispose();
      pastRows.dispose();
      view.dispose();
      frameLoop.dispose();
    },
  };

  const marks = (reason: DirtyReason, ...signals: readonly ReadonlySignal<unknown>[]): (() => void) =>
    effect(() => {
      watchAll(...signals);
      frameLoop.markDirty(reason);
    });

  const ends = [
    bindAddress(view, deps.address, later),
    marks('view', view.windowMs, view.range, view.held, view.hidden, view.units, view.zone, view.panel, view.selection),
    marks('cursor', view.cursor),
    marks('state', connection.name, connection.stale),
    marks('theme', view.theme),
    // What is not held is fetched when the cursor goes there, and again where it did not come.
    effect(() => {
      watchAll(view.cursor, rowsCame, shape, connection.name);
      untracked(wantRow);
    }),
    // The peak of a bucket is known by its number first and by its time when it has come.
    effect(() => {
      if (rowsCame.value === 0) return;
      const { seq, t } = row();
      if (seq !== undefined) view.settleCursor(seq, t);
    }),
  ];
  return app;
}

const watchAll = (...signals: readonly ReadonlySignal<unknown>[]): void => signals.forEach((each) => each.value);
