import type { PastSecond } from './memory';
import type { Process } from './rows';

/** A process that is remembered and there no more, and when it was seen last. */
export interface EndedProcess {
  readonly key: string;
  readonly name: string;
  readonly pid: number | null;
  readonly lastMs: number;
}

/** Remembered are the processes that the table knows of the past. */
export interface Remembered {
  /** want asks for more of the past than the table shows. */
  readonly want: () => void;
  readonly ended: () => readonly EndedProcess[];
}

/** endedProcesses are those of the remembered seconds that are not among the live ones, who ended last first. */
export function endedProcesses(seconds: Iterable<PastSecond>, live: readonly Process[]): readonly EndedProcess[] {
  const there = new Set(live.map(({ key }) => key));
  const ended = new Map<string, EndedProcess>();
  for (const { t, rows } of seconds) {
    for (const { key, name, pid } of rows) {
      if (!there.has(key) && t > (ended.get(key)?.lastMs ?? -Infinity)) ended.set(key, { key, name, pid, lastMs: t });
    }
  }
  return [...ended.values()].sort((a, b) => b.lastMs - a.lastMs);
}
