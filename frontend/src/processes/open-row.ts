import { useEffect } from 'preact/hooks';
import { formatCoarse, formatMoment } from '../lib/format';
import type { TimeZone } from '../lib/time';
import type { AppState } from '../state/app-state';
import { stretchOf, type Stretch } from './history';

/** Shown is what an opened row shows of its past at the second the page speaks of. */
interface Shown {
  readonly stretch: Stretch;
  readonly newest: { readonly seq: number; readonly t: number };
  /** cursor is the pinned second in Unix milliseconds. */
  readonly cursor: number | undefined;
}

export function shownOfRow(app: AppState): Shown {
  const { store } = app.feed;
  const cursor = app.view.cursor.peek()?.t;
  const newest = { seq: store.newest, t: store.length > 0 ? store.time(store.length - 1) : app.clock.hostNow() };
  return { stretch: stretchOf(app.shown.range(), cursor, newest, store.intervalMs), newest, cursor };
}

/** startText leaves the seconds of another day out. */
export function startText(started: number, at: number, zone: TimeZone): string {
  const moment = formatMoment(started, at, zone);
  return `${moment.length > 8 ? moment.slice(0, 16) : moment}, ${formatCoarse(Math.max(0, at - started))} before`;
}

/**
 * useOpenRow fetches the stretch that an opened row shows, once the second under the cursor
 * is there, and gives the focus back to the button that opened it when it closes.
 */
export function useOpenRow(memory: { readonly prefetch: (last: number, first: number) => void }, stretch: Stretch, asks: boolean, button: string): void {
  useEffect(() => {
    // The second under the cursor goes first; what was asked for here is asked for again when it has come.
    if (asks) memory.prefetch(stretch.lastSeq, stretch.firstSeq);
  });
  useEffect(
    () => () => {
      // Whoever closes it from inside goes on in the row.
      if (document.activeElement === document.body) document.querySelector<HTMLElement>(`${button}[aria-expanded="true"]`)?.focus({ preventScroll: true });
    },
    [button],
  );
}
