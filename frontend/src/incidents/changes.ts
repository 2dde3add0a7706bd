// What is compared with what, and how a difference is called.

import type { AppState } from '../state/app-state';
import type { TimeRange } from '../state/view';
import type { Difference } from '../wire/types';

/** What began longer ago is not what is going on: the window is compared instead. */
const LONGEST_MS = 3_600_000;
const SHORTEST_MS = 30_000;

/** stretchOf is what "what changed?" is asked of: the selection, else the incident that the verdict speaks of, else the window. */
export function stretchOf({ view, shown }: Pick<AppState, 'view' | 'shown'>): TimeRange {
  const selected = view.selection.peek();
  if (selected) return selected;
  const { verdict } = shown.verdict();
  const since = verdict?.level === 'ok' ? undefined : verdict?.sinceMs;
  if (verdict && since !== undefined && since < verdict.at && verdict.at - since <= LONGEST_MS) return { from: since, to: Math.max(verdict.at, since + SHORTEST_MS) };
  return shown.range();
}

/** directionOf says which way something went. */
export function directionOf({ before, after }: Pick<Difference, 'before' | 'after'>): 'new' | 'gone' | 'up' | 'down' | 'event' {
  if (before === null) return after === null ? 'event' : 'new';
  if (after === null) return 'gone';
  return after >= before ? 'up' : 'down';
}

/** labelText is what tells a series from others of its family. */
export const labelText = ({ labels }: Pick<Difference, 'labels'>): string => Object.values(labels ?? {}).join(' ');
