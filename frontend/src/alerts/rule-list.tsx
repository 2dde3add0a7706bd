import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { fetchRules, type Rule } from './acts-api';
import { RuleText } from './alert-row';

/** Rules are every built-in rule with its numbers and their source, fetched when they are shown. */
export function Rules(): JSX.Element {
  const rules = useSignal<readonly Rule[] | 'asked' | 'failed'>('asked');
  useEffect(() => {
    fetchRules().then(
      (all) => (rules.value = all),
      () => (rules.value = 'failed'),
    );
  }, [rules]);
  const now = rules.value;
  if (typeof now === 'string') return <p class="alert-note">{now === 'asked' ? '…' : 'The rules could not be asked just now.'}</p>;
  return (
    <>
      <p class="alert-note">Rules are evaluated every 15 s. ◇ marks a number that was chosen by judgement.</p>
      <ul class="rule-list">
        {now.map((rule) => (
          <li key={rule.name}>
            <h4>
              {rule.title}
              <span class="rule-kind">{rule.notify ? 'notifies' : rule.notifyCritical === true ? 'notifies when critical' : 'on the page alone'}</span>
            </h4>
            <RuleText rule={rule} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** RuleList is a part of the list that opens. */
export function RuleList({ id }: { id: string }): JSX.Element {
  const open = useSignal(false);
  return (
    <details class="alert-part" id={id} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>What raises an alert</summary>
      {open.value && <Rules />}
    </details>
  );
}
