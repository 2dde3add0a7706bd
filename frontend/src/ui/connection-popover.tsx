import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { fetchSession, signOut } from '../data/session-api';
import { KEPT_INTERRUPTIONS } from '../data/ledger';
import { formatInterval, formatMoment } from '../lib/format';
import { wordsOf } from './connection-now';
import { clockWords, delayWords, grouped, lengthWords } from './connection-words';
import { useApp } from './context';
import { setAttribute, setText, useDraw, useParts } from './live';
import { newestMs } from './moment';

const facts = ['expected', 'received', 'filled', 'lost', 'delay', 'clock', 'interval', 'version'] as const;
type Fact = (typeof facts)[number];

const interruptions = Array.from({ length: KEPT_INTERRUPTIONS }, (_, i) => i);
const cells = ['at', 'for', 'filled', 'lost'] as const;
type InterruptionPart = `interruption-${number}` | `interruption-${number}-${(typeof cells)[number]}`;

const titles: Readonly<Record<Fact, string>> = {
  expected: 'rows expected',
  received: 'received live',
  filled: 'filled in afterwards',
  lost: 'lost',
  delay: 'round trip to the host',
  clock: "host's clock against this browser's",
  interval: 'one row every',
  version: 'dashcam',
};

/** ConnectionPopover is the ledger: every row counts, and nothing is missing without being said. */
export function ConnectionPopover(): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  const parts = useParts<Fact | InterruptionPart | 'sentence' | 'retry' | 'reload' | 'interruptions' | 'count'>();
  const session = useSignal(false);

  useDraw(root, () => {
    const { store, connection } = app.feed;
    const state = connection.state.peek();
    const words = wordsOf(app);
    setText(parts.get('sentence'), [words.word, words.detail, state.reason].filter((part) => part !== '').join(' · '));
    setAttribute(parts.get('retry'), 'hidden', state.open ? '' : undefined);
    setAttribute(parts.get('reload'), 'hidden', state.outdated ? undefined : '');
    const { ledger } = store;
    const values: Readonly<Record<Fact, string>> = {
      expected: grouped(ledger.expected),
      received: grouped(ledger.received),
      filled: grouped(ledger.filled),
      lost: grouped(ledger.lost),
      delay: delayWords(state.clock),
      clock: clockWords(state.clock, connection.hostNow() - Date.now()),
      interval: formatInterval(store.intervalMs),
      version: store.hello?.version ?? '—',
    };
    for (const fact of facts) setText(parts.get(fact), values[fact]);
    setAttribute(parts.get('interruptions'), 'hidden', ledger.interruptions === 0 ? '' : undefined);
    setText(parts.get('count'), ledger.interruptions > KEPT_INTERRUPTIONS ? `the last ${KEPT_INTERRUPTIONS} of ${grouped(ledger.interruptions)} interruptions` : 'interruptions');
    for (const i of interruptions) {
      const each = ledger.recent[i];
      setAttribute(parts.get(`interruption-${i}`), 'hidden', each ? undefined : '');
      if (!each) continue;
      setText(parts.get(`interruption-${i}-at`), formatMoment(each.fromMs, newestMs(store), app.clock.zone()));
      setText(parts.get(`interruption-${i}-for`), lengthWords(each.toMs - each.fromMs));
      setText(parts.get(`interruption-${i}-filled`), each.older > 0 ? `${grouped(each.filled)}, ${grouped(each.older)} in buckets` : grouped(each.filled));
      setText(parts.get(`interruption-${i}-lost`), grouped(each.lost));
    }
  }, 'now');

  const look = async (): Promise<void> => {
    if (app.feed.archive.sessions !== true) return;
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
      <table class="interruptions" ref={parts.ref('interruptions')} hidden>
        <caption ref={parts.ref('count')} />
        <thead>
          <tr>
            <th scope="col">last row before</th>
            <th scope="col">length</th>
            <th scope="col">filled</th>
            <th scope="col">lost</th>
          </tr>
        </thead>
        <tbody>
          {interruptions.map((i) => (
            <tr key={i} ref={parts.ref(`interruption-${i}`)} hidden>
              {cells.map((cell) => (
                <td key={cell} ref={parts.ref(`interruption-${i}-${cell}`)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div class="popover-actions">
        <button type="button" class="text-button" ref={parts.ref('retry')} onClick={() => app.feed.connection.retry()}>
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
