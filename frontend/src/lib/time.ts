// Wall-clock arithmetic in any IANA zone. Intl is asked once per zone and quarter of an
// hour; everything else is addition, so that a clock can be written for every row.

/** Zone is whose clock the page shows. */
type Zone = 'host' | 'browser' | 'utc';

/** The order in which the zones are cycled. */
export const ZONES: readonly [Zone, ...Zone[]] = ['host', 'browser', 'utc'];

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
/** More than an axis of some days has ticks. */
const KNOWN_QUARTERS = 512;

/** A TimeZone is an IANA name, or a fixed offset where the name is not known here. */
export interface TimeZone {
  readonly name: string;
  /** The distance to UTC in milliseconds at the given moment. */
  offsetAt(ms: number): number;
}

/** The fields of a wall clock. */
export interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export const UTC: TimeZone = { name: 'UTC', offsetAt: () => 0 };

/** timeZone returns the zone of that name; a zone unknown here becomes the fixed offset. */
export function timeZone(name: string, fallbackMinutes = 0): TimeZone {
  if (name === 'UTC' || name === '') return UTC;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    const fixed = fallbackMinutes * MINUTE;
    return { name, offsetAt: () => fixed };
  }
  const known = new Map<number, number>();
  return {
    name,
    offsetAt(ms) {
      const quarter = Math.floor(ms / QUARTER);
      let offset = known.get(quarter);
      if (offset === undefined) {
        if (known.size >= KNOWN_QUARTERS) known.clear();
        offset = measure(format, quarter * QUARTER);
        known.set(quarter, offset);
      }
      return offset;
    },
  };
}

/** browserZone is the zone of the machine the page runs on. */
export const browserZone = (): TimeZone => timeZone(new Intl.DateTimeFormat().resolvedOptions().timeZone, -new Date().getTimezoneOffset());

function measure(format: Intl.DateTimeFormat, ms: number): number {
  const parts = new Map(format.formatToParts(ms).map((part) => [part.type, Number(part.value)]));
  const field = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const wall = Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'), field('second'));
  return wall - ms;
}

/** wallClock returns what a clock on the wall of that zone shows. */
export function wallClock(ms: number, zone: TimeZone): Wall {
  const date = new Date(ms + zone.offsetAt(ms));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

/** The steps between ticks on a time axis, in seconds. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400] as const;

/** timeTicks returns moments for an axis, multiples of a round step of the wall clock, at most count of them. */
export function timeTicks(fromMs: number, toMs: number, count: number, zone: TimeZone): { ticks: number[]; stepMs: number } {
  const span = toMs - fromMs;
  const wanted = span / Math.max(1, count);
  const stepMs = (STEPS.find((step) => step * 1000 >= wanted) ?? 86_400) * 1000;
  const ticks: number[] = [];
  const offset = zone.offsetAt(fromMs);
  for (let tick = Math.ceil((fromMs + offset) / stepMs) * stepMs - offset; tick <= toMs; tick += stepMs) ticks.push(tick);
  return { ticks, stepMs };
}
