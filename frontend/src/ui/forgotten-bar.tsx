import type { JSX } from 'preact';
import { formatMoment } from '../lib/format';
import type { AppState } from '../state/app-state';
import { useApp, watch } from './context';

/** ForgottenBar says that a link leads to a moment that is no longer remembered, and how far back one can go. */
export function ForgottenBar(): JSX.Element | null {
  const app = useApp();
  const { view } = app;
  watch(view.cursor, view.range, app.feed.shape, app.feed.connection.name);
  const wanted = wantedMoment(app);
  const oldest = app.feed.oldest();
  if (wanted === undefined || oldest === undefined || wanted >= oldest) return null;
  const zone = app.clock.zone();
  const now = app.clock.hostNow();
  return (
    <section class="selection-bar forgotten-bar" aria-label="not remembered">
      <p role="status">
        {formatMoment(wanted, now, zone)} is not remembered any more. The oldest second kept is {formatMoment(oldest, now, zone)}.
      </p>
      <button type="button" class="text-button" onClick={() => view.showAt(oldest)}>
        Show it
      </button>
      <button type="button" class="text-button" onClick={() => view.follow()}>
        Live
      </button>
    </section>
  );
}

/** wantedMoment is the pinned second, else the end of the range: that of which at least something should be seen. */
function wantedMoment({ view }: AppState): number | undefined {
  const cursor = view.cursor.peek();
  if (cursor?.pinned === true) return cursor.t;
  return view.range.peek()?.to;
}
