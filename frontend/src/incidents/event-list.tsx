import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatMoment } from '../lib/format';
import { useApp, watch } from '../ui/context';
import { shapePath } from '../ui/icons';
import type { HostEvent } from '../wire/types';
import { countText, keyOf, kindsOf, newestFirst, unreadable } from './event-rows';
import { MarkForm } from './mark-form';

/** How many older ones are fetched at a time. */
const PAGE = 200;
const DAY_MS = 86_400_000;

/** EventList is what happened, the newest first; each event leads to its second. */
export function EventList(): JSX.Element {
  const app = useApp();
  const { store, archive, notices } = app.feed;
  watch(notices, app.view.zone);
  const fetched = useSignal<readonly HostEvent[]>([]);
  const older = useSignal<'idle' | 'loading' | 'failed' | 'all'>('idle');
  const [kind, typed] = [useSignal(''), useSignal('')];
  const all = newestFirst([...store.events, ...fetched.value], '', '');
  const shown = newestFirst(all, kind.value, typed.value);
  const fetchOlder = async (): Promise<void> => {
    if (older.peek() === 'loading') return;
    older.value = 'loading';
    const of = kind.peek();
    const oldest = newestFirst([...store.events, ...fetched.peek()], of, '').at(-1)?.t;
    const to = oldest ?? app.clock.hostNow();
    try {
      const { events, more } = await archive.events({ from: to - 30 * DAY_MS, to: to + (oldest === undefined ? 1 : 0), limit: PAGE, ...(of !== '' && { kinds: [of] }) });
      fetched.value = [...fetched.peek(), ...events];
      older.value = more === true ? 'idle' : 'all';
    } catch {
      older.value = 'failed';
    }
  };
  const first = useRef(fetchOlder);
  useEffect(() => void first.current(), []);
  const now = app.clock.hostNow();
  return (
    <>
      <div class="incident-tools">
        <label>
          <span class="visually-hidden">kind of event</span>
          <select
            class="window-select"
            value={kind.value}
            onChange={(event) => {
              kind.value = event.currentTarget.value;
              older.value = 'idle';
            }}
          >
            <option value="">all kinds</option>
            {kindsOf(all).map(([name, n]) => (
              <option key={name} value={name}>
                {name} ({n})
              </option>
            ))}
          </select>
        </label>
        <input class="incident-filter" type="search" aria-label="filter the events" placeholder="filter" value={typed.value} onInput={(event) => (typed.value = event.currentTarget.value)} />
      </div>
      {archive.mark && <MarkForm mark={archive.mark} />}
      {shown.length === 0 ? (
        <p class="incident-empty">{older.value === 'loading' ? '…' : 'nothing of this kind is remembered'}</p>
      ) : (
        <ul class="incident-list">
          {shown.map((event) => (
            <EventRow key={keyOf(event)} event={event} now={now} />
          ))}
        </ul>
      )}
      {older.value !== 'all' && (
        <button type="button" class="text-button" disabled={older.value === 'loading'} onClick={() => void fetchOlder()}>
          {older.value === 'loading' ? '…' : older.value === 'failed' ? 'older ones could not be fetched: again' : 'older'}
        </button>
      )}
      <Silent />
    </>
  );
}

function EventRow({ event, now }: { event: HostEvent; now: number }): JSX.Element {
  const app = useApp();
  const level = event.level === 'critical' ? 'critical' : event.level === 'warning' ? 'warn' : undefined;
  return (
    <li class={level ? `is-${level}` : ''}>
      <button type="button" class="incident-open" onClick={() => app.view.pinTo(event.t, app.shown.edge())} {...(event.source !== undefined && { 'data-reason': event.source })}>
        <svg viewBox="0 0 9 9" fill="currentColor" aria-hidden="true">
          {level && <path d={shapePath(level)} />}
        </svg>
        <time>{formatMoment(event.t, now, app.clock.zone())}</time>
        <span class="incident-text">
          {event.text}
          {countText(event)}
        </span>
        <span class="incident-kind">{event.kind}</span>
      </button>
    </li>
  );
}

/** Silent names the sources of events that cannot be read here: that nothing is told of them means nothing. */
function Silent(): JSX.Element | null {
  const { store } = useApp().feed;
  const missing = unreadable(store.health.get('events'));
  if (missing.length === 0) return null;
  return (
    <details class="incident-silent">
      <summary>{missing.length === 1 ? 'one source' : `${missing.length} sources`} of events cannot be read here</summary>
      <dl>
        {missing.map(({ source, reason }) => (
          <div key={source}>
            <dt>{source}</dt>
            <dd>{reason}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
