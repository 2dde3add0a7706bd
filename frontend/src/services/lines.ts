// Services as rows of a table: a list, or a tree of the groups that hold them and of their
// processes.

import type { ColumnName, Process } from '../processes/rows';
import { isIn, type Service, sum } from './rows';

/** A service in its row, a group of them, or a process of one. */
export interface ServiceLine extends Service {
  readonly of: 'service' | 'group' | 'process';
  readonly depth: number;
  /** suspect is the column in which it takes a large share of a bad resource. */
  readonly suspect: ColumnName | undefined;
  /** opened is set for the one that is open beside the table. */
  readonly opened: boolean;
  /** The shares of the largest, which bars show. */
  readonly shares: Readonly<Record<'cpu' | 'memory' | 'io', number>>;
}

/** So many processes of a service stand in the tree. */
export const processesShown = 5;

const nothing: Omit<Service, 'key' | 'name' | 'kind'> = {
  parent: '', cgroup: '', image: '', state: '', level: 'ok', word: '',
  cpu: null, cpuLimit: null, throttled: null, memory: null, memoryLimit: null, swap: null, kills: null, restarts: null,
  io: null, read: null, written: null, network: null, received: null, sent: null, tasks: null, tasksLimit: null,
  waitingCpu: null, waitingMemory: null, waitingIo: null, started: null,
};

/** What a line is beside the numbers in it. */
interface Place {
  readonly service: Service;
  readonly of: ServiceLine['of'];
  readonly depth: number;
}

/** linesOf makes rows of services that are in order. */
export function linesOf(services: readonly Service[], tree: { readonly processes: readonly Process[] } | undefined, suspect: (service: Service) => ColumnName | undefined, isOpened: (service: Service) => boolean): readonly ServiceLine[] {
  const places = tree ? treeOf(services, tree.processes) : services.map((service): Place => ({ service, of: 'service', depth: 0 }));
  const largest = { cpu: 0, memory: 0, io: 0 };
  for (const service of services) for (const column of ['cpu', 'memory', 'io'] as const) largest[column] = Math.max(largest[column], service[column] ?? 0);
  const share = (value: number | null, whole: number): number => (whole > 0 ? Math.round((100 * (value ?? 0)) / whole) / 100 : 0);
  return places.map(({ service, of, depth }) => ({
    ...service,
    of,
    depth,
    suspect: of === 'service' ? suspect(service) : undefined,
    opened: of === 'service' && isOpened(service),
    shares: of === 'service' ? { cpu: share(service.cpu, largest.cpu), memory: share(service.memory, largest.memory), io: share(service.io, largest.io) } : { cpu: 0, memory: 0, io: 0 },
  }));
}

/** treeOf puts services below the groups that hold them, and below each its largest processes. Groups stand where their first service would. */
function treeOf(services: readonly Service[], processes: readonly Process[]): readonly Place[] {
  const groups = new Map<string, Service[]>();
  for (const service of services) {
    const inside = groups.get(service.parent);
    if (inside) inside.push(service);
    else groups.set(service.parent, [service]);
  }
  return Array.from(groups, ([parent, inside]): readonly Place[] => {
    const depth = parent === '' ? 0 : 1;
    const below = inside.flatMap((service): Place[] => [{ service, of: 'service', depth }, ...processesOf(service, processes).map((process): Place => ({ service: process, of: 'process', depth: depth + 1 }))]);
    return parent === '' ? below : [{ service: groupOf(parent, inside), of: 'group', depth: 0 }, ...below];
  }).flat();
}

const groupOf = (parent: string, inside: readonly Service[]): Service => ({
  ...nothing,
  key: `group ${parent}`,
  name: parent,
  kind: 'group',
  cpu: sum(inside.map(({ cpu }) => cpu)),
  memory: sum(inside.map(({ memory }) => memory)),
  io: inside.every(({ io }) => io === null) ? null : sum(inside.map(({ io }) => io)),
  tasks: sum(inside.map(({ tasks }) => tasks)),
});

/** processesOf are those of a service that use most. */
function processesOf(service: Service, processes: readonly Process[]): readonly Service[] {
  return membersOf(service, processes)
    .slice(0, processesShown)
    .map(({ key, name, pid, cpu, memory, io, threads }) => ({ ...nothing, key, name: pid === null ? name : `${name} ${pid}`, kind: 'process', cpu, memory, io, tasks: threads }));
}

/** membersOf are the processes of a service, those that use most of a processor first, then of memory. */
export const membersOf = (service: Pick<Service, 'cgroup'>, processes: readonly Process[]): readonly Process[] =>
  processes.filter(({ cgroup }) => isIn(cgroup, service)).sort((a, b) => (b.cpu ?? 0) - (a.cpu ?? 0) || (b.memory ?? 0) - (a.memory ?? 0));
