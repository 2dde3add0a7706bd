// The services of a second: containers, units, pods, sessions and machines, and which of
// them hurts itself.

import type { Cell } from '../data/tables';
import { type ColumnName, type HostTotals, isSuspect } from '../processes/rows';

export interface Service {
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  readonly cpu: number | null;
  readonly cpuLimit: number | null;
  readonly memory: number | null;
  readonly memoryLimit: number | null;
  readonly io: number | null;
  readonly network: number | null;
  readonly tasks: number | null;
  readonly level: 'ok' | 'warn' | 'critical';
  /** What is wrong with it, '' for nothing. */
  readonly word: string;
}

/** A service in its row. */
export interface ServiceLine extends Service {
  /** suspect is the column in which it takes a large share of a bad resource. */
  readonly suspect: ColumnName | undefined;
  /** chosen is set for the one that a process led to. */
  readonly chosen: boolean;
}

/** What counts as bad for a row of its own; the states of the host say it by collectors/signs. */
const throttledPercent = 25;
const nearLimit = 0.9;

/** readService reads the cells of a row by the places of the columns. */
export function readService(key: string, cells: readonly Cell[], column: (name: string) => number): Service {
  const number = (name: string): number | null => {
    const value = cells[column(name)];
    return typeof value === 'number' ? value : null;
  };
  const text = (name: string): string => {
    const value = cells[column(name)];
    return typeof value === 'string' ? value : '';
  };
  const [received, sent] = [number('netIn'), number('netOut')];
  const known = {
    key,
    name: text('name'),
    kind: text('kind'),
    cpu: number('cpu'),
    cpuLimit: number('cpuLimit'),
    memory: number('memory'),
    memoryLimit: number('memoryLimit'),
    io: number('io'),
    network: received === null || sent === null ? null : received + sent,
    tasks: number('pids'),
  };
  return { ...known, ...stateOf(known, number('throttled'), number('oom')) };
}

function stateOf({ memory, memoryLimit }: Pick<Service, 'memory' | 'memoryLimit'>, throttled: number | null, kills: number | null): Pick<Service, 'level' | 'word'> {
  if (kills !== null && kills > 0) return { level: 'critical', word: kills === 1 ? 'killed for its memory' : `${kills} killed for their memory` };
  if (throttled !== null && throttled >= throttledPercent) return { level: 'warn', word: `throttled ${Math.round(throttled)} % of the time` };
  if (memory !== null && memoryLimit !== null && memory >= nearLimit * memoryLimit) return { level: 'warn', word: 'near its memory limit' };
  return { level: 'ok', word: '' };
}

const rank = { ok: 0, warn: 1, critical: 2 } as const;

/** worstFirst puts who hurts itself on top and keeps the given order among equals. */
export const worstFirst = (services: readonly Service[]): readonly Service[] => services.toSorted((a, b) => rank[b.level] - rank[a.level]);

/** rankedBy puts those that use most first, and those of which it is not known last. */
export const rankedBy = (services: readonly Service[], column: 'cpu' | 'memory' | 'io'): readonly Service[] => services.toSorted((a, b) => (b[column] ?? -1) - (a[column] ?? -1));

/** matching keeps the services with every word of the text in their name or kind. */
export function matching(services: readonly Service[], text: string): readonly Service[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return words.length === 0 ? services : services.filter(({ name, kind }) => words.every((word) => `${name} ${kind}`.toLowerCase().includes(word)));
}

/** markSuspects marks the services with a fifth or more of what is bad; all are those that share it. */
export function markSuspects(shown: readonly Service[], marks: readonly ColumnName[], host: HostTotals, all: readonly Service[], chosen: string | null): readonly ServiceLine[] {
  const totals = { host, cpu: sum(all.map(({ cpu }) => cpu)), io: sum(all.map(({ io }) => io)) };
  return shown.map((service) => ({ ...service, suspect: marks.find((column) => isSuspect(service, column, totals)), chosen: service.name === chosen }));
}

const sum = (values: readonly (number | null)[]): number => values.reduce<number>((total, value) => total + (value ?? 0), 0);
