// What one service took over a stretch of time, from what is remembered of every second and
// what was seen since it was opened.

import { inStretch, type Stretch } from '../processes/history';
import type { TableMemory } from '../processes/memory';
import { isIn, identity, type Service } from './rows';

/** The numbers of a service that are drawn over time. */
export type Drawn = 'cpu' | 'memory' | 'io' | 'throttled';

type ServicePoint = Readonly<Record<Drawn, number>> & { readonly t: number };

/** ServiceTrail holds what was seen of one service live. */
interface ServiceTrail {
  /** add takes an observation; another service begins anew. */
  add(id: string, seq: number, t: number, service: Service | undefined): void;
  /** points are those of a stretch, oldest first, with what is remembered. */
  points(id: string, stretch: Stretch, memory: Pick<TableMemory<Service>, 'seconds'>): readonly ServicePoint[];
}

/** So many observations are kept. */
const most = 900;

export function createServiceTrail(): ServiceTrail {
  let of = '';
  const seen = new Map<number, ServicePoint>();
  const begin = (id: string): void => {
    if (of !== id) seen.clear();
    of = id;
  };
  return {
    add(id, seq, t, service) {
      begin(id);
      seen.set(seq, pointOf(t, service));
      for (const oldest of seen.keys()) {
        if (seen.size <= most) return;
        seen.delete(oldest);
      }
    },
    points(id, { from, to, firstSeq, lastSeq }, memory) {
      begin(id);
      const found = new Map<number, ServicePoint>();
      // Where it was not among those remembered it says nothing, and no line may pass.
      for (const { seq, t, rows } of memory.seconds(firstSeq, lastSeq)) found.set(seq, pointOf(t, find(rows, id)));
      for (const [seq, point] of seen) found.set(seq, point);
      return inStretch(found.values(), { from, to });
    },
  };
}

/** find returns the service of an identity: of several that had it one after the other the last. */
export const find = (services: readonly Service[], id: string): Service | undefined => services.findLast((each) => identity(each) === id || isIn(id, each));

const pointOf = (t: number, service: Service | undefined): ServicePoint => ({
  t,
  cpu: service?.cpu ?? NaN,
  memory: service?.memory ?? NaN,
  io: service?.io ?? NaN,
  throttled: service?.throttled ?? NaN,
});
