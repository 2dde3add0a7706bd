// Times as people write them, in the forms that the API takes for from, to and at.

import { type TimeZone, wallClock } from './time';

const DAY = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { s: 1000, sec: 1000, m: 60_000, min: 60_000, h: 3_600_000, hour: 3_600_000, hours: 3_600_000, d: DAY, day: DAY, days: DAY, w: 7 * DAY };
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const CLOCK = String.raw`(\d{1,2})(?::(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(am|pm)?`;
const clockForm = new RegExp(`^(?:(?:(today|yesterday)|(?:last )?(sun|mon|tue|wed|thu|fri|sat)[a-z]*),?(?: at)?)?\\s*(?:${CLOCK})?$`);
const dateForm = new RegExp(`^(\\d{4})-(\\d\\d)-(\\d\\d)(?:(?:t|,? | at )\\s*${CLOCK}\\s*(z|[+-]\\d\\d:\\d\\d)?)?$`);
const backForm = /^(?:now\s*)?-?\s*((?:\d+(?:\.\d+)?\s*[a-z]+\s*)+)$/;

/**
 * parseTime reads "18:02", "3am", "yesterday 3am", "mon 18:02", "2026-11-28 18:02",
 * "-2h" and "90 m ago" by the clock of a zone; undefined for what is no time. A time of day
 * without a day is the last one that has been.
 */
export function parseTime(text: string, nowMs: number, zone: TimeZone): number | undefined {
  const words = text.trim().toLowerCase();
  const dated = dateForm.exec(words);
  if (dated) return fromDate(dated, zone);
  const clocked = words === '' ? null : clockForm.exec(words);
  if (clocked) return fromClock(clocked, nowMs, zone);
  const back = words.endsWith(' ago') ? words.slice(0, -4) : /^(?:now\s*)?-/.test(words) ? words : '';
  const spans = backForm.exec(back)?.[1];
  const span = spans === undefined ? undefined : spanOf(spans);
  return span === undefined ? undefined : nowMs - span;
}

/** wallToMs is when a clock of the zone shows a time; one that is skipped in spring is what it would have been. */
function wallToMs(year: number, month: number, day: number, clock: number, zone: TimeZone): number {
  const wall = Date.UTC(year, month - 1, day) + clock;
  const guess = wall - zone.offsetAt(wall);
  return wall - zone.offsetAt(guess);
}

function fromDate([, year, month, day, hour, minute, second, half, offset]: RegExpExecArray, zone: TimeZone): number | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const date = new Date(Date.UTC(y, m - 1, d));
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return undefined;
  const clock = hour === undefined ? 0 : clockOf(hour, minute, second, half);
  if (clock === undefined) return undefined;
  if (offset === undefined) return wallToMs(y, m, d, clock, zone);
  const minutes = offset === 'z' ? 0 : Number(`${offset.charAt(0)}1`) * (60 * Number(offset.slice(1, 3)) + Number(offset.slice(4)));
  return date.getTime() + clock - minutes * 60_000;
}

function fromClock([, day, weekday, hour, minute, second, half]: RegExpExecArray, nowMs: number, zone: TimeZone): number | undefined {
  // A number alone is a pid, and a day alone no time.
  if (hour === undefined || (minute === undefined && half === undefined)) return undefined;
  const clock = clockOf(hour, minute, second, half);
  if (clock === undefined) return undefined;
  const today = wallClock(nowMs, zone);
  const at = (daysBack: number): number => wallToMs(today.year, today.month, today.day - daysBack, clock, zone);
  if (day !== undefined) return at(day === 'today' ? 0 : 1);
  if (weekday === undefined) return at(0) > nowMs ? at(1) : at(0);
  const back = (today.weekday - WEEKDAYS.findIndex((name) => name === weekday) + 7) % 7;
  return at(back) > nowMs ? at(back + 7) : at(back);
}

/** clockOf is a time of day in milliseconds since midnight. */
function clockOf(hour: string, minute = '0', second = '0', half?: string): number | undefined {
  let h = Number(hour);
  const [m, s] = [Number(minute), Number(second)];
  if (half !== undefined) {
    if (h < 1 || h > 12) return undefined;
    h = (h % 12) + (half === 'pm' ? 12 : 0);
  }
  return h < 24 && m < 60 && s < 60 ? (h * 3600 + m * 60 + s) * 1000 : undefined;
}

function spanOf(text: string): number | undefined {
  let sum = 0;
  for (const [, count, name] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const unit = UNITS[name ?? ''];
    if (unit === undefined) return undefined;
    sum += Number(count) * unit;
  }
  return sum;
}
