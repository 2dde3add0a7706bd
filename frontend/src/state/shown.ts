// What the page shows of what came: where a person's choice in the view meets the rows of
// the feed. Everything on the page speaks of this stretch of time and of this row.

import { type ReadonlySignal, signal } from '@preact/signals';
import { newestIndex } from '../data/store';
import type { OwnFeed } from './feed';
import { createShownRows, type ShownRow } from './shown-row';
import { createShownVerdict, type ShownVerdict } from './shown-verdict';
import type { TimeRange, View } from './view';

export interface Shown {
  /** The right edge of the view in Unix milliseconds. */
  edge(): number;
  /** What the charts show, in Unix milliseconds. */
  range(): TimeRange;
  /** The row at the cursor, else the newest. One that is not held is fetched when the cursor goes there. */
  row(): ShownRow;
  /** What was wrong then. */
  verdict(): ShownVerdict;
  /** Fetches it, where it is remembered and has not come. */
  wantVerdict(): void;
  /** Rises when a row or a verdict that was asked for has come. */
  readonly rowsCame: ReadonlySignal<number>;
  /**
   * Whether rows behind a time are not seen: the cursor stands on one that is known, and the
   * charts end before that time. A line goes on to the first row beyond them.
   */
  isWhole(until: number): boolean;
  /** Its time: the cursor's, else the newest row's; NaN where there is none. */
  time(): number;
}

/** What is shown for those who show it, and what only its owner needs. */
interface OwnShown extends Shown {
  /** Fetches the row under the cursor, where it is remembered and not held. */
  wantRow(): void;
  rowCame(): void;
}

export function createShown({ store, connection, stale, pastRows, verdicts }: Pick<OwnFeed, 'store' | 'connection' | 'stale' | 'pastRows' | 'verdicts'>, view: View): OwnShown {
  const rowsCame = signal(0);
  const cursor = () => view.cursor.peek();
  const { row, wantRow } = createShownRows({ store, past: pastRows, cursor });
  const { verdict, wantVerdict } = createShownVerdict({ store, verdicts, cursor, row });
  const newestTime = (): number => (store.length > 0 ? store.time(newestIndex(store)) : NaN);
  const edge = (): number => {
    const newest = newestTime();
    // Time goes on where rows do not: what has not come is a growing hatched stretch.
    const live = Number.isNaN(newest) ? connection.hostNow() : stale() ? Math.max(newest, connection.hostNow()) : newest;
    const held = view.held.peek();
    return held ? Math.min(held.edge, live) : live;
  };
  return {
    edge,
    range() {
      const chosen = view.range.peek();
      if (chosen) return chosen;
      const to = edge();
      return { from: to - view.windowMs.peek(), to };
    },
    row,
    verdict,
    wantVerdict,
    rowsCame,
    isWhole(until) {
      const { state } = row();
      return cursor() !== null && (state === 'held' || state === 'past') && this.range().to < until;
    },
    time: () => view.cursor.peek()?.t ?? newestTime(),
    wantRow,
    rowCame() {
      rowsCame.value++;
    },
  };
}
