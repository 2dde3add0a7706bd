// The services of a second: containers, units, pods, sessions and machines, and which of
// them hurts itself.

import type { Cell } from '../data/tables';

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
