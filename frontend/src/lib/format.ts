// How numbers and times are written. Pure, the same in every locale: digits are not
// grouped, the decimal mark is a point, the clock has 24 hours and dates are ISO 8601.

import { type TimeZone, wallClock } from './time';

/** What stands where a value is missing. A word for it ("measuring…") has no room where values have a place of fixed width; READING.md says what the sign means. */
const NO_VALUE = '—';

export interface FormatOptions {
  /** Write byte rates as bits per second, or bit rates as bytes per second. */
  readonly bits?: boolean;
  /** A short slot has no room for decimals from 10 on. */
  readonly slot?: 'short' | 'long';
}

interface Formatted {
  readonly text: string;
  readonly unit: string;
}

interface Scaled {
  readonly divisor: number;
  readonly unit: string;
}

const IEC = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const SI = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

const prefixed = (names: readonly string[], base: number, unit: string): readonly Scaled[] =>
  names.map((name, power) => ({ divisor: base ** power, unit: name + unit }));

const plain = (unit: string): readonly Scaled[] => [{ divisor: 1, unit }];

const SCALES = {
  percent: plain('%'),
  bytes: prefixed(IEC, 1024, 'B'),
  byteRate: prefixed(IEC, 1024, 'B/s'),
  bitRate: prefixed(SI, 1000, 'bit/s'),
  rate: prefixed(SI, 1000, '/s'),
  count: prefixed(SI, 1000, ''),
  seconds: [
    { divisor: 1e-6, unit: 'µs' },
    { divisor: 1e-3, unit: 'ms' },
    { divisor: 1, unit: 's' },
  ],
  secondsRate: [
    { divisor: 1e-6, unit: 'µs/s' },
    { divisor: 1e-3, unit: 'ms/s' },
    { divisor: 1, unit: 's/s' },
  ],
  celsius: plain('°C'),
  hertz: prefixed(SI, 1000, 'Hz'),
} as const;

interface Meaning {
  readonly scales: readonly Scaled[];
  readonly factor: number;
}

function meaning(unit: string, bits: boolean | undefined): Meaning {
  switch (unit) {
    case 'percent':
    case 'bytes':
    case 'celsius':
    case 'hertz':
    case 'count':
    case 'seconds':
      return { scales: SCALES[unit], factor: 1 };
    case 'seconds/s':
      return { scales: SCALES.secondsRate, factor: 1 };
    case '':
      return { scales: SCALES.count, factor: 1 };
    case 'bytes/s':
      return bits === true ? { scales: SCALES.bitRate, factor: 8 } : { scales: SCALES.byteRate, factor: 1 };
    case 'bits/s':
      return bits === false ? { scales: SCALES.byteRate, factor: 1 / 8 } : { scales: SCALES.bitRate, factor: 1 };
    case '/s':
      return { scales: SCALES.rate, factor: 1 };
    default:
      return { scales: plain(unit), factor: 1 };
  }
}

/** The largest scale that leaves at least one digit, so that at most three stand before the point. */
function scaleFor(scales: readonly Scaled[], size: number): Scaled {
  let chosen = scales[0] ?? { divisor: 1, unit: '' };
  for (const scale of scales) if (size >= chosen.divisor * 999.5) chosen = scale;
  return chosen;
}

/** Seconds change their unit earlier: 0.9 ms reads better beside 40 ms than 900 µs does. */
function scaleForSeconds(size: number, [micro, milli, second]: readonly [Scaled, Scaled, Scaled] = SCALES.seconds): Scaled {
  if (size >= 0.9995) return second;
  return size >= 0.0001 ? milli : micro;
}

function digits(value: number, whole: boolean, short: boolean, fine: boolean): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  const least = fine ? 0.01 : 0.1;
  if (!(whole && Number.isInteger(value)) && size < least) return value < 0 ? `-<${least}` : `<${least}`;
  if (whole && Number.isInteger(value)) return String(value);
  if (fine && size < 9.995) return value.toFixed(2);
  if (size < 9.95) return value.toFixed(1);
  return short || size >= 99.95 ? value.toFixed(0) : value.toFixed(1);
}

/**
 * formatValue writes a value of one of the wire's units; another unit is shown as it
 * is. null and NaN are missing. 'timestamp' belongs to {@link formatClock}.
 */
export function formatValue(value: number | null | undefined, unit: string, options: FormatOptions = {}): Formatted {
  if (value === null || value === undefined || !Number.isFinite(value)) return { text: NO_VALUE, unit: '' };
  if (unit === 'seconds' && Math.abs(value) >= 120) return { text: formatDuration(value * 1000), unit: '' };
  const { scales, factor } = meaning(unit, options.bits);
  const number = value * factor;
  const scale = isTime(scales) ? scaleForSeconds(number === 0 ? 1 : Math.abs(number), scales) : scaleFor(scales, Math.abs(number));
  const counts = scales === SCALES.count;
  const whole = scale.divisor === 1 && (counts || scales === SCALES.bytes || scales === SCALES.byteRate || scales === SCALES.bitRate);
  const shown = whole && !counts ? wholeNumber(number) : number / scale.divisor;
  const text = digits(shown, whole, options.slot === 'short', counts && scale.divisor === 1);
  if (number === 0) return { text, unit: scale.unit };
  // A scaled count keeps its prefix with the digits: "12.3k", "12.3k /s".
  if (counts || scales === SCALES.rate) {
    const prefix = scale.unit.replace('/s', '');
    return { text: text + prefix, unit: scale.unit.slice(prefix.length) };
  }
  return { text, unit: scale.unit };
}

