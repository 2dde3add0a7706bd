// What a person does with the time cursor and the view: moves by rows, by changes of a
// state, and zooms. A row that is wanted may lie before those that are held.

import { nearestIndex, rememberedFrom, stateChanges } from '../data/row-times';
import { newestIndex, type Store } from '../data/store';
import type { Shown } from './shown';
import { offeredWindows } from './url';
import type { View } from './view';

/** A range cannot be zoomed in further than this. */
const LEAST_RANGE_MS = 5000;

export interface Moves {
  /** Moves the time cursor by rows of the store, pinning it. */
  moveCursor(rows: number): void;
  moveCursorTo(end: 'first' | 'last'): void;
  /** Moves it to the next (1) or previous (−1) change of a state, or event. */
  moveToChange(direction: 1 | -1): void;
  /** Zooms by a factor, less than 1 nearer, around a time; around the pinned second or the middle where none is given. */
  zoom(factor: number, around?: number): void;
  /** One step wider (1) or narrower (−1): another window, of a range the double or the half. */
  stepZoom(step: 1 | -1): void;
  /** The windows that can be chosen of what is remembered. */
  windows(): ReturnType<typeof offeredWindows>;
  /** Shows a range, as far as it is not in the future. */
  slide(from: number, to: number): void;
  /** Holds still at the newest row, or follows again. Before there are rows it holds at the first ones. */
  toggleHold(): void;
  /** There are rows: what waited for them is done. */
  rowsCame(): void;
}

/** What moves have to know of the page. */
interface MovesDeps {
  readonly store: Store;
  readonly view: View;
  readonly shown: Pick<Shown, 'row' | 'time' | 'range' | 'edge'>;
  readonly hostNow: () => number;
}

export function createMoves({ store, view, shown, hostNow }: MovesDeps): Moves {
  /** The acts of the view when it was to be held although there was no row; a later one takes that back. */
  let holdsAfter: number | undefined;

  const pinIndex = (wanted: number): void => {
    for (let i = wanted; i >= 0; i--) {
      if (!store.has(i)) continue;
      view.pinTo(store.time(i), shown.edge());
      return;
    }
  };

  /** Pins the row at a time that may lie before the rows held. */
  const pinTime = (wanted: number): void => {
    const t = Math.max(wanted, rememberedFrom(store));
    const near = nearestIndex(store, t);
    if (near >= 0 && t >= store.time(0)) pinIndex(near);
    else view.pinTo(t, shown.edge());
  };

  const moves: Moves = {
    moveCursor(rows) {
      const newest = newestIndex(store);
      if (newest < 0) return;
      const { state, index, t } = shown.row();
      const wanted = state === 'held' ? index + rows : -1;
      if (wanted >= 0) pinIndex(Math.min(newest, wanted));
      else pinTime(t + rows * store.intervalMs);
    },
    moveCursorTo(end) {
      const { from, to } = shown.range();
      if (end === 'last') pinIndex(nearestIndex(store, to));
      else pinTime(from);
    },
    moveToChange(direction) {
      const t = shown.time();
      const found = stateChanges(store).filter((each) => (direction > 0 ? each > t : each < t));
      const next = direction > 0 ? found[0] : found.at(-1);
      if (next !== undefined) view.pinTo(next, shown.edge());
    },
    zoom(factor, around) {
      const { from, to } = shown.range();
      const pinned = view.cursor.peek();
      const t = around ?? (pinned?.pinned === true ? pinned.t : (from + to) / 2);
      const scale = Math.max(factor, Math.max(LEAST_RANGE_MS, 5 * store.intervalMs) / (to - from));
      moves.slide(t - (t - from) * scale, t + (to - t) * scale);
    },
    stepZoom(step) {
      if (view.range.peek()) moves.zoom(step > 0 ? 2 : 1 / 2);
      else view.stepWindow(step, moves.windows());
    },
    windows() {
      const oldest = rememberedFrom(store);
      return offeredWindows(Number.isFinite(oldest) ? hostNow() - oldest : 0);
    },
    slide(from, to) {
      // Nothing is to the right of now.
      const over = Math.max(0, to - hostNow());
      view.slideRange(from - over, to - over);
    },
    toggleHold() {
      if (view.mode.peek() !== 'FOLLOW') view.follow();
      else if (store.length > 0) view.pin({ t: shown.time() }, shown.edge());
      else holdsAfter = holdsAfter === view.acts.peek() ? undefined : view.acts.peek();
    },
    rowsCame() {
      if (holdsAfter === undefined) return;
      if (holdsAfter === view.acts.peek() && view.mode.peek() === 'FOLLOW') moves.toggleHold();
      holdsAfter = undefined;
    },
  };
  return moves;
}
