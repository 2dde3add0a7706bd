// The worst host first, then by name.

import type { Host, Standing } from './hosts';

const ranks: Readonly<Record<Standing, number>> = { critical: 3, silent: 2, warn: 1, ok: 0, unknown: 0 };

export const rankOf = ({ standing }: Host): number => ranks[standing];

/** needsSomebody says whether a host is counted in the sentence over all of them. */
export const needsSomebody = (host: Host): boolean => rankOf(host) > 0;

/** What orders hosts; frozen keeps each where it is, so that nobody opens another one than the one pointed at. */
interface HostOrder {
  /** by orders by a number, the smallest first, and those without one last; without it the worst is first. */
  next(hosts: readonly Host[], frozen: boolean, by?: (host: Host) => number | null): readonly Host[];
}

/** createHostOrder compares names once: thousands of them every second would cost more than to draw them. */
export function createHostOrder(): HostOrder {
  const collator = new Intl.Collator('en', { numeric: true });
  let names = new Map<string, string>();
  let places = new Map<string, number>();
  let before: readonly string[] = [];
  return {
    next(hosts, frozen, by) {
      if (hosts.length !== names.size || hosts.some(({ id, name }) => names.get(id) !== name)) {
        names = new Map(hosts.map(({ id, name }) => [id, name]));
        const byName = hosts.toSorted((a, b) => collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1));
        places = new Map(byName.map(({ id }, i) => [id, i]));
      }
      const byName = new Array<Host>(hosts.length);
      for (const host of hosts) byName[places.get(host.id) ?? 0] = host;
      const kept = frozen ? new Map(before.map((id, i) => [id, i])) : undefined;
      const placeOf = ({ id }: Host): number => kept?.get(id) ?? before.length;
      // There are few ranks: to deal hosts out is quicker than to compare them.
      const numbers = by && new Map(byName.map((host) => [host, by(host) ?? Infinity]));
      const numberOf = (host: Host): number => numbers?.get(host) ?? Infinity;
      const sorted = (): readonly Host[] => byName.toSorted((a, b) => (numberOf(a) === numberOf(b) ? 0 : numberOf(a) - numberOf(b)));
      const ordered = kept ? byName.sort((a, b) => placeOf(a) - placeOf(b)) : numbers ? sorted() : [3, 2, 1, 0].flatMap((rank) => byName.filter((host) => rankOf(host) === rank));
      before = ordered.map(({ id }) => id);
      return ordered;
    },
  };
}
