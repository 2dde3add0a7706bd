// The hosts of a fleet as the hub's table tells them.

import type { Cell } from '../data/tables';
import type { TableInfo } from '../wire/types';

/** The resources of a summary, in the order of the strips. */
export const resourceNames = ['cpu', 'memory', 'disk', 'network', 'limits'] as const;

export type ResourceName = (typeof resourceNames)[number];

/** 0 is well, 1 warns, 2 is critical; null is not known. */
export type Level = number | null;

/** A resource of a host as its last summary has it. */
export interface ResourceNow {
  readonly name: ResourceName;
  readonly level: Level;
  readonly sinceMs: number | null;
  readonly use: number | null;
  readonly saturation: number | null;
}

/** How much a host needs somebody. One that is silent may be anything, and is behind what is known to be critical. */
export type Standing = 'critical' | 'silent' | 'warn' | 'ok' | 'unknown';

export interface Host {
  readonly id: string;
  readonly name: string;
  readonly standing: Standing;
  /** When its last summary came, null while none has or while they come. */
  readonly seenMs: number | null;
  readonly resources: readonly ResourceNow[];
  /** The resource that is worst; of those that are well, the one that is used most. */
  readonly worst: ResourceNow | undefined;
  readonly process: string;
  readonly service: string;
  readonly version: string;
  readonly labels: ReadonlyMap<string, string>;
  /** How far its clock is ahead, in seconds; null within what is tolerated. */
  readonly offset: number | null;
  readonly bootMs: number | null;
  /** The id of the host that it is a clone of, '' where it is none. */
  readonly clone: string;
  /** How many of its alerts fire. */
  readonly alerts: number;
  /** What is wrong, in the host's own words; '' where nothing is, or it does not say. */
  readonly verdict: string;
}

/** hostsReader reads rows; what did not change since is the same object. */
export function hostsReader(): (info: TableInfo, rows: readonly { readonly key: string; readonly cells: readonly Cell[] }[]) => readonly Host[] {
  const known = new WeakMap<readonly Cell[], Host>();
  let of: TableInfo | undefined;
  let read: (id: string, cells: readonly Cell[]) => Host;
  return (info, rows) => {
    if (info !== of) {
      of = info;
      read = readerOf(info);
    }
    return rows.map(({ key, cells }) => {
      let host = known.get(cells);
      if (host?.id !== key) {
        host = read(key, cells);
        known.set(cells, host);
      }
      return host;
    });
  };
}

function readerOf(info: TableInfo): (id: string, cells: readonly Cell[]) => Host {
  const at = new Map(info.columns.map(({ name }, i) => [name, i]));
  const cellOf = (cells: readonly Cell[], name: string): Cell => cells[at.get(name) ?? -1] ?? null;
  return (id, cells) => {
    const text = (name: string): string => String(cellOf(cells, name) ?? '');
    const number = (name: string): number | null => {
      const value = cellOf(cells, name);
      return typeof value === 'number' ? value : null;
    };
    const ms = (name: string): number | null => {
      const seconds = number(name);
      return seconds === null ? null : seconds * 1000;
    };
    const resources = resourceNames.map((name): ResourceNow => ({ name, level: number(`${name}Level`), sinceMs: ms(`${name}Since`), use: number(`${name}Use`), saturation: number(`${name}Sat`) }));
    const worst = worstOf(resources);
    return {
      id,
      name: text('name') === '' ? id : text('name'),
      standing: number('online') !== 1 ? 'silent' : standings[worst?.level ?? -1] ?? 'unknown',
      seenMs: ms('seen'),
      resources,
      worst,
      process: text('process'),
      service: text('service'),
      version: text('version'),
      labels: labelsOf(text('labels')),
      offset: number('offset'),
      bootMs: ms('boot'),
      clone: text('clone'),
      alerts: number('alerts') ?? 0,
      verdict: text('verdict'),
    };
  };
}

const standings: Readonly<Record<number, Standing>> = { 0: 'ok', 1: 'warn', 2: 'critical' };

function worstOf(resources: readonly ResourceNow[]): ResourceNow | undefined {
  let worst: ResourceNow | undefined;
  for (const each of resources) if (each.level !== null && (worst === undefined || isWorse(each, worst))) worst = each;
  return worst;
}

/** What began first is rather the cause; of what is well, the fullest is nearest to trouble. */
function isWorse(a: ResourceNow, b: ResourceNow): boolean {
  if (a.level !== b.level) return (a.level ?? -1) > (b.level ?? -1);
  return a.level === 0 ? (a.use ?? -1) > (b.use ?? -1) : (a.sinceMs ?? Infinity) < (b.sinceMs ?? Infinity);
}

/** labelsOf reads "role=db site=fra". */
export function labelsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(' ').flatMap((pair): [string, string][] => {
      const at = pair.indexOf('=');
      return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)]] : [];
    }),
  );
}
