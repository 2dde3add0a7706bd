// What a person has chosen to look at. Signals: they change by a person's hand, not by a
// sample. The clock and the storage are handed in.

import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { RunLater } from './clock';
import { createPreferences, type Settings } from './preferences';
import { DEFAULT_WINDOW_MS, type ViewLink, WINDOWS } from './url';

/** The time that everything on the page speaks of. */
export interface Cursor {
  /** Unix milliseconds. */
  readonly t: number;
  readonly pinned: boolean;
  /** The row meant, where it is known better than its time: the peak of a bucket. */
  readonly seq?: number | undefined;
  /** The stretch of a long window of which it is the peak second. */
  readonly bucket?: TimeRange | undefined;
  /** The panel in which it was meant before that had its buckets: they say which second it is. */
  readonly awaits?: string | undefined;
}

/** A time that a pointer meant, and the row of it where that is known better. */
export type Snap = Pick<Cursor, 't' | 'seq' | 'bucket' | 'awaits'>;

export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Held says that the right edge stands still, where, and who holds it. */
export interface Held {
  readonly edge: number;
  readonly by: 'pointer' | 'pin';
}

type Mode = 'FOLLOW' | 'HELD' | 'RANGE';

/** How the process table is ordered: 'auto' follows the worst resource. */
interface ProcessSort {
  readonly by: string;
  readonly descending: boolean;
}

/** After this much rest a pointer no longer holds the view. */
const POINTER_REST_MS = 10_000;
/** After leaving a chart the cursor stays for a moment, so that crossing a gutter does not flicker. */
const POINTER_LEAVE_MS = 300;

interface ViewDeps {
  readonly settings: Settings;
  readonly later: RunLater;
  /** Milliseconds of a clock that only goes on. */
  readonly now: () => number;
  readonly link?: ViewLink;
}

export type View = ReturnType<typeof createView>;

