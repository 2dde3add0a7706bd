import type { FormatOptions } from '../lib/format';
import { formatText } from '../lib/format';
import type { AppState } from '../state/app-state';
import type { RowValues, Store } from '../data/store';

/** The second that everything on the page speaks of. */
export interface Moment {
  /** values are where to read index of: the store, or a row that was fetched. */
  readonly values: RowValues;
  /** index is the row, −1 where there is none. */
  readonly index: number;
  /** ms is its time in Unix milliseconds, NaN where there is none. */
  readonly ms: number;
  /** pinned is set when a person chose it: what is shown belongs to the past on purpose. */
  readonly pinned: boolean;
  /** stale is set when it should be now and is not. */
  readonly stale: boolean;
  /** loading is set while the row is being fetched. */
  readonly loading: boolean;
}

/** momentOf returns the row under the cursor, else the newest one. */
export function momentOf(app: AppState): Moment {
  const { store } = app.feed;
  const { view } = app;
  // A recording is of the past, wherever one looks.
  const pinned = view.cursor.peek() !== null || store.hello?.recorded === true;
  const { state, values, index, t } = app.shown.row();
  return {
    values,
    index,
    ms: index >= 0 ? t : NaN,
    pinned,
    stale: !pinned && store.length > 0 && app.feed.stale(),
    loading: state === 'loading',
  };
}

/** newestMs is the host's time of the newest row, NaN before the first. */
export function newestMs(store: Store): number {
  return store.length > 0 ? store.time(store.length - 1) : NaN;
}

/** valueOptions are the units a person has chosen for network rates. */
export function valueOptions(app: AppState): FormatOptions {
  return { bits: app.view.units.peek() === 'bits' };
}

/** valueText writes a value with its unit; disk rates are bytes, whatever was chosen for the network. */
export function valueText(app: AppState, value: number | null, unit: string | undefined): string {
  return formatText(value, unit ?? '', unit === 'bits/s' ? valueOptions(app) : {});
}
