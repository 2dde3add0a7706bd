// What the page says of alerts while their list is closed.

import { firing } from '../signs/firing';
import type { Alert, AlertsAnswer } from '../wire/types';

/** AlertGroups are alerts as the list shows them. */
interface AlertGroups {
  readonly firing: readonly Alert[];
  readonly pending: readonly Alert[];
  /** Those that are firing or pending, and are not told. */
  readonly silenced: readonly Alert[];
  readonly resolved: readonly Alert[];
}

export function groupsOf(known: AlertsAnswer | undefined): AlertGroups {
  const all = known?.alerts ?? [];
  const now = all.filter(({ state }) => state !== 'resolved');
  return {
    firing: firing(known),
    pending: now.filter(({ state, silenced }) => state === 'pending' && !silenced),
    silenced: now.filter(({ silenced }) => silenced),
    resolved: all.filter(({ state }) => state === 'resolved'),
  };
}

/** bellWords are the name of the bell: "alerts: 2 firing, 1 pending". */
export function bellWords({ firing: now, pending }: AlertGroups): string {
  const counts = [counted(now.length, 'firing'), counted(pending.length, 'pending')].filter((text) => text !== '');
  return `alerts: ${counts.length === 0 ? 'none' : counts.join(', ')}`;
}

const counted = (n: number, word: string): string => (n === 0 ? '' : `${n} ${word}`);

/** AlertNews are what became of alerts from one answer to the next. */
export interface AlertNews {
  /** Those that began to fire, or became critical. */
  readonly fired: readonly Alert[];
  readonly over: readonly Alert[];
}

/** newsOf tells two answers apart; the first one is no news. */
export function newsOf(before: AlertsAnswer | undefined, after: AlertsAnswer): AlertNews {
  if (!before) return { fired: [], over: [] };
  const known = new Map(firing(before).map((alert) => [alert.id, alert]));
  return {
    fired: firing(after).filter(({ id, level }) => known.get(id) === undefined || (level === 'critical' && known.get(id)?.level !== level)),
    over: after.alerts.filter(({ id, state }) => state === 'resolved' && known.has(id)),
  };
}

/** newsWords are how it is spoken. */
export const newsWords = ({ fired, over }: AlertNews): string => [...fired.map(({ level, text }) => `${level ?? 'alert'}: ${text}`), ...over.map(({ text }) => `over: ${text}`)].join('. ');
