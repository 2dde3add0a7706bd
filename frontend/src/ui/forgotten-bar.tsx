import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AppState } from '../state/app-state';
import { useApp, watch } from './context';
import { missingWords } from './missing-moment';

/** A timer cannot wait longer, in milliseconds. */
const longestMs = 2 ** 31 - 1;

/** ForgottenBar says that a link leads to a moment that is no longer remembered, and how far back one can go, or to one that has not come yet. */
export function ForgottenBar(): JSX.Element | null {
  const app = useApp();
  const { view } = app;
  const came = useSignal(0);
  watch(view.cursor, view.range, app.feed.shape, app.feed.connection.name, came);
  const wanted = wantedMoment(app);
  const oldest = app.feed.oldest();
  const now = app.clock.hostNow();
  const words = wanted === undefined || oldest === undefined ? '' : missingWords(wanted, { oldest, now }, app.clock.zone());
  const comesIn = words !== '' && wanted !== undefined && wanted > now ? Math.min(longestMs, wanted - now) : undefined;
  // What has not come yet comes.
  useEffect(() => (comesIn === undefined ? undefined : app.clock.later(comesIn, () => came.value++)), [app, came, wanted, comesIn === undefined]);
  if (words === '') return null;
  return (
    <section class="selection-bar forgotten-bar" aria-label="not remembered">
      <p role="status">{words}</p>
      {comesIn === undefined && oldest !== undefined && (
        <button type="button" class="text-button" onClick={() => view.showAt(oldest)}>
          Show it
        </button>
      )}
      <button type="button" class="text-button" onClick={() => view.follow()}>
        Live
      </button>
    </section>
  );
}

/** wantedMoment is the pinned second, else the end of the range: that of which at least something should be seen. */
function wantedMoment(app: AppState): number | undefined {
  const { view } = app;
  const cursor = view.cursor.peek();
  if (cursor?.pinned === true) return cursor.t;
  const range = view.range.peek();
  // Of a range that only ends in the future something has come.
  return range ? Math.max(range.from, Math.min(range.to, app.clock.hostNow())) : undefined;
}
