import type { Ranked } from './order';

/** The columns of the table of processes that the page knows how to draw. */
export type ColumnName = 'name' | 'pid' | 'user' | 'cpu' | 'memory' | 'io' | 'threads' | 'state' | 'cgroup';

/** A process at one moment; null is what could not be read. */
export interface Process {
  readonly key: string;
  readonly name: string;
  readonly pid: number | null;
  /** parent is the pid of the process that it belongs to. */
  readonly parent: number | null;
  /** started is in Unix milliseconds. */
  readonly started: number | null;
  readonly user: string;
  readonly state: string;
  /** cpu is in percent of one core. */
  readonly cpu: number | null;
  readonly memory: number | null;
  /** io is read and written together, in bytes per second. */
  readonly io: number | null;
  readonly read: number | null;
  readonly written: number | null;
  readonly threads: number | null;
  readonly cgroup: string;
  /** command is how it was started, '' where the server does not show it. */
  readonly command: string;
}

/** What the host as a whole has: its memory, and the CPU time (in percent of one core) and I/O that are used, null where not known. */
export interface HostTotals {
  readonly cpu: number | null;
  readonly io: number | null;
  readonly memory: number;
}

/** What is known about all processes together. */
export interface Totals {
  readonly host: HostTotals;
  readonly count: number;
  /** own is how many are not threads of the kernel, which have neither memory nor I/O of their own. */
  readonly own: number;
  /** withoutIo is how many of those do not disclose their I/O. */
  readonly withoutIo: number;
  readonly cpu: number;
  readonly io: number;
  readonly largestCpu: number;
  readonly largestMemory: number;
  readonly largestIo: number;
}

/** A thread of the kernel has no memory of its own. */
export const isKernel = (row: Pick<Process, 'memory'>): boolean => row.memory === null;

/** totalsOf adds up the rows, and what the others took where only the largest are known one by one. */
export function totalsOf(rows: readonly Process[], host: HostTotals, others?: { readonly cpu: number | null; readonly io: number | null }): Totals {
  let own = 0;
  let withoutIo = 0;
  let cpu = others?.cpu ?? 0;
  let io = others?.io ?? 0;
  let largestCpu = 0;
  let largestMemory = 0;
  let largestIo = 0;
  for (const row of rows) {
    if (!isKernel(row)) own++;
    if (row.io === null && !isKernel(row)) withoutIo++;
    cpu += row.cpu ?? 0;
    io += row.io ?? 0;
    largestCpu = Math.max(largestCpu, row.cpu ?? 0);
    largestMemory = Math.max(largestMemory, row.memory ?? 0);
    largestIo = Math.max(largestIo, row.io ?? 0);
  }
  // Where the rest is not known, neither is what nobody accounts for.
  const known = others?.cpu === null ? { ...host, cpu: null } : host;
  return { host: known, count: rows.length, own, withoutIo, cpu, io, largestCpu, largestMemory, largestIo };
}

/** Below so much, in percent of one core and as a share, what no process accounts for is noise of the two measurements. */
const leastUnseen = { cpu: 50, share: 0.3 };

/**
 * unseenCpu is the share of the host's CPU time that no process accounts for, 0 to 1: of
 * those that began and ended between two looks at all processes, and of interrupts. It is
 * 0 where it is not worth a word.
 */
export function unseenCpu({ count, cpu, host }: Totals): number {
  if (count === 0 || host.cpu === null || host.cpu - cpu < leastUnseen.cpu) return 0;
  const share = 1 - cpu / host.cpu;
  return share < leastUnseen.share ? 0 : share;
}

/** filterRows keeps the processes with every word of the text in their name, user, group, command or id. */
export function filterRows(rows: readonly Process[], text: string): readonly Process[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const own = `${row.name} ${row.user} ${row.cgroup} ${row.command} ${row.pid ?? ''}`.toLowerCase();
    return words.every((word) => own.includes(word));
  });
}

/**
 * rank returns what orders the rows in a column. Where most processes do not disclose
 * their I/O, those that wait for a disk come first, then those that use a processor.
 */
export function rank(rows: readonly Process[], column: ColumnName, totals: Totals): readonly Ranked[] {
  if (column === 'io' && totals.withoutIo * 2 > totals.own) {
    const blocked = 1e9;
    return rows.map((row) => ({ key: row.key, value: (row.state === 'D' ? blocked : 0) + (row.cpu ?? 0) }));
  }
  return rows.map((row) => ({ key: row.key, value: row[column] }));
}

/** Who uses the machine: a process, or a service. */
type Using = Pick<Process, 'cpu' | 'memory' | 'io'>;

/** The share of a bad resource from which a process counts as a suspect. */
const suspectShare = 0.2;

/**
 * isSuspect says whether a process takes a fifth or more of a resource's total. That of
 * memory is the host's; of CPU time and I/O it is the host's where that is more than all
 * processes take, as while processes come and go too fast to be seen, or while the kernel
 * writes what others left to it.
 */
export function isSuspect(row: Using, column: ColumnName, totals: Pick<Totals, 'host' | 'cpu' | 'io'>): boolean {
  const [value, total] = shareOf(row, column, totals);
  return value !== null && value > 0 && total > 0 && value >= total * suspectShare;
}

function shareOf(row: Using, column: ColumnName, totals: Pick<Totals, 'host' | 'cpu' | 'io'>): readonly [number | null, number] {
  switch (column) {
    case 'cpu':
      return [row.cpu, Math.max(totals.cpu, totals.host.cpu ?? 0)];
    case 'io':
      return [row.io, Math.max(totals.io, totals.host.io ?? 0)];
    case 'memory':
      return [row.memory, totals.host.memory];
    case 'name':
    case 'pid':
    case 'user':
    case 'threads':
    case 'state':
    case 'cgroup':
      return [null, 0];
  }
}

/** startsDescending says which way a column is sorted first: numbers from the largest. */
export function startsDescending(column: ColumnName): boolean {
  return column === 'cpu' || column === 'memory' || column === 'io' || column === 'threads';
}

const troubles: Readonly<Record<string, string>> = {
  D: 'D waiting for disk',
  Z: 'Z zombie',
  T: 'T stopped',
  t: 't traced',
};

const quiet: Readonly<Record<string, string>> = {
  R: 'R running',
  S: 'S sleeping',
  I: 'I idle kernel thread',
};

/** stateText explains the states that mean trouble and leaves the others short. */
export function stateText(state: string): string {
  return troubles[state] ?? state;
}

/** stateWords explains any state. */
export function stateWords(state: string): string {
  return troubles[state] ?? quiet[state] ?? state;
}
