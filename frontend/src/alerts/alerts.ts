// Alerts as this page knows them: asked for when it connects and when an event says that one
// changed. Nothing is polled.

import { effect, type Signal, signal, untracked } from '@preact/signals';
import type { Store } from '../data/store';
import type { Clock } from '../state/clock';
import type { StateName } from '../state/connection-state';
import type { Feed } from '../state/feed';
import type { AlertsAnswer } from '../wire/types';
import { type AlertNews, newsOf, newsWords } from './alert-words';

/** How long it waits before it asks again where there was no answer: twice as long each time, up to five minutes. */
const RETRY = { firstMs: 5000, longestMs: 300_000 };
const connected: ReadonlySet<StateName> = new Set(['LIVE', 'RESUMED', 'RESTARTED']);
const lost: ReadonlySet<StateName> = new Set(['RETRYING', 'OFFLINE', 'DENIED', 'FULL']);

interface AlertsDeps {
  readonly app: {
    readonly feed: Pick<Feed, 'alerts' | 'notices'> & { readonly connection: Pick<Feed['connection'], 'name'>; readonly store: Pick<Store, 'events'> };
    readonly clock: Pick<Clock, 'later'>;
  };
  readonly fetch: (signal: AbortSignal) => Promise<AlertsAnswer>;
  /** Called with what changed. */
  readonly told: (news: AlertNews) => void;
}

export interface Alerts {
  /** What is spoken of the last change. */
  readonly said: Signal<string>;
  /** Asks now: for what changes without an event. */
  refresh(): void;
  dispose(): void;
}

/** createAlerts keeps feed.alerts up to date until it is disposed of. */
export function createAlerts({ app: { feed, clock }, fetch, told }: AlertsDeps): Alerts {
  const said = signal('');
  let asked = new AbortController();
  let cancelRetry = (): void => undefined;
  let newest = -1;
  let due = true;
  let retryMs = RETRY.firstMs;

  const refresh = (): void => {
    due = false;
    cancelRetry();
    asked.abort();
    asked = new AbortController();
    const { signal: unwanted } = asked;
    fetch(unwanted).then(
      (answer) => {
        if (unwanted.aborted) return;
        retryMs = RETRY.firstMs;
        const news = newsOf(feed.alerts.peek(), answer);
        feed.alerts.value = answer;
        const words = newsWords(news);
        if (words !== '') said.value = words;
        told(news);
      },
      () => {
        if (unwanted.aborted) return;
        cancelRetry = clock.later(retryMs, refresh);
        retryMs = Math.min(RETRY.longestMs, 2 * retryMs);
      },
    );
  };

  const end = effect(() => {
    const name = feed.connection.name.value;
    const rises = feed.notices.value;
    untracked(() => {
      if (lost.has(name)) {
        // What happens in the meantime is asked for when it is back.
        due = true;
        cancelRetry();
      }
      const changed = rises === 0 ? -1 : (feed.store.events.findLast(({ kind }) => kind === 'alert')?.seq ?? -1);
      if (changed !== newest) {
        newest = changed;
        due = true;
      }
      if (due && connected.has(name)) refresh();
    });
  });
  return {
    said,
    refresh,
    dispose() {
      end();
      asked.abort();
      cancelRetry();
    },
  };
}
