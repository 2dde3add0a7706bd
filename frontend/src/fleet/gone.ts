// Whether the host of this page is silent: the hub knows, and says since when.

import { computed, effect, untracked } from '@preact/signals';
import { keyHeaders } from '../data/session-key';
import { formatClock, formatDuration, formatMoment } from '../lib/format';
import type { TimeZone } from '../lib/time';
import type { AppState } from '../state/app-state';
import { isObject, isText } from '../wire/check';

/** What the hub says of a host. */
interface HostAtHub {
  readonly name: string;
  readonly online: boolean;
  /** 0 where it was never heard of. */
  readonly lastSeenMs: number;
  readonly verdict?: string;
}

/** How often the hub is asked while no rows come. */
const paceMs = 4000;
const well: ReadonlySet<string> = new Set(['LIVE', 'RESUMED', 'RESTARTED']);

/** goneWords say since when a host is silent, what it said last, and which of its rows the hub has; '' of one that is not. */
export function goneWords(host: HostAtHub, rows: { readonly from: number; readonly to: number } | undefined, nowMs: number, zone: TimeZone): string {
  if (host.online) return '';
  if (host.lastSeenMs === 0) return `${host.name} was not heard of since the hub was started.`;
  const since = `${host.name} is silent since ${formatMoment(host.lastSeenMs, nowMs, zone)}, ${formatDuration(Math.max(1000, nowMs - host.lastSeenMs))} ago.`;
  const last = host.verdict === undefined || host.verdict === '' ? '' : ` Its last word: ${host.verdict}.`;
  const has = rows ? `The hub has its rows from ${formatClock(rows.from, zone)} to ${formatClock(rows.to, zone)}` : 'Nobody looked at it lately: the hub has none of its rows';
  return `${since}${last} ${has}${rows ? ', and' : ', but'} its states of the last day; the host keeps the rest.`;
}

/** watchGone asks the hub while no rows come, and lets the view say it. address is that of the hub's API. */
export function watchGone({ feed, clock, view }: Pick<AppState, 'feed' | 'clock' | 'view'>, address: string): () => void {
  let cancel = (): void => undefined;
  let ended = new AbortController();
  const ask = async (): Promise<void> => {
    const { signal } = ended;
    try {
      const response = await fetch(address, { credentials: 'same-origin', headers: keyHeaders(), signal });
      const host: unknown = response.ok ? await response.json() : undefined;
      if (signal.aborted) return;
      const { store } = feed;
      const rows = store.length === 0 ? undefined : { from: store.time(0), to: store.time(store.length - 1) };
      view.gone.value = isHost(host) ? goneWords(host, rows, clock.hostNow(), clock.zone()) : '';
    } catch {
      // The hub itself cannot be asked: the connection says so.
      if (signal.aborted) return;
      view.gone.value = '';
    }
    cancel = clock.later(paceMs, () => void ask());
  };
  // A connection that is tried again and again is the same silence.
  const comes = computed(() => well.has(feed.connection.name.value));
  const stop = effect(() => {
    const is = comes.value;
    untracked(() => {
      cancel();
      ended.abort();
      ended = new AbortController();
      if (is) view.gone.value = '';
      else cancel = clock.later(paceMs / 2, () => void ask());
    });
  });
  return () => {
    stop();
    cancel();
    ended.abort();
  };
}

function isHost(value: unknown): value is HostAtHub {
  return isObject(value) && isText(value.name) && typeof value.online === 'boolean' && typeof value.lastSeenMs === 'number' && (value.verdict === undefined || isText(value.verdict));
}
