// What the wall says of a host, in words.

import { formatCoarse, formatMoment } from '../lib/format';
import type { TimeZone } from '../lib/time';
import type { Host, ResourceNow } from './hosts';

/** When it is, and in which zone times are written. */
export interface Now {
  readonly ms: number;
  readonly zone: TimeZone;
}

/** resourceWord says how a resource is doing, as its cell in the matrix does. */
function resourceWord({ name, level }: ResourceNow): string {
  if (name === 'limits') return level === 2 ? 'nearly full' : 'filling';
  return level === 2 ? 'saturated' : 'busy';
}

/** stateWord says a host's state without its time. */
export function stateWord({ standing, worst, resources, seenMs }: Host): string {
  switch (standing) {
    case 'silent':
      return seenMs === null ? 'never heard of' : 'silent';
    case 'unknown':
      return 'nothing known yet';
    case 'ok':
      return 'all well';
    case 'warn':
    case 'critical': {
      const others = resources.filter((each) => each !== worst && (each.level ?? 0) > 0).length;
      return worst ? `${worst.name} ${resourceWord(worst)}${others > 0 ? `, ${others} more` : ''}` : '';
    }
  }
}

/** stateSince is since when that is so, '' where it is not known. */
export function stateSince({ standing, worst, resources, seenMs }: Host, now: Now): string {
  switch (standing) {
    case 'silent':
      return seenMs === null ? '' : `last word ${formatMoment(seenMs, now.ms, now.zone)}`;
    case 'unknown':
      return '';
    case 'ok': {
      const last = Math.max(...resources.map(({ sinceMs }) => sinceMs ?? 0));
      return last > 0 ? `since ${formatMoment(last, now.ms, now.zone)}` : '';
    }
    case 'warn':
    case 'critical':
      return worst?.sinceMs == null ? '' : `since ${formatMoment(worst.sinceMs, now.ms, now.zone)}`;
  }
}

/** causeText is the part of a verdict behind the state and its time, which stand beside it: who does it, and how much. */
export const causeText = ({ verdict }: Host): string => verdict.slice(verdict.indexOf(': ') + 1).trim().replace(/ since \d\d:\d\d(:\d\d)?$/, '');

/** clockText says how far off a host's clock is, '' where that is not worth a word. */
export const clockText = ({ offset }: Host): string => (offset === null ? '' : `clock ${offset > 0 ? '+' : '−'}${Math.abs(offset).toFixed(1)} s`);

/** upText is how long a host has been up. */
export const upText = ({ bootMs }: Host, now: Now): string => (bootMs === null ? '—' : formatCoarse(now.ms - bootMs));

/** labelText is one label as it is written in the filter. */
export const labelText = (name: string, value: string): string => `${name}=${value}`;

/** versionNote says how a version stands to the hub's, '' where it is the same or one of them is not known. */
export function versionNote(version: string, hub: string): string {
  if (version === '' || hub === '' || version === hub) return '';
  const [own, other] = [version, hub].map((each) => each.replace(/^v/, '').split(/[.+-]/, 3).map(Number));
  for (let i = 0; i < 3; i++) {
    const [a, b] = [own?.[i] ?? NaN, other?.[i] ?? NaN];
    if (Number.isNaN(a) || Number.isNaN(b)) break;
    if (a !== b) return a < b ? 'old' : 'newer than the hub';
  }
  return 'not the hub’s';
}
