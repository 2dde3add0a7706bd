// The keys of the wall, and those that a host's page has below one.

import { type Binding, letter } from '../palette/bindings';

export type WallCommand = 'down' | 'up' | 'page-down' | 'page-up' | 'first' | 'last' | 'open' | 'palette' | 'find-host' | 'filter' | 'group' | 'collapse' | 'compare' | 'flip' | 'events' | 'alerts' | 'theme' | 'zone' | 'retry' | 'help' | 'escape';

export const wallGroups = ['Hosts', 'Page'] as const;

/** wallBindings is the one table of the wall's keys: what it obeys, and what its help shows. */
export const wallBindings: readonly Binding<WallCommand, (typeof wallGroups)[number]>[] = [
  { id: 'down', group: 'Hosts', title: 'Next host', keys: [{ key: 'ArrowDown', label: '↓' }, letter('j')], repeats: true },
  { id: 'up', group: 'Hosts', title: 'Host before', keys: [{ key: 'ArrowUp', label: '↑' }, letter('k')], repeats: true },
  { id: 'page-down', group: 'Hosts', title: 'A screen down', keys: [{ key: 'PageDown', label: 'Page ↓' }], repeats: true },
  { id: 'page-up', group: 'Hosts', title: 'A screen up', keys: [{ key: 'PageUp', label: 'Page ↑' }], repeats: true },
  { id: 'first', group: 'Hosts', title: 'First host', keys: [{ key: 'Home', label: 'Home' }] },
  { id: 'last', group: 'Hosts', title: 'Last host', keys: [{ key: 'End', label: 'End' }] },
  { id: 'open', group: 'Hosts', title: 'Open the host, or the group', keys: [{ key: 'Enter', label: 'Enter' }], onlyOutside: true },
  { id: 'filter', group: 'Hosts', title: 'Filter the hosts', keys: [letter('p')] },
  { id: 'group', group: 'Hosts', title: 'Group by the next label', keys: [letter('v')] },
  { id: 'collapse', group: 'Hosts', title: 'Close all groups, or open them', keys: [letter('h')] },
  { id: 'compare', group: 'Hosts', title: 'Compare a metric', keys: [letter('c')] },
  { id: 'flip', group: 'Hosts', title: 'Lowest first, or highest', keys: [letter('o')] },
  { id: 'events', group: 'Page', title: 'What happened on all hosts', keys: [letter('n')] },
  { id: 'alerts', group: 'Page', title: 'Alerts of all hosts', keys: [letter('a')] },
  { id: 'find-host', group: 'Page', title: 'Find a host', keys: [{ ...letter('h'), after: 'g', label: 'G H' }] },
  { id: 'palette', group: 'Page', title: 'Find a host, a label, an action', keys: [{ key: '/', label: '/' }, { key: 'k', code: 'KeyK', modified: true, label: 'Ctrl K' }] },
  { id: 'theme', group: 'Page', title: 'Theme: system, light, dark', keys: [letter('t')] },
  { id: 'zone', group: 'Page', title: 'Time zone: hub, browser, UTC', keys: [letter('z')] },
  { id: 'retry', group: 'Page', title: 'Connect again now', keys: [letter('r')] },
  { id: 'help', group: 'Page', title: 'This help', keys: [{ key: '?', label: '?' }] },
  { id: 'escape', group: 'Page', title: 'Empty the filter', keys: [{ key: 'Escape', label: 'Esc' }] },
];

/** What a host's page obeys beside its own keys, where there is a wall above it. */
export const belowBindings: readonly Binding<'wall' | 'find-host', 'Hosts'>[] = [
  { id: 'wall', group: 'Hosts', title: 'Back to the same place on the wall', keys: [{ key: 'Backspace', label: 'Backspace' }] },
  { id: 'find-host', group: 'Hosts', title: 'Find another host', keys: [{ ...letter('h'), after: 'g', label: 'G H' }] },
];
