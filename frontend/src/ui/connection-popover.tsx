import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { fetchSession, signOut } from '../data/session-api';
import { formatDuration, formatMoment } from '../lib/format';
import { wordsOf } from './connection-now';
import { grouped } from './connection-words';
import { useApp } from './context';
import { setAttribute, setText, useDraw, useParts } from './live';
import { newestMs } from './moment';

const facts = ['expected', 'received', 'filled', 'lost', 'interruptions', 'last', 'delay', 'interval', 'version'] as const;
type Fact = (typeof facts)[number];

const titles: Readonly<Record<Fact, string>> = {
  expected: 'rows expected',
  received: 'received live',
  filled: 'filled in afterwards',
  lost: 'lost',
  interruptions: 'interruptions',
  last: 'last interruption',
  delay: 'way to the host and back',
  interval: 'one row every',
  version: 'dashcam',
};

/** ConnectionPopover is the ledger: every row counts, and nothing is missing without being said. */
export function ConnectionPopover(): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  const parts = useParts<Fact | 'sentence' | 'retry' | 'reload'>();
  const session = useSignal(false);

  useDraw(root, () => {
    const { store, connection } = app;
    const state = connection.state.peek();
    const words = wordsOf(app);
    setText(parts.get('sentence'), [words.word, words.detail, state.reason].filter((part) => part !== '').join(' · '));
    setAttribute(parts.get('retry'), 'hidden', state.open ? '' : undefined);
    setAttribute(parts.get('reload'), 'hidden', state.outdated ? undefined : '');
    const { ledger } = store;
    const last = ledger.last;
    const values: Readonly<Record<Fact, string>> = {
      expected: grouped(ledger.expected),
      received: grouped(ledger.received),
      filled: grouped(ledger.filled),
      lost: grouped(ledger.lost),
      interruptions: grouped(ledger.interruptions),
      last: last ? `${formatMoment(last.fromMs, newestMs(store), app.zone())}, ${formatDuration(last.toMs - last.fromMs)}` : '—',
      delay: state.clock ? `${Math.round(state.clock.roundTrip)} ms` : '—',
      interval: `${store.intervalMs / 1000} s`,
      version: store.hello?.version ?? '—',
    };
    for (const fact of facts) setText(parts.get(fact), values[fact]);
  });

  const look = async (): Promise<void> => {
    session.value = (await fetchSession())?.session === true;
  };
  const leave = async (): Promise<void> => {
    // Loading anew forgets what this page has received.
    if (await signOut()) window.location.reload();
  };

  return (
    <div class="popover" id="connection-popover" popover="auto" ref={root} onToggle={(event) => event.newState === 'open' && void look()}>
      <h2>Connection</h2>
      <p ref={parts.ref('sentence')} />
      <dl class="facts">
        {facts.map((fact) => (
          <>
            <dt>{titles[fact]}</dt>
            <dd ref={parts.ref(fact)} />
          </>
        ))}
      </dl>
      <div class="popover-actions">
        <button type="button" class="text-button" ref={parts.ref('retry')} onClick={() => app.connection.retry()}>
          Retry now
        </button>
        <button type="button" class="text-button" ref={parts.ref('reload')} onClick={() => window.location.reload()}>
          Reload
        </button>
        {session.value && (
          <button type="button" class="text-button" onClick={() => void leave()}>
            Sign out
          </button>
        )}
      </div>
    </div>
  );
}
