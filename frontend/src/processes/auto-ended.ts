// Who ended when a process was killed for memory: the kernel tells the number of kills to
// everybody and the victim only to root.

import type { Store } from '../data/store';
import type { ProcessMemory } from './memory';
import type { Process } from './rows';

/** Below so many bytes nobody is named: processes that small end all the time. */
const leastMemory = 16 * 1024 * 1024;

/** A scan may have begun before the row that it entered, so that the one nearest to a kill can be on either side of it. */
const apart = 2;

/** endedBetween returns the largest process that was there before and not after, nor now among all. */
export function endedBetween(before: readonly Process[], after: readonly Process[], all: readonly Process[]): Process | undefined {
  const there = new Set([...after, ...all].map(({ key }) => key));
  const ended = before.filter(({ key, memory }) => !there.has(key) && memory !== null && memory >= leastMemory);
  return ended.reduce<Process | undefined>((largest, each) => ((each.memory ?? 0) > (largest?.memory ?? 0) ? each : largest), undefined);
}

/** endedAt is who ended around a moment; undefined also as long as the seconds around it are on their way. */
export function endedAt(store: Store, memory: ProcessMemory, ms: number, all: readonly Process[]): Process | undefined {
  const seq = store.seqAt(store.indexAtTime(ms));
  if (seq === undefined || seq <= apart || seq + apart > store.newest || all.length === 0) return undefined;
  const [before, after] = [memory.at(seq - apart), memory.at(seq + apart)];
  return typeof before === 'string' || typeof after === 'string' ? undefined : endedBetween(before.rows, after.rows, all);
}
