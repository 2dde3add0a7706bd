import { nowRank, readSigns, readState, worse, type Level, type StateReading, type Values } from '../signs/reading';
import { isBadState } from '../signs/worst';
import { readLimits } from '../signs/limits';
import type { Limits, Resource } from '../wire/types';
import type { ColumnName } from './rows';

/** What the worst resource suggests: the column to rank by. Why it is bad says the verdict. */
export interface Suggestion {
  readonly column: ColumnName;
  /** level is how bad the resource is. */
  readonly level: Level;
  /** atMs is when the last error was counted, where that is what is bad. */
  readonly atMs: number | null;
}

const titles: Readonly<Record<ColumnName, string>> = {
  name: 'name',
  pid: 'pid',
  user: 'user',
  cpu: 'CPU',
  memory: 'memory',
  io: 'I/O',
  threads: 'threads',
  state: 'state',
  cgroup: 'cgroup',
};

/** columnTitle is the head of a column. */
export function columnTitle(column: ColumnName): string {
  return titles[column];
}

/** The limits that a process can be blamed for. */
const memoryLimits: Readonly<Record<string, string>> = { swap: 'swap', cgroup: 'own memory' };

/**
 * suggest returns what to rank processes by: the resource that is worst now decides. An
 * error of the past comes after what is wrong now. Of the limits only those of memory say
 * something about processes; a full disk does not.
 */
export function suggest(values: Values, resources: readonly Resource[], index: number): Suggestion {
  let chosen: Bad | undefined;
  for (const resource of resources) {
    const bad = badness(values, resource, index);
    if (bad && (!chosen || outranks(bad, chosen))) chosen = bad;
  }
  if (!chosen) return { column: 'cpu', level: 'ok', atMs: null };
  const { state, column, limit } = chosen;
  const level = state.level === 'critical' ? 'critical' : 'warn';
  const atMs = state.cause === 'errors' && limit === undefined ? state.sinceMs : null;
  return { column: column ?? 'cpu', level, atMs };
}

/**
 * marks are the columns in which a process with a large share is to be seen: those of the
 * resources that are bad in this very row. A state that is only held, or the error of a
 * moment, accuses nobody, and neither does a resource that no column speaks of, or one of
 * which the use is not known in this row.
 */
export function marks(values: Values, resources: readonly Resource[], index: number): readonly ColumnName[] {
  const columns = resources.flatMap((resource): ColumnName[] => {
    const bad = badness(values, resource, index);
    if (!bad?.column || (bad.state.now !== 'warn' && bad.state.now !== 'critical')) return [];
    const use = readSigns(values, resource.use, index);
    return use.series && use.value === null ? [] : [bad.column];
  });
  return [...new Set(columns)];
}

/** sameSuggestion says whether two suggestions say the same. */
export const sameSuggestion = (a: Suggestion, b: Suggestion): boolean => a.column === b.column && a.level === b.level && a.atMs === b.atMs;

/** A resource in a bad state. */
interface Bad {
  readonly resource: Resource;
  readonly state: StateReading;
  /** column is the one that speaks of the resource. */
  readonly column: ColumnName | undefined;
  /** limit names the limit of memory that is the reason. */
  readonly limit: string | undefined;
}

function badness(values: Values, resource: Resource, index: number): Bad | undefined {
  const state = readState(values, resource, index);
  if (!isBadState(state)) return undefined;
  if (!resource.limits) return { resource, state, column: rankColumn(resource.rank), limit: undefined };
  const limit = fullMemory(values, resource.limits, index);
  return limit === undefined ? undefined : { resource, state, column: 'memory', limit };
}

/** outranks prefers what is worse now, then the worse state, and of equals the one that a column speaks of. */
function outranks(bad: Bad, chosen: Bad): boolean {
  if (nowRank(bad.state) !== nowRank(chosen.state)) return nowRank(bad.state) > nowRank(chosen.state);
  const ranks = bad.column !== undefined;
  if (bad.state.level === chosen.state.level && ranks !== (chosen.column !== undefined)) return ranks;
  return worse(bad.state, chosen.state);
}

/** fullMemory names the limit of memory that is the reason for the state of the limits, if one is. */
function fullMemory(values: Values, limits: Limits, index: number): string | undefined {
  const [worst, ...rest] = readLimits(values, limits, index);
  if (!worst || worst.level === 'ok') return undefined;
  const found = [worst, ...rest].find(({ kind, level }) => level === worst.level && memoryLimits[kind] !== undefined);
  return found && memoryLimits[found.kind];
}

function rankColumn(rank: string | undefined): ColumnName | undefined {
  return rank === 'cpu' || rank === 'memory' || rank === 'io' ? rank : undefined;
}
