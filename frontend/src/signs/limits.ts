import type { Limits, SeriesInfo } from '../wire/types';
import type { Level, Values } from './reading';

/** One limit of the host and how near it is. */
export interface LimitReading {
  /** key stays the same while the limit exists. */
  readonly key: string;
  /** id is the series that says how much is used. */
  readonly id: number;
  /** kind is what is limited: "filesystem", "swap". */
  readonly kind: string;
  readonly name: string;
  readonly used: number;
  readonly level: Level;
  /** fullInSeconds is set where the recent past suggests a time. */
  readonly fullInSeconds: number | null;
  /** unit and full are set where the limit is shown in its own unit instead of a percent. */
  readonly unit: string | undefined;
  readonly full: number | undefined;
}

const levels: readonly Level[] = ['ok', 'warn', 'critical'];

/** The kinds of limits whose name does not say what they are. */
const kinds: Readonly<Record<string, string>> = {
  filesystem: '',
  temperature: '',
  inodes: 'inodes',
  files: 'open files',
  conntrack: 'connections',
  pids: 'tasks',
  swap: 'swap',
  cgroup: 'own memory',
  service: 'memory of',
  throttled: 'throttled',
};

/** readLimits returns every limit at a row, the worst first, then the nearest. */
export function readLimits(values: Values, limits: Limits, index: number): readonly LimitReading[] {
  if (index < 0) return [];
  const states = byKey(values.find(limits.state));
  const forecasts = byKey(values.find(limits.fullIn));
  const among = values.find(limits.used);
  const readings: LimitReading[] = [];
  for (const series of among) {
    const used = values.value(series.id, index);
    if (used === null) continue;
    const key = keyOf(series);
    const state = at(values, states.get(key), index);
    const full = Number(series.info?.full);
    const kind = series.labels?.kind ?? '';
    readings.push({
      key,
      id: series.id,
      kind,
      name: limitName(kind, nameOf(series, among)),
      used,
      level: levels[state ?? 0] ?? 'ok',
      fullInSeconds: at(values, forecasts.get(key), index),
      unit: series.info?.unit,
      full: Number.isFinite(full) && full > 0 ? full : undefined,
    });
  }
  return readings.sort((a, b) => levels.indexOf(b.level) - levels.indexOf(a.level) || b.used - a.used || compareText(a.key, b.key));
}

/** limitName says what a limit is in few words: "/var", "inodes /", "open files". */
export function limitName(kind: string, name: string): string {
  const title = kinds[kind] ?? kind;
  return name === '' || name === kind ? title || kind : `${title} ${name}`.trim();
}

/** nameOf is what a limit is part of, where that is one thing: a driver and its sensor say nothing to whoever looks for a disk. */
function nameOf({ labels, info }: SeriesInfo, among: readonly SeriesInfo[]): string {
  const name = labels?.name ?? '';
  const device = info?.device;
  if (device === undefined) return name;
  const [, ...sensor] = name.split(' ');
  return among.filter((other) => other.info?.device === device).length > 1 ? [device, ...sensor].join(' ') : device;
}

function keyOf(series: SeriesInfo): string {
  return `${series.labels?.kind ?? ''}\u0000${series.labels?.name ?? ''}`;
}

function byKey(series: readonly SeriesInfo[]): ReadonlyMap<string, SeriesInfo> {
  return new Map(series.map((s) => [keyOf(s), s]));
}

function at(values: Values, series: SeriesInfo | undefined, index: number): number | null {
  return series ? values.value(series.id, index) : null;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order in which limits stand, and since when. */
export interface Ranking {
  keys: readonly string[];
  sinceMs: number;
  states: string;
}

const RERANK_MS = 10_000;

/** calm keeps the order for ten seconds, unless a limit's state changed or one came or went; a second that is pinned has its own. */
export function calm(readings: readonly LimitReading[], ranking: Ranking, ms: number, pinned: boolean): readonly LimitReading[] {
  const states = readings.map((r) => `${r.key}${r.level}`).sort().join();
  if (pinned || states !== ranking.states || Math.abs(ms - ranking.sinceMs) >= RERANK_MS) {
    ranking.keys = readings.map((r) => r.key);
    ranking.sinceMs = ms;
    ranking.states = states;
    return readings;
  }
  const byKey = new Map(readings.map((r) => [r.key, r]));
  return ranking.keys.flatMap((key) => byKey.get(key) ?? []);
}