/** createView returns the signals of the view, the preferences among them, and the acts that change them. */
export function createView({ settings, later, now, link = {} }: ViewDeps) {
  const windowMs = signal(link.windowMs ?? DEFAULT_WINDOW_MS);
  const range: Signal<TimeRange | null> = signal(link.range ?? null);
  const cursor: Signal<Cursor | null> = signal(link.at === undefined ? null : { t: link.at, pinned: true });
  const held: Signal<Held | null> = signal(link.at === undefined || link.range ? null : { edge: link.at + (link.windowMs ?? DEFAULT_WINDOW_MS) / 2, by: 'pin' });
  const selection: Signal<TimeRange | null> = signal(null);
  const panel: Signal<string | null> = signal(link.panel ?? null);
  /** The process that is opened, by its key in the table. */
  const process: Signal<string | null> = signal(null);
  /** The service that is opened, by its control group, or one inside; by its name where it has none. */
  const service: Signal<string | null> = signal(null);
  /** What lies beside the charts: what happened, or what changed with the stretch that is compared. */
  const drawer: Signal<'events' | 'changes' | null> = signal(null);
  /** Whether the field of a mark is to be focused once it is there. */
  const marking = signal(false);
  const compared: Signal<TimeRange | null> = signal(null);
  const filter = signal(link.filter ?? '');
  const hidden: Signal<ReadonlySet<string>> = signal(new Set(link.hidden));
  /** The address of the wall above this host, '' where there is none. */
  const wall = signal('');
  /** What is said of a host that is silent below a wall, '' of one that is not. */
  const gone = signal('');
  const sort: Signal<ProcessSort> = signal({ by: 'auto', descending: true });
  /** Rises with every deliberate act: the address gets an entry to go back to. */
  const acts = signal(0);
  const mode: ReadonlySignal<Mode> = computed(() => (range.value ? 'RANGE' : held.value?.by === 'pin' ? 'HELD' : 'FOLLOW'));
  /** Whether the right edge moves with the newest row. */
  const following: ReadonlySignal<boolean> = computed(() => range.value === null && held.value === null);
  const url: ReadonlySignal<ViewLink> = computed(() => ({
    windowMs: windowMs.value,
    ...(range.value && { range: range.value }),
    ...(cursor.value?.pinned === true && { at: cursor.value.t }),
    ...(panel.value !== null && { panel: panel.value }),
    ...(filter.value !== '' && { filter: filter.value }),
    ...(hidden.value.size > 0 && { hidden: Array.from(hidden.value).sort() }),
  }));

  /** The window that nobody chose, while it fits what is remembered. */
  let fitted = link.windowMs === undefined && link.range === undefined && link.at === undefined ? windowMs.peek() : undefined;

  let pointedAt = -Infinity;
  let cancelRest: (() => void) | undefined;
  let cancelLeave: (() => void) | undefined;
  const cancelTimers = (): void => {
    cancelRest?.();
    cancelLeave?.();
    cancelRest = cancelLeave = undefined;
  };
  const releasePointer = (): void =>
    batch(() => {
      if (cursor.value?.pinned === false) cursor.value = null;
      if (held.value?.by === 'pointer') held.value = null;
    });
  const move = (isAct: boolean, change: () => void): void =>
    batch(() => {
      change();
      if (isAct) acts.value++;
    });
  const act = (change: () => void): void => move(true, change);
  const pinHere = (at: Snap, edge: number): void => {
    cursor.value = { ...at, pinned: true };
    if (!range.value) held.value = { edge: held.value?.edge ?? edge, by: 'pin' };
  };
  /** A window that became narrower around its right edge still shows the pinned second. */
  const keepInView = (): void => {
    const [pinned, edge] = [cursor.value?.pinned === true ? cursor.value.t : undefined, held.value?.edge];
    if (pinned === undefined || edge === undefined || pinned >= edge - windowMs.value) return;
    held.value = { edge: pinned + windowMs.value / 2, by: 'pin' };
  };

  return {
    ...createPreferences(settings),
    windowMs,
    range,
    cursor,
    held,
    selection,
    panel,
    process,
    service,
    drawer,
    marking,
    compared,
    filter,
    hidden,
    wall,
    gone,
    sort,
    acts,
    mode,
    following,
    url,

    /** A dashboard that was just started is not empty: the window that nobody chose is a minute until it is full. */
    fitWindow(rememberedMs: number): void {
      if (fitted === undefined || fitted !== windowMs.peek()) {
        fitted = undefined;
        return;
      }
      const shortest = WINDOWS[0].ms;
      windowMs.value = rememberedMs < shortest ? shortest : DEFAULT_WINDOW_MS;
      fitted = rememberedMs < shortest ? shortest : undefined;
    },

    /** A recording is shown whole, where nobody chose a part of it. */
    fitRange(all: TimeRange): void {
      if (fitted !== undefined) range.value = all;
    },

    /** The pointer moved over a chart at a time, while the right edge was at edge. */
    pointAt(at: Snap, edge: number): void {
      cancelTimers();
      if (cursor.value?.pinned === true) return;
      pointedAt = now();
      batch(() => {
        cursor.value = { ...at, pinned: false };
        if (!range.value) held.value ??= { edge, by: 'pointer' };
      });
      cancelRest = later(POINTER_REST_MS, releasePointer);
    },

    /** The pointer left the chart. */
    pointAway(): void {
      cancelTimers();
      if (cursor.value?.pinned === false) cancelLeave = later(POINTER_LEAVE_MS, releasePointer);
    },

    /** How much longer a pointer at rest holds the view, in milliseconds. */
    pointerHoldsFor: (): number => Math.max(0, pointedAt + POINTER_REST_MS - now()),

    /** Pins the cursor; the view stands still with its right edge where it is. */
    pin(at: Snap, edge: number): void {
      cancelTimers();
      act(() => pinHere(at, edge));
    },

    /** Pins the cursor while a finger draws it along: no entry of its own but for the first. */
    scrub(at: Snap, edge: number): void {
      cancelTimers();
      move(cursor.value?.pinned !== true, () => pinHere(at, edge));
    },

    /** Moves the pinned cursor (pinning it) and the view with it where it would leave. */
    pinTo(t: number, edge: number): void {
      cancelTimers();
      move(cursor.value?.pinned !== true, () => {
        cursor.value = { t, pinned: true };
        const shown = range.value;
        if (shown) {
          const span = shown.to - shown.from;
          if (t < shown.from) range.value = { from: t, to: t + span };
          else if (t > shown.to) range.value = { from: t - span, to: t };
          return;
        }
        const right = held.value?.edge ?? edge;
        const left = right - windowMs.value;
        held.value = { edge: t > right ? t : t < left ? t + windowMs.value : right, by: 'pin' };
      });
    },

    /** Pins a second in the middle of the window that is chosen, wherever the view was. */
    showAt(t: number): void {
      cancelTimers();
      act(() => {
        range.value = null;
        cursor.value = { t, pinned: true };
        held.value = { edge: t + windowMs.value / 2, by: 'pin' };
      });
    },

    /** The time of the row meant is known now. */
    settleCursor(seq: number, t: number): void {
      const now = cursor.value;
      if (now?.seq === seq && now.t !== t) cursor.value = { ...now, t };
    },

    /** What a panel had not got when the cursor was pinned in it is there: this is the second meant. */
    settlePin(panelId: string, snap: (t: number) => Snap): void {
      const now = cursor.value;
      if (now?.pinned === true && now.awaits === panelId) cursor.value = { ...snap(now.t), pinned: true };
    },

    unpin(): void {
      act(() => {
        cursor.value = null;
        held.value = null;
      });
    },

    /** Closes everything that keeps the view from following. */
    follow(): void {
      cancelTimers();
      act(() => {
        cursor.value = null;
        held.value = null;
        range.value = null;
        selection.value = null;
        panel.value = null;
        process.value = null;
        drawer.value = null;
      });
    },

    /** Closes exactly one thing, the uppermost; false when there is nothing to close. */
    closeOne(): boolean {
      if (drawer.value !== null) drawer.value = null;
      else if (selection.value) selection.value = null;
      else if (panel.value !== null) act(() => (panel.value = null));
      else if (process.value !== null) process.value = null;
      else if (cursor.value?.pinned === true) {
        act(() => {
          cursor.value = null;
          held.value = null;
        });
      } else if (range.value) act(() => (range.value = null));
      else return false;
      return true;
    },

    setWindow(ms: number): void {
      act(() => {
        windowMs.value = ms;
        if (range.value && cursor.value?.pinned === true) held.value = { edge: range.value.to, by: 'pin' };
        range.value = null;
        selection.value = null;
        if (held.value?.by === 'pointer') held.value = null;
        keepInView();
      });
    },

    /** One of the windows offered wider (1) or narrower (−1). */
    stepWindow(step: 1 | -1, offered: readonly { readonly ms: number }[]): void {
      const next = step > 0 ? offered.find(({ ms }) => ms > windowMs.value) : offered.findLast(({ ms }) => ms < windowMs.value);
      if (next) this.setWindow(next.ms);
    },

    showRange(from: number, to: number): void {
      act(() => {
        range.value = { from, to };
        held.value = null;
        selection.value = null;
      });
    },

    /** Moves a range without leaving an entry in the history but for the first: while dragging or zooming. */
    slideRange(from: number, to: number): void {
      cancelTimers();
      move(range.value === null, () => {
        range.value = { from, to };
        held.value = null;
        if (cursor.value?.pinned === false) cursor.value = null;
      });
    },

    select(selected: TimeRange | null): void {
      selection.value = selected;
    },

    showPanel(id: string | null): void {
      act(() => (panel.value = id));
    },

    /** Opens a process by its key, or closes it. */
    showProcess(key: string | null): void {
      process.value = key;
    },

    setHidden(names: ReadonlySet<string>): void {
      act(() => (hidden.value = names));
    },

    /** Shows what a link says, when a person goes back or forward. */
    apply(next: ViewLink): void {
      cancelTimers();
      batch(() => {
        windowMs.value = next.windowMs ?? DEFAULT_WINDOW_MS;
        range.value = next.range ?? null;
        cursor.value = next.at === undefined ? null : { t: next.at, pinned: true };
        held.value = next.at === undefined || next.range ? null : { edge: next.at + windowMs.value / 2, by: 'pin' };
        panel.value = next.panel ?? null;
        filter.value = next.filter ?? '';
        hidden.value = new Set(next.hidden);
        selection.value = null;
      });
    },

    dispose: cancelTimers,
  };
}
