import { formatText, type FormatOptions } from '../lib/format';

/** What a chart's sentence is made of. */
interface CaptionFacts {
  readonly title: string;
  readonly unit: string;
  /** values are those of the window, oldest first; NaN is missing. */
  readonly values: ArrayLike<number>;
  /** clockAt writes the time of a value. */
  readonly clockAt: (index: number) => string;
}

/** captionOf says a chart in one sentence: "CPU 37 %, rising, highest 92 % at 18:02:31". */
export function captionOf({ title, unit, values, clockAt }: CaptionFacts, options: FormatOptions = {}): string {
  let highest = -1;
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (Number.isNaN(value)) continue;
    last = i;
    if (highest < 0 || value > (values[highest] ?? NaN)) highest = i;
  }
  const now = values[last];
  const top = values[highest];
  if (now === undefined || top === undefined) return `${title}: not measured`;
  return `${title} ${formatText(now, unit, options)}, ${trendOf(values, last)}, highest ${formatText(top, unit, options)} at ${clockAt(highest)}`;
}

/** A tenth of the range counts as movement, between the last tenth of the window and the one before. */
function trendOf(values: ArrayLike<number>, last: number): string {
  const part = Math.max(1, Math.floor((last + 1) / 10));
  const [now, before, range] = [meanOf(values, last + 1 - part, last + 1), meanOf(values, last + 1 - 2 * part, last + 1 - part), rangeOf(values)];
  if (Number.isNaN(before) || range === 0 || Math.abs(now - before) < range / 10) return 'steady';
  return now > before ? 'rising' : 'falling';
}

function meanOf(values: ArrayLike<number>, from: number, to: number): number {
  let sum = 0;
  let count = 0;
  for (let i = Math.max(0, from); i < to; i++) {
    const value = values[i] ?? NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count === 0 ? NaN : sum / count;
}

function rangeOf(values: ArrayLike<number>): number {
  let low = Infinity;
  let high = -Infinity;
  const end = values.length;
  for (let i = 0; i < end; i++) {
    const value = values[i] ?? NaN;
    if (Number.isNaN(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > low ? high - low : 0;
}