type TimeScales = (typeof SCALES)['seconds' | 'secondsRate'];
const isTime = (scales: Meaning['scales']): scales is TimeScales => scales === SCALES.seconds || scales === SCALES.secondsRate;

/** Bytes do not come in parts; what is not zero stays at least one. */
const wholeNumber = (value: number): number => Math.sign(value) * Math.max(1, Math.round(Math.abs(value)));

/** formatText is {@link formatValue} as one string. */
export function formatText(value: number | null | undefined, unit: string, options: FormatOptions = {}): string {
  const { text, unit: name } = formatValue(value, unit, options);
  return name === '' ? text : `${text} ${name}`;
}

/** formatTicks writes the ticks of one axis in one unit. */
export function formatTicks(values: readonly number[], unit: string, options: FormatOptions = {}): { labels: string[]; unit: string } {
  const top = Math.max(0, ...values.map(Math.abs));
  const { scales, factor } = meaning(unit, options.bits);
  const scale = scales === SCALES.seconds ? scaleForSpan(top) : isTime(scales) ? scaleForSeconds(top, scales) : scaleFor(scales, top * factor);
  return { labels: values.map((value) => String(Number(((value * factor) / scale.divisor).toPrecision(3)))), unit: scale.unit };
}

/** unitLength is how many letters the longest unit has that {@link formatTicks} may choose for a unit: so much room it needs. */
export function unitLength(unit: string): number {
  const names = [true, false].flatMap((bits) => meaning(unit, bits).scales.map(({ unit: name }) => name.length));
  return Math.max(...names);
}

/** From a minute on an axis counts in the unit of which its top is at least one. */
function scaleForSpan(top: number): Scaled {
  const span = SPANS.find(([name, ms]) => name !== 's' && top * 1000 >= ms);
  return span ? { divisor: span[1] / 1000, unit: span[0] } : scaleForSeconds(top);
}

const SPANS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** formatDuration writes a span in its two largest units: "3 m 12 s", "41 d", "0 s". */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000) * 1000);
  const parts: string[] = [];
  for (const [name, size] of SPANS) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${name}`);
    rest -= count * size;
    // The unit behind the first one follows it directly or not at all: never "2 d 5 s".
    if (parts.length > 0 && (parts.length === 2 || count === 0)) break;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

/** formatInterval writes how often something is done, also many times a second: "100 ms", "1.5 s", "1 m". */
export function formatInterval(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms % 1000 === 0 ? formatDuration(ms) : `${ms / 1000} s`;
}

/** formatCoarse writes a span in its largest unit alone, which so seldom changes its width. */
export const formatCoarse = (ms: number): string => formatDuration(ms).replace(/^(\d+ \w+) .*$/, '$1');

const two = (value: number): string => String(value).padStart(2, '0');

/** formatClock writes a time of day: "18:04:59"; "…" for one that is not known yet. */
export function formatClock(ms: number, zone: TimeZone): string {
  if (!Number.isFinite(ms)) return '…';
  const wall = wallClock(ms, zone);
  return `${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
}

/** formatDate writes a date: "2026-11-20"; "…" for one that is not known yet. */
export function formatDate(ms: number, zone: TimeZone): string {
  if (!Number.isFinite(ms)) return '…';
  const wall = wallClock(ms, zone);
  return `${wall.year}-${two(wall.month)}-${two(wall.day)}`;
}

/** formatMoment writes a time of day, with its date where that is not the day of nowMs, or where now is not known. */
export function formatMoment(ms: number, nowMs: number, zone: TimeZone): string {
  const date = formatDate(ms, zone);
  return Number.isFinite(nowMs) && date === formatDate(nowMs, zone) ? formatClock(ms, zone) : `${date} ${formatClock(ms, zone)}`;
}

/** formatOffset writes a zone's distance to UTC at a moment: "+01:00". */
export function formatOffset(zone: TimeZone, ms: number): string {
  const minutes = Math.round(zone.offsetAt(ms) / 60_000);
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** formatMomentWithOffset is {@link formatMoment} with the zone's distance to UTC behind it; '' for no time. */
export function formatMomentWithOffset(ms: number, nowMs: number, zone: TimeZone): string {
  return Number.isFinite(ms) ? `${formatMoment(ms, nowMs, zone)} ${formatOffset(zone, ms)}` : '';
}

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

/**
 * formatTimeTick labels a tick of a time axis: HH:mm, with seconds where ticks are closer than
 * a minute, the date at midnight beyond two hours, the weekday beyond 36.
 */
export function formatTimeTick(ms: number, zone: TimeZone, spanMs: number, stepMs: number): string {
  const wall = wallClock(ms, zone);
  const midnight = wall.hour === 0 && wall.minute === 0 && wall.second === 0;
  if (midnight && spanMs > 36 * 3_600_000) return WEEKDAYS[wall.weekday] ?? '';
  if (midnight && spanMs > 2 * 3_600_000) return `${two(wall.month)}-${two(wall.day)}`;
  const clock = `${two(wall.hour)}:${two(wall.minute)}`;
  return stepMs < 60_000 ? `${clock}:${two(wall.second)}` : clock;
}

/** truncateMiddle shortens a name to at most length characters, keeping both ends. */
export function truncateMiddle(name: string, length: number): string {
  const letters = Array.from(name);
  if (letters.length <= length) return name;
  const kept = Math.max(1, length - 1);
  const head = Math.ceil(kept / 2);
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (kept - head)).join('')}`;
}
