// What comes from the host: rows and what describes them in the store, the connection that
// brings them, and the buckets and rows that are fetched from the past. It knows nothing of
// what is shown; who shows something is told what came.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Archive } from '../data/archive';
import { BucketSource } from '../data/bucket-source';
import { countOlder } from '../data/older-rows';
import { PastEvents } from '../data/past-events';
import { PastRows } from '../data/past-rows';
import { rememberedFrom } from '../data/row-times';
import type { Change, Changes } from '../data/change';
import { createStore } from '../data/row-store';
import type { Store } from '../data/store';
import { Verdicts } from '../data/verdicts';
import type { AlertsAnswer, Host } from '../wire/types';
import type { Clock } from './clock';
import { Connection, type ConnectionDeps } from './connection';
import { isStale } from './connection-state';
import type { DirtyReason } from './frame';
import { createRowAndTable } from './row-and-table';
import { createNews } from './verdict-news';

export interface Feed {
  readonly store: Store;
  readonly connection: Connection;
  /** Answers questions about what is not held. */
  readonly archive: Archive;
  readonly buckets: BucketSource;
  readonly host: ReadonlySignal<Host | undefined>;
  /** Whether the host is a synthetic one. */
  readonly demo: ReadonlySignal<boolean>;
  /** Rises when series, panels, resources, tables or the host change: what is drawn anew by components. */
  readonly shape: ReadonlySignal<number>;
  /** Rises when a collector's health or the list of events changes. */
  readonly notices: ReadonlySignal<number>;
  /** Rises when a table came, whether or not it is drawn. */
  readonly tables: ReadonlySignal<number>;
  /** What is known of alerts; undefined before anything is. Who shows them fetches it: alerts/alerts.ts. */
  readonly alerts: Signal<AlertsAnswer | undefined>;
  /** Asks for what happened in a time that is looked at, from before the page came. */
  readonly pastEvents: Pick<PastEvents, 'want'>;
  /** Whether every "now" on the page is old. */
  stale(): boolean;
  /** The time of the oldest row that is remembered, undefined before anything is known. */
  oldest(): number | undefined;
}

interface FeedDeps extends Pick<Clock, 'now' | 'later'> {
  readonly connection: Pick<ConnectionDeps, 'build' | 'openSocket' | 'random' | 'probe' | 'inbox' | 'timed' | 'rowsWanted'>;
  readonly archive: Archive;
  /** Called when something came that has to be drawn. */
  readonly tell: (reason: DirtyReason) => void;
  /** Called when rows were added to the store. */
  readonly rowsAdded: () => void;
  /** Called when a row that was asked for has come, or cannot be had. */
  readonly rowCame: () => void;
}

/** A part of a feed, where no more of its buckets is needed than to ask for them. */
export type FeedOf<K extends Exclude<keyof Feed, 'buckets'>> = Pick<Feed, K> & { readonly buckets: Pick<BucketSource, 'want'> };

/** A feed for those who show it, and what only its owner needs. */
export interface OwnFeed extends Feed {
  readonly pastRows: PastRows;
  readonly verdicts: Verdicts;
  dispose(): void;
}

export function createFeed({ archive, now, later, tell, rowsAdded, rowCame, connection: deps }: FeedDeps): OwnFeed {
  const store = createStore();
  const shape = signal(0);
  const notices = signal(0);
  const tables = signal(0);
  const told = new Set<string>();
  const host = signal<Host | undefined>(undefined);
  const demo = signal(false);
  const alerts = signal<AlertsAnswer | undefined>(undefined);
  const buckets = new BucketSource({ store, archive, later, ready: () => tell('buckets') });
  const pastRows = new PastRows({ store, archive, later, ready: rowCame });
  const verdicts = new Verdicts({ archive, later, ready: rowCame });
  const pastEvents = new PastEvents({ archive, later, came: (events) => store.addEvents(events).forEach((change) => follow(change)) });
  const drawn = createRowAndTable({ now, later, tell });
  const isNews = createNews();

  const follow = (change: Change): void => {
    switch (change.kind) {
      case 'hello':
        host.value = store.host;
        demo.value = store.hello?.demo === true;
        if (change.restarted) {
          buckets.clear();
          pastRows.clear();
          verdicts.clear();
          pastEvents.clear();
        }
        shape.value++;
        tell('schema');
        break;
      case 'schema':
        shape.value++;
        tell('schema');
        break;
      case 'rows':
        drawn.row();
        rowsAdded();
        break;
      case 'table':
        tables.value++;
        drawn.table();
        // Whoever looks at the past waits for the first of each: it says what its columns are.
        if (!told.has(change.name)) tell('state');
        told.add(change.name);
        break;
      case 'health':
        notices.value++;
        break;
      case 'event':
        notices.value++;
        tell('state');
        break;
      case 'verdict':
        if (store.verdict) verdicts.keep(store.verdict);
        if (isNews(store.verdict, store.intervalMs)) tell('verdict');
        break;
      case 'resync':
      case 'resync-table':
      case 'older':
      case 'resumed':
        break; // the connection's affair
    }
  };

  const connection = new Connection({
    ...deps,
    store,
    now,
    later,
    onChange: (changes: Changes) => changes.forEach(follow),
    countOlder: (rows) => countOlder({ store, archive, later }, rows),
  });

  return {
    store,
    connection,
    archive,
    buckets,
    host,
    demo,
    shape,
    notices,
    tables,
    alerts,
    pastRows,
    pastEvents,
    verdicts,
    stale: () => isStale(connection.state.peek(), now()),
    oldest() {
      const oldest = rememberedFrom(store);
      return Number.isFinite(oldest) ? oldest : undefined;
    },
    dispose() {
      connection.dispose();
      drawn.dispose();
      buckets.dispose();
      pastRows.dispose();
      verdicts.dispose();
      pastEvents.dispose();
    },
  };
}
