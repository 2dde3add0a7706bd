// The value axis: fixed for shares, else from 0 to a round number that grows at once and
// shrinks only after a while of small values, so that a line does not seem to jump.

/** How long values have to stay small before a free axis shrinks. */
const SHRINK_AFTER_MS = 30_000;

/** Base is in which steps an axis is round: 1-2-5 of tens, powers of two, or spans of time. */
export type Base = 'decimal' | 'binary' | 'duration';

/** Round spans from a minute on, in seconds; their halves are round as well. */
const SPANS = [60, 120, 600, 1200, 3600, 2 * 3600, 6 * 3600, 12 * 3600, 86_400] as const;

/** niceTop is the smallest round number that is not below value. */
export function niceTop(value: number, base: Base): number {
  if (!(value > 0)) return 1;
  if (base === 'binary') return 2 ** Math.ceil(Math.log2(value) - 1e-9);
  if (base === 'duration' && value > 30) return SPANS.find((span) => value <= span) ?? 86_400 * niceTop(value / 86_400, 'decimal');
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  for (const step of [1, 2, 5]) if (value <= step * power * (1 + 1e-9)) return step * power;
  return 10 * power;
}

/** FreeAxis chooses the top of an axis from the largest value on it. */
export class FreeAxis {
  readonly #base: Base;
  readonly #least: number;
  #top = 0;
  #smallSince: number | undefined;
  #peak = 0;

  /** least is the lowest top an axis may have. */
  constructor(base: Base, least: number) {
    this.#base = base;
    this.#least = least;
  }

  /** next returns the top for a largest value at a time in milliseconds. */
  next(largest: number, now: number): number {
    const wanted = Math.max(this.#least, niceTop(largest, this.#base));
    if (wanted >= this.#top) {
      this.#top = wanted;
      this.#smallSince = undefined;
      return this.#top;
    }
    // The time is that of what is shown: going back in it starts the wait anew.
    if (this.#smallSince === undefined || now < this.#smallSince) {
      this.#smallSince = now;
      this.#peak = wanted;
    }
    this.#peak = Math.max(this.#peak, wanted);
    if (now - this.#smallSince >= SHRINK_AFTER_MS) {
      this.#top = this.#peak;
      this.#smallSince = undefined;
    }
    return this.#top;
  }

  /** Forgets the past: the next value decides alone. */
  reset(): void {
    this.#top = 0;
    this.#smallSince = undefined;
  }
}

/** UnitAxis is a free axis that starts anew when it counts something else. */
export class UnitAxis {
  #axis: FreeAxis | undefined;
  #key = '';

  /** next is that of a free axis of a unit. */
  next(largest: number, now: number, unit: string, bits: boolean): number {
    const key = `${unit}|${bits}`;
    if (key !== this.#key || !this.#axis) {
      this.#axis = new FreeAxis(baseOf(unit, bits), leastTop(unit, bits));
      this.#key = key;
    }
    return this.#axis.next(largest, now);
  }

  reset(): void {
    this.#axis?.reset();
  }
}

/** leastTop is below what an axis of a unit never goes, so that noise does not fill a chart. */
export function leastTop(unit: string, bits: boolean): number {
  switch (unit) {
    case 'percent':
      return 1;
    case 'bytes':
      return 1024;
    case 'bytes/s':
    case 'bits/s':
      return bits ? 1000 : 1024;
    case 'seconds':
      return 0.001;
    default:
      return 1;
  }
}

/** baseOf is in which steps values of a unit are round. */
function baseOf(unit: string, bits: boolean): Base {
  if (unit === 'seconds') return 'duration';
  return unit === 'bytes' || (!bits && (unit === 'bytes/s' || unit === 'bits/s')) ? 'binary' : 'decimal';
}
