import { effect, untracked } from '@preact/signals';
import type { Clock } from '../state/clock';
import type { Connection } from '../state/connection';
import type { View } from '../state/view';

/** The part of the page that it listens to. */
interface NewsSource {
  readonly clock: Pick<Clock, 'now' | 'later'>;
  readonly feed: { readonly connection: Pick<Connection, 'state' | 'stale'> };
  readonly view: Pick<View, 'mode'>;
}

/**
 * onNews calls run when a row has come or the page is another thing than live, at most
 * every everyMs, until the returned function is called. It is for what is not on the
 * screen, which the frame loop never asks for. Rows wake the page anyway; a timer beside
 * them would wake it once more.
 */
export function onNews(app: NewsSource, everyMs: number, run: () => void): () => void {
  let ranAt = -Infinity;
  let liveness = '';
  let cancel: (() => void) | undefined;
  const runNow = (): void => {
    cancel?.();
    cancel = undefined;
    ranAt = app.clock.now();
    untracked(run);
  };
  const end = effect(() => {
    const before = liveness;
    liveness = `${app.feed.connection.state.value.name} ${app.feed.connection.stale.value} ${app.view.mode.value}`;
    const wait = ranAt + everyMs - app.clock.now();
    if (wait <= 0) runNow();
    // The next row brings what this one does not; behind a loss there may be none.
    else if (liveness !== before) cancel ??= app.clock.later(wait, runNow);
  });
  return () => {
    cancel?.();
    end();
  };
}
