import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useApp } from '../ui/context';
import type { Alert } from '../wire/types';
import { backtest } from './acts-api';
import { AlertLine } from './alert-row';
import type { Acts } from './drawer-acts';
import { backtestWords } from './list-words';

const DAYS = 30;

/** Backtest asks what the rules would have raised in what is remembered, before anybody is told anything. */
export function Backtest({ id, acts }: { id: string; acts: Pick<Acts, 'show'> }): JSX.Element {
  const { feed, clock } = useApp();
  const found = useSignal<readonly Alert[] | 'asked' | 'failed' | undefined>(undefined);
  const now = found.value;
  const run = (): void => {
    found.value = 'asked';
    backtest(`${DAYS}d`).then(
      (all) => (found.value = all.toSorted((a, b) => b.sinceMs - a.sinceMs)),
      () => (found.value = 'failed'),
    );
  };
  return (
    <details class="alert-part" id={id}>
      <summary>What would have fired</summary>
      <p class="alert-note">All rules over what is remembered of the last {DAYS} days. Nothing is sent.</p>
      <button type="button" class="text-button" disabled={now === 'asked'} onClick={run}>
        Try the rules
      </button>
      <p class="alert-note" role="status">
        {now === 'asked' ? 'reading what is remembered…' : now === 'failed' ? 'What is remembered could not be read just now.' : now ? backtestWords(now.length, DAYS, clock.hostNow() - (feed.oldest() ?? clock.hostNow())) : ''}
      </p>
      {typeof now === 'object' && (
        <ul class="alert-list">
          {now.map((alert) => (
            <AlertLine key={alert.id} alert={alert} acts={acts} />
          ))}
        </ul>
      )}
    </details>
  );
}
