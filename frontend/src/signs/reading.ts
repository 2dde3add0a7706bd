import type { Resource, SeriesInfo, Sign } from '../wire/types';

/** What a reading needs of the store; tests give an object. */
export interface Values {
  find(family: string, match?: Readonly<Record<string, readonly string[]>>): readonly SeriesInfo[];
  value(id: number, index: number): number | null;
  time(index: number): number;
}

export type Level = 'ok' | 'warn' | 'critical';

/** One number of a cell at one row. Without a series the host has no source for it. */
export interface SignReading {
  readonly sign: Sign | undefined;
  readonly series: SeriesInfo | undefined;
  readonly value: number | null;
  readonly level: Level;
}

/**
 * readSigns returns the one of several numbers that a cell shows: the one nearest to,
 * or furthest beyond, its threshold; without thresholds the first that has a value.
 */
export function readSigns(values: Values, signs: readonly Sign[] | undefined, index: number): SignReading {
  let best: SignReading = { sign: undefined, series: undefined, value: null, level: 'ok' };
  let bestNearness = -1;
  for (const sign of signs ?? []) {
    const series = values.find(sign.family)[0];
    if (!series) continue;
    const value = index < 0 ? null : values.value(series.id, index);
    if (value === null) {
      if (!best.series) best = { sign, series, value, level: 'ok' };
      continue;
    }
    const nearness = nearnessOf(series, value);
    if (best.value !== null && nearness <= bestNearness) continue;
    best = { sign, series, value, level: levelOf(series, value) };
    bestNearness = nearness;
  }
  return best;
}

function nearnessOf(series: SeriesInfo, value: number): number {
  const mark = series.warn ?? series.crit ?? 0;
  return mark > 0 ? value / mark : 0;
}

/** levelOf compares a value with the thresholds of its series. */
export function levelOf(series: SeriesInfo, value: number): Level {
  if (series.crit !== undefined && series.crit > 0 && value >= series.crit) return 'critical';
  if (series.warn !== undefined && series.warn > 0 && value >= series.warn) return 'warn';
  return 'ok';
}

export type Cause = 'none' | 'use' | 'saturation' | 'errors';

/** How a resource is doing at one row. Unknown means that it cannot be known. */
export interface StateReading {
  readonly level: Level | 'unknown';
  readonly cause: Cause;
  /** sinceMs is when the state was entered, or for errors when the last was counted. */
  readonly sinceMs: number | null;
  /** word is what the state is called, where "busy" or "saturated" would mislead. */
  readonly word?: string;
  /** now is the level of this very row, without what is only held; unknown where it cannot be known. */
  readonly now: Level | 'unknown';
}

const levels: readonly Level[] = ['ok', 'warn', 'critical'];
const causes: readonly Cause[] = ['none', 'use', 'saturation', 'errors'];

/** readState returns the state of a resource at a row. */
export function readState(values: Values, resource: Resource, index: number): StateReading {
  const level = stateAt(values, resource.state, index);
  if (level === null) return { level: 'unknown', cause: 'none', sinceMs: null, now: 'unknown' };
  const cause = causes[stateAt(values, resource.cause, index) ?? 0] ?? 'none';
  const since = stateAt(values, resource.since, index);
  const sinceMs = since === null || since === 0 ? null : since * 1000;
  const word = wordAt(values, resource, index);
  const now = stateAt(values, resource.now, index);
  return {
    level: levels[level] ?? 'unknown',
    cause,
    sinceMs: cause === 'errors' ? (lastRise(values, resource.err, index) ?? sinceMs) : sinceMs,
    ...(word !== undefined && { word }),
    now: now === null ? 'unknown' : (levels[now] ?? 'unknown'),
  };
}

function stateAt(values: Values, family: string | undefined, index: number): number | null {
  const series = family === undefined ? undefined : values.find(family)[0];
  return series && index >= 0 ? values.value(series.id, index) : null;
}

/** wordAt is what the family is called that decided a state, where the host gives it a word. */
function wordAt(values: Values, { reason, words }: Resource, index: number): string | undefined {
  const series = reason === undefined ? undefined : values.find(reason)[0];
  const decided = series && index >= 0 ? series.states?.[values.value(series.id, index) ?? 0] : undefined;
  return words?.find(({ family }) => family === decided)?.text;
}

/** The errors of a cell are those of five minutes, so the last one is at the last rise within them. */
const errorRows = 300;

function lastRise(values: Values, signs: readonly Sign[] | undefined, index: number): number | null {
  const series = signs?.[0] && values.find(signs[0].family)[0];
  if (!series) return null;
  let after = values.value(series.id, index);
  for (let i = index - 1; i >= Math.max(0, index - errorRows); i--) {
    const before = values.value(series.id, i);
    if (before === null) return null;
    if (after !== null && after > before) return values.time(i + 1);
    after = before;
  }
  return null;
}

/** The instance with the largest value, of how many. */
interface WorstReading {
  readonly name: string;
  readonly of: number;
}

/** readWorst names the instance that a cell's use speaks of. */
export function readWorst(values: Values, resource: Resource, index: number): WorstReading | undefined {
  const worst = resource.worst;
  if (!worst) return undefined;
  const names = new Set<string>();
  let name: string | undefined;
  let largest = -Infinity;
  for (const series of values.find(worst.family, worst.where)) {
    const instance = series.labels?.[worst.label];
    if (instance === undefined) continue;
    names.add(instance);
    const value = index < 0 ? null : values.value(series.id, index);
    if (value !== null && value > largest) {
      largest = value;
      name = instance;
    }
  }
  return name === undefined ? undefined : { name, of: names.size };
}

/** worse orders readings of states: what is worse now wins, then the worse state, and of equals the one that came first. */
export function worse(a: StateReading, b: StateReading): boolean {
  const byNow = nowRank(a) - nowRank(b);
  if (byNow !== 0) return byNow > 0;
  if (rank(a.level) !== rank(b.level)) return rank(a.level) > rank(b.level);
  return (a.sinceMs ?? Infinity) < (b.sinceMs ?? Infinity);
}

const rank = (level: StateReading['level']): number => (level === 'unknown' ? -1 : levels.indexOf(level));

/** nowRank takes an error for as bad as its resource is now without it, and any other state as it is: hysteresis keeps it calm. */
export function nowRank({ level, cause, now }: StateReading): number {
  return Math.max(0, rank(cause === 'errors' ? now : level));
}

/** stateWord says a state in a word, or in the two that say what decided it. */
export function stateWord(state: StateReading, limits: boolean): string {
  if (state.word !== undefined) return state.word;
  if (state.cause === 'errors') return 'errors';
  if (limits) return state.level === 'critical' ? 'nearly full' : 'filling';
  if (state.level === 'critical') return state.cause === 'use' ? 'full' : 'saturated';
  return 'busy';
}
