// What the palette finds by the text itself: a time, and a process by its pid.

import { formatMoment } from '../lib/format';
import { parseTime } from '../lib/parse-time';
import type { TimeZone } from '../lib/time';
import type { EndedProcess } from '../processes/ended';
import type { Process } from '../processes/rows';
import type { Entry } from '../palette/palette-dialog';

/** TypedFacts is what there is to find now. */
export interface TypedFacts {
  readonly nowMs: number;
  readonly zone: TimeZone;
  /** The oldest second that is remembered, undefined before anything is known. */
  readonly oldestMs: number | undefined;
  readonly live: readonly Pick<Process, 'key' | 'name' | 'pid'>[];
  readonly ended: readonly EndedProcess[];
}

/** TypedActs is what is done with it. */
export interface TypedActs {
  readonly goToTime: (ms: number) => void;
  readonly openLive: (process: Pick<Process, 'key' | 'name'>) => void;
  readonly openEnded: (process: EndedProcess) => void;
}

/** So many processes whose pid begins as typed are listed. */
const mostPids = 4;

/** typedEntries finds a time ("18:02", "yesterday 3am", "-2h") and processes by pid. */
export function typedEntries(typed: string, facts: TypedFacts, acts: TypedActs): readonly Entry[] {
  const text = typed.trim();
  return /^\d+$/.test(text) ? byPid(text, facts, acts) : byTime(text, facts, acts);
}

function byTime(text: string, { nowMs, zone, oldestMs }: TypedFacts, { goToTime }: TypedActs): readonly Entry[] {
  const ms = parseTime(text, nowMs, zone);
  if (ms === undefined) return [];
  const missing = ms > nowMs ? ', has not come yet' : oldestMs !== undefined && ms < oldestMs ? ', not remembered' : '';
  return [{ key: 'time', text: `Go to ${formatMoment(ms, nowMs, zone)}`, kind: `time${missing}`, run: () => goToTime(ms) }];
}

function byPid(text: string, { live, ended, nowMs, zone }: TypedFacts, { openLive, openEnded }: TypedActs): readonly Entry[] {
  const fits = ({ pid }: { readonly pid: number | null }): boolean => pid !== null && String(pid).startsWith(text);
  const exactFirst = (a: { readonly pid: number | null }, b: { readonly pid: number | null }): number => Number(String(b.pid) === text) - Number(String(a.pid) === text);
  return [
    ...live.filter(fits).sort(exactFirst).slice(0, mostPids).map((process): Entry => ({ key: `pid ${process.key}`, text: `${process.name} ${process.pid}`, kind: 'process', run: () => openLive(process) })),
    ...ended.filter(fits).sort(exactFirst).slice(0, mostPids).map((process) => endedEntry(process, `${process.name} ${process.pid}`, nowMs, zone, openEnded)),
  ];
}

/** endedEntry is one of a process that is there no more: it leads to the second it was seen last. */
export function endedEntry(process: EndedProcess, text: string, nowMs: number, zone: TimeZone, open: TypedActs['openEnded']): Entry {
  return { key: `ended ${process.key}`, text, kind: `process, last seen ${formatMoment(process.lastMs, nowMs, zone)}`, run: () => open(process) };
}
