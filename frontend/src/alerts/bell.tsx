import type { JSX } from 'preact';
import { isCritical } from '../signs/firing';
import { useApp } from '../ui/context';
import { bellWords, groupsOf } from './alert-words';

/** The element that the bells open. */
export const DRAWER_ID = 'alert-drawer';
/** More than two digits have no room. */
const MOST = 99;

/** AlertBell counts the alerts that fire, once that is known, and opens the list. Its place is kept from the start. */
export function AlertBell({ class: className, reason }: { class: string; reason?: string }): JSX.Element | null {
  const { feed } = useApp();
  const known = feed.alerts.value;
  if (!known) return null;
  const groups = groupsOf(known);
  const count = groups.firing.length;
  const tone = groups.firing.some(isCritical) ? 'is-critical' : count > 0 ? 'is-warn' : '';
  return (
    <button type="button" class={`alert-bell ${className} ${tone} ${feed.connection.stale.value ? 'is-stale' : ''}`} aria-label={bellWords(groups)} aria-haspopup="dialog" data-reason={reason} popovertarget={DRAWER_ID}>
      <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
        <path d="M3.2 11.6c1-1 1.3-2.2 1.3-4.6a3.5 3.5 0 0 1 7 0c0 2.4.3 3.6 1.3 4.6zM6.7 13.8h2.6" />
      </svg>
      {count > 0 && (
        <span class="alert-count" aria-hidden="true">
          {count > MOST ? `${MOST}+` : count}
        </span>
      )}
    </button>
  );
}
