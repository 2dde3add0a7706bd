// Hosts for tests.

import type { Cell } from '../data/tables';
import type { TableInfo } from '../wire/types';
import { type Host, hostsReader, resourceNames } from '../fleet/hosts';

const names: readonly string[] = ['name', 'online', 'seen', 'process', 'service', 'version', 'labels', 'offset', 'boot', 'clone', 'alerts', 'verdict', ...resourceNames.flatMap((name) => [`${name}Level`, `${name}Since`, `${name}Use`, `${name}Sat`])];

export const infoOf = (): TableInfo => ({ name: 'hosts', title: 'Hosts', help: '', columns: names.map((name) => ({ name, title: name, kind: 'number' })), rank: [], top: 10 });

export const rowOf = (cells: Readonly<Record<string, Cell>>): Cell[] => names.map((name) => cells[name] ?? null);

/** hostOf is a host that is well but for what is said. */
export function hostOf(name: string, cells: Readonly<Record<string, Cell>> = {}): Host {
  const [host] = hostsReader()(infoOf(), [{ key: `id-${name}`, cells: rowOf({ name, online: 1, cpuLevel: 0, cpuSince: 60, cpuUse: 10, version: '1.2.0', ...cells }) }]);
  if (!host) throw new Error('no host was read');
  return host;
}
