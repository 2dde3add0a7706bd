import { formatMomentWithOffset } from '../lib/format';
import type { AppState } from '../state/app-state';
import { connectionWords, type ConnectionWords } from './connection-words';
import { newestMs } from './moment';

/** wordsOf says how the connection of the page is doing now. */
export function wordsOf(app: AppState): ConnectionWords {
  const { view } = app;
  const { store, connection } = app.feed;
  const now = app.clock.now();
  const newest = newestMs(store);
  const zone = app.clock.zone();
  const clock = (ms: number): string => formatMomentWithOffset(ms, Number.isFinite(newest) ? newest : app.clock.hostNow(), zone);
  const cursor = view.cursor.peek();
  const held = view.held.peek();
  const shown = cursor?.t ?? held?.edge;
  return connectionWords(
    connection.state.peek(),
    now,
    clock(newest),
    {
      mode: view.mode.peek(),
      heldForMs: held?.by === 'pointer' ? view.pointerHoldsFor() : undefined,
      behindMs: shown === undefined ? undefined : newest - shown,
    },
    cursor ? clock(cursor.t) : '',
  );
}
