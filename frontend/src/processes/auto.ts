import { readState, stateWord, worse, type Level, type StateReading, type Values } from '../ui/reading';
import type { Resource } from '../wire/types';
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

/** suggest returns what to rank processes by: the resource in the worst state decides. */
export function suggest(values: Values, resources: readonly Resource[], index: number): Suggestion {
  let chosen: { resource: Resource; state: StateReading } | undefined;
  for (const resource of resources) {
    const state = readState(values, resource, index);
    if (state.level !== 'warn' && state.level !== 'critical') continue;
    if (!chosen || worse(state, chosen.state)) chosen = { resource, state };
  }
  if (!chosen) return { column: 'cpu', sentence: 'nothing is saturated', level: 'ok', resource: '' };
  const { resource, state } = chosen;
  const word = stateWord(state, resource.limits !== undefined);
  const title = resource.title === 'CPU' ? 'CPU' : resource.title.toLowerCase();
  return {
    column: rankColumn(resource.rank),
    sentence: word === 'errors' ? `${title} has errors` : resource.limits ? `a limit is ${word}` : `${title} is ${word}`,
    level: state.level === 'critical' ? 'critical' : 'warn',
    resource: resource.id,
  };
}

function rankColumn(rank: string | undefined): ColumnName {
  return rank === 'memory' || rank === 'io' ? rank : 'cpu';
}
