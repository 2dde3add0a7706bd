import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { createLater } from '../ui/later';

/** RuleHelp explains in the help what raises an alert; fetched when it is opened. */
export function RuleHelp(): JSX.Element {
  const [list] = useState(() => createLater(() => import('./alert-parts')));
  const wanted = useSignal(false);
  const parts = list.parts.value;
  useEffect(() => {
    if (wanted.value) void list.fetch();
  }, [list, wanted.value]);
  return (
    <details class="help-more" onToggle={(event) => (wanted.value = event.currentTarget.open)}>
      <summary>What raises an alert</summary>
      {wanted.value && parts && <parts.Rules />}
    </details>
  );
}
