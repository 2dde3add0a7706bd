// Everything the page works with, made once in main.tsx and passed down: what came (feed),
// what a person chose (view), what of it is shown, and the clock.

import { effect, type ReadonlySignal, untracked } from '@preact/signals';
import type { Archive } from '../data/archive';
import { rememberedFrom } from '../data/row-times';
import { newestIndex } from '../data/store';
import { type AddressBar, bindAddress } from './address';
import { type Clock, createClock } from './clock';
import type { ConnectionDeps } from './connection';
import { createFeed, type Feed } from './feed';
import type { DirtyReason, FrameLoop } from './frame';
import { createMoves, type Moves } from './moves';
import type { PageCost } from './page-cost';
import type { Settings } from './preferences';
import { createShown, type Shown } from './shown';
import { parseFragment } from './url';
import { createView, type View } from './view';

/** A view that is held says in steps of so much how far it is behind: a frame at every row would cost half of what a live one does. */
const LATER_MS = 5000;

export interface AppDeps extends Pick<Clock, 'now' | 'later'> {
  readonly archive: Archive;
  readonly frameLoop: FrameLoop;
  readonly cost: PageCost;
  readonly settings: Settings;
  readonly address: AddressBar;
  readonly connection: Pick<ConnectionDeps, 'build' | 'openSocket' | 'random' | 'probe' | 'inbox'>;
}

export interface AppState {
  readonly feed: Feed;
  readonly view: View;
  readonly shown: Shown;
  readonly moves: Moves;
  readonly clock: Clock;
  readonly frameLoop: FrameLoop;
  /** What the page takes of the browser. */
  readonly cost: PageCost;
  start(): void;
  dispose(): void;
}

export function createAppState({ archive, cost, frameLoop, later, now, settings, address, connection: deps }: AppDeps): AppState {
  /** What was told of rows: up to when, how often those of the past had changed, and how far behind a view that is held was. */
  let told = { until: NaN, revised: -1, behind: NaN };
  const tell = (reason: DirtyReason): void => {
    const cursor = view.cursor.peek();
    // Of a second in the past the verdict is known.
    if (reason === 'verdict' && cursor !== null && shown.verdict().state === 'known') return;
    const isLater = (reason === 'rows' || reason === 'table') && told.revised === store.revised && shown.isWhole(told.until);
    // Of a table that is not seen either the rows behind it tell.
    if (reason === 'table' && isLater && cursor?.pinned === true) return;
    if (reason !== 'rows') {
      frameLoop.markDirty(reason);
      return;
    }
    const until = store.time(newestIndex(store));
    const behind = cursor?.pinned === true ? Math.floor((until - cursor.t) / LATER_MS) : NaN;
    const isSoon = isLater && behind === told.behind;
    told = { until, revised: store.revised, behind };
    if (!isSoon) frameLoop.markDirty(isLater ? 'later' : 'rows');
  };
  const view = createView({ settings, later, now, link: parseFragment(address.location.hash) });
  const feed = createFeed({
    archive,
    now,
    later,
    connection: { ...deps, timed: (read) => cost.message(read), rowsWanted: (intervalMs) => view.windowMs.peek() / intervalMs + 1 },
    tell,
    rowsAdded: () => {
      const [from, newest] = [rememberedFrom(store), store.time(newestIndex(store))];
      if (store.hello?.recorded === true) view.fitRange({ from, to: newest + store.intervalMs });
      else view.fitWindow(newest - from);
    },
    rowCame: () => {
      shown.rowCame();
      tell('cursor');
    },
  });
  const { store, connection } = feed;
  const clock = createClock({ now, later, hostNow: () => connection.hostNow(), host: feed.host, chosen: view.zone });
  const shown = createShown(feed, view);
  const moves = createMoves({ store, view, shown, hostNow: clock.hostNow });

  const marks = (reason: DirtyReason, ...signals: readonly ReadonlySignal<unknown>[]): (() => void) =>
    effect(() => {
      watchAll(...signals);
      tell(reason);
    });

  const ends = [
    bindAddress(view, address, later),
    // Of a key that came before the rows.
    effect(() => {
      if (connection.hasRows.value) untracked(() => moves.rowsCame());
    }),
    marks('view', view.windowMs, view.range, view.held, view.hidden, view.units, view.zone, view.panel, view.selection),
    marks('cursor', view.cursor),
    marks('state', connection.name, connection.stale, feed.alerts),
    marks('theme', view.theme),
    // What is not held is fetched when the cursor goes there, and again where it did not come.
    effect(() => {
      watchAll(view.cursor, shown.rowsCame, feed.shape, connection.name);
      untracked(() => shown.wantRow());
    }),
    // The peak of a bucket is known by its number first and by its time when it has come.
    effect(() => {
      if (shown.rowsCame.value === 0) return;
      const { seq, t } = shown.row();
      if (seq !== undefined) view.settleCursor(seq, t);
    }),
  ];
  return {
    feed,
    view,
    shown,
    moves,
    clock,
    frameLoop,
    cost,
    start() {
      connection.start();
    },
    dispose() {
      for (const end of ends) end();
      feed.dispose();
      view.dispose();
      frameLoop.dispose();
    },
  };
}

const watchAll = (...signals: readonly ReadonlySignal<unknown>[]): void => signals.forEach((each) => each.value);
