import { readState, stateWord, worse, type Level, type StateReading, type Values } from '../ui/reading';
import { readLimits } from '../ui/limits-reading';
import type { Limits, Resource } from '../wire/types';
import type { ColumnName } from './rows';

/** What the worst resource suggests: the column to rank by, and why. */
export interface Suggestion {
  readonly column: ColumnName;
  /** sentence follows "by CPU, ". */
  readonly sentence: string;
  /** level is how bad the resource is; suspects are marked only when it is. */
  readonly level: Level;
  /** resource is the id of the one that is bad, '' where none is. */
  readonly resource: string;
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
 * suggest returns what to rank processes by: the resource in the worst state decides. Of
 * the limits only those of memory say something about processes; a full disk does not.
 */
export function suggest(values: Values, resources: readonly Resource[], index: number): Suggestion {
  let chosen: { resource: Resource; state: StateReading } | undefined;
  for (const resource of resources) {
    const state = readState(values, resource, index);
    if (state.level !== 'warn' && state.level !== 'critical') continue;
    if (resource.limits && !fullMemory(values, resource.limits, index)) continue;
    if (!chosen || outranks(resource, state, chosen)) chosen = { resource, state };
  }
  if (!chosen) return { column: 'cpu', sentence: 'nothing is saturated', level: 'ok', resource: '' };
  const { resource, state } = chosen;
  const level = state.level === 'critical' ? 'critical' : 'warn';
  const word = stateWord(state, resource.limits !== undefined);
  const full = resource.limits && fullMemory(values, resource.limits, index);
  if (full !== undefined) return { column: 'memory', sentence: `${full} is ${word}`, level, resource: resource.id };
  const title = resource.title === 'CPU' ? 'CPU' : resource.title.toLowerCase();
  return { column: rankColumn(resource.rank), sentence: word === 'errors' ? `${title} has errors` : `${title} is ${word}`, level, resource: resource.id };
}

/** sameSuggestion says whether two suggestions say the same. */
export const sameSuggestion = (a: Suggestion, b: Suggestion): boolean => a.column === b.column && a.sentence === b.sentence && a.level === b.level && a.resource === b.resource;

/** outranks prefers the worse state, and of equals the resource that processes can be ranked by. */
function outranks(resource: Resource, state: StateReading, chosen: { readonly resource: Resource; readonly state: StateReading }): boolean {
  const ranks = resource.rank !== undefined;
  if (state.level === chosen.state.level && ranks !== (chosen.resource.rank !== undefined)) return ranks;
  return worse(state, chosen.state);
}

/** fullMemory names the limit of memory that is the reason for the state of the limits, if one is. */
function fullMemory(values: Values, limits: Limits, index: number): string | undefined {
  const [worst, ...rest] = readLimits(values, limits, index);
  if (!worst || worst.level === 'ok') return undefined;
  const found = [worst, ...rest].find(({ kind, level }) => level === worst.level && memoryLimits[kind] !== undefined);
  return found && memoryLimits[found.kind];
}

function rankColumn(rank: string | undefined): ColumnName {
  return rank === 'memory' || rank === 'io' ? rank : 'cpu';
}
