// What the list of events shows: those of a kind, the newest first, and the days between them.

import type { HealthMessage, HostEvent, Unavailable } from '../wire/types';

/** kindsOf are the kinds that there are, and how many of each, the most frequent first. */
export function kindsOf(events: readonly HostEvent[]): readonly (readonly [kind: string, n: number])[] {
  const counts = new Map<string, number>();
  for (const { kind } of events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return Array.from(counts).sort(([a, n], [b, m]) => m - n || a.localeCompare(b));
}

/** newestFirst are the events of a kind and with a text in them, '' for all; each of them once. */
export function newestFirst(events: readonly HostEvent[], kind: string, typed: string): readonly HostEvent[] {
  const wanted = typed.trim().toLowerCase();
  const once = new Map(events.map((event) => [keyOf(event), event]));
  return Array.from(once.values())
    .filter((event) => (kind === '' || event.kind === kind) && (wanted === '' || wordsOf(event).includes(wanted)))
    .sort((a, b) => b.t - a.t || b.seq - a.seq);
}

const wordsOf = ({ text, kind, about }: HostEvent): string => [text, kind, about?.name, about?.service].join(' ').toLowerCase();

/** keyOf tells an event from all others. */
export const keyOf = ({ id, seq, t, kind, text }: HostEvent): string => id ?? `${seq} ${t} ${kind} ${text}`;

/** countText says how many were folded into an event, where its text does not say so itself. */
export const countText = ({ count, text }: HostEvent): string => (count === undefined || count < 2 || text.includes(`×${count}`) ? '' : ` ×${count}`);

/** unreadable are the sources of events that cannot be read, with the reason; all of them are one where their collector is not well. */
export const unreadable = (health: Pick<HealthMessage, 'state' | 'reason' | 'unavailable'> | undefined): readonly Unavailable[] => [
  ...(health?.unavailable ?? []),
  ...(health && health.state !== 'ok' && health.reason !== undefined ? [{ source: 'events', reason: health.reason }] : []),
];
