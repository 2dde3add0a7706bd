// The services of a second: containers, units, pods, sessions and machines, and which of
// them hurts itself.

import type { Cell } from '../data/tables';
import { type ColumnName, type HostTotals, isSuspect } from '../processes/rows';
import type { TableColumn, TableInfo } from '../wire/types';

/** The numbers of a service; null is missing. */
interface Numbers {
  readonly cpu: number | null;
  readonly cpuLimit: number | null;
  readonly throttled: number | null;
  readonly memory: number | null;
  readonly memoryLimit: number | null;
  readonly swap: number | null;
  readonly kills: number | null;
  readonly restarts: number | null;
  readonly io: number | null;
  readonly read: number | null;
  readonly written: number | null;
  readonly tasks: number | null;
  readonly tasksLimit: number | null;
  readonly waitingCpu: number | null;
  readonly waitingMemory: number | null;
  readonly waitingIo: number | null;
  readonly received: number | null;
  readonly sent: number | null;
  readonly started: number | null;
}

export interface Service extends Numbers {
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  /** The control group that holds it, and its own. */
  readonly parent: string;
  readonly cgroup: string;
  readonly image: string;
  readonly state: string;
  /** What its network namespace receives and sends. */
  readonly network: number | null;
  readonly level: 'ok' | 'warn' | 'critical';
  /** What is wrong with it, '' for nothing. */
  readonly word: string;
}

/** readerOf returns a function from a row's cells to a service. What is bad stands with the columns. */
export function readerOf({ columns }: Pick<TableInfo, 'columns'>): (key: string, cells: readonly Cell[]) => Service {
  const places = new Map(columns.map(({ name }, i) => [name, i]));
  const level = (name: string, cells: readonly Cell[]): Service['level'] => {
    const column = columns[places.get(name) ?? -1];
    return column ? levelOf(column, cells[places.get(name) ?? -1], cells[places.get(column.of ?? '') ?? -1]) : 'ok';
  };
  return (key, cells) => {
    const text = (name: string): string => {
      const value = cells[places.get(name) ?? -1];
      return typeof value === 'string' ? value : '';
    };
    const number = (name: string): number | null => numberOf(cells[places.get(name) ?? -1]);
    const known: Numbers = {
      cpu: number('cpu'),
      cpuLimit: number('cpuLimit'),
      throttled: number('throttled'),
      memory: number('memory'),
      memoryLimit: number('memoryLimit'),
      swap: number('swap'),
      kills: number('oom'),
      restarts: number('restarts'),
      io: number('io'),
      read: number('read'),
      written: number('write'),
      tasks: number('pids'),
      tasksLimit: number('pidsLimit'),
      waitingCpu: number('pressureCpu'),
      waitingMemory: number('pressureMemory'),
      waitingIo: number('pressureIo'),
      received: number('netIn'),
      sent: number('netOut'),
      started: number('started'),
    };
    const { received, sent } = known;
    return {
      ...known,
      key,
      name: text('name'),
      kind: text('kind'),
      parent: text('parent'),
      cgroup: text('cgroup'),
      image: text('image'),
      state: text('state'),
      network: received === null || sent === null ? null : received + sent,
      ...worstOf(known, (name) => level(name, cells)),
    };
  };
}

const numberOf = (cell: Cell | undefined): number | null => (typeof cell === 'number' ? cell : null);

/** levelOf compares a value with what stands with its column: an amount, or a share of another column. */
function levelOf({ warn = 0, crit = 0, of }: TableColumn, value: Cell | undefined, whole: Cell | undefined): Service['level'] {
  if (typeof value !== 'number') return 'ok';
  let compared = value;
  if (of !== undefined) {
    if (typeof whole !== 'number' || whole <= 0) return 'ok';
    compared = (100 * value) / whole;
  }
  return crit > 0 && compared >= crit ? 'critical' : warn > 0 && compared >= warn ? 'warn' : 'ok';
}

/** worstOf says what is wrong with a service, the worst of it. */
function worstOf({ kills, throttled, waitingMemory }: Numbers, level: (column: string) => Service['level']): Pick<Service, 'level' | 'word'> {
  const killed = level('oom');
  if (killed !== 'ok') return { level: killed, word: kills === 1 ? 'killed for its memory' : `${kills ?? 0} killed for their memory` };
  const slow = level('throttled');
  if (slow !== 'ok') return { level: slow, word: `throttled ${Math.round(throttled ?? 0)} % of the time` };
  const full = level('memory');
  // Where none of its tasks waits for memory, a limit that is reached is meant to be.
  if (full !== 'ok' && (waitingMemory === null || level('pressureMemory') !== 'ok')) return { level: full, word: 'near its memory limit' };
  return { level: 'ok', word: '' };
}

/** identity is what a service keeps when it is started again. */
export const identity = ({ cgroup, name }: Pick<Service, 'cgroup' | 'name'>): string => (cgroup === '' ? name : cgroup);

/** isIn says whether a control group is that of a service, or one inside. */
export const isIn = (cgroup: string, service: Pick<Service, 'cgroup'>): boolean => service.cgroup !== '' && (cgroup === service.cgroup || cgroup.startsWith(`${service.cgroup}/`));

const rank = { ok: 0, warn: 1, critical: 2 } as const;

/** worstFirst puts who hurts itself on top and keeps the given order among equals. */
export const worstFirst = (services: readonly Service[]): readonly Service[] => services.toSorted((a, b) => rank[b.level] - rank[a.level]);

/** matching keeps the services with every word of the text in their name or kind. */
export function matching(services: readonly Service[], text: string): readonly Service[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return words.length === 0 ? services : services.filter(({ name, kind }) => words.every((word) => `${name} ${kind}`.toLowerCase().includes(word)));
}

/** suspects returns what says the column in which a service takes a fifth or more of what is bad; all are those that share it. */
export function suspects(marks: readonly ColumnName[], host: HostTotals, all: readonly Service[]): (service: Service) => ColumnName | undefined {
  const totals = { host, cpu: sum(all.map(({ cpu }) => cpu)), io: sum(all.map(({ io }) => io)) };
  return (service) => marks.find((column) => isSuspect(service, column, totals));
}

export const sum = (values: readonly (number | null)[]): number => values.reduce<number>((total, value) => total + (value ?? 0), 0);
