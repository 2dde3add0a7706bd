// Time in pixel columns. A column has an absolute number, so a row stays in its column
// however the window moves, and a picture of columns can be moved by whole pixels. Charts and
// heat keep what they draw in this form. Strips and trails are small, drawn anew when they
// move by a pixel, and use its numbers alone; lanes show all that is remembered, which does
// not move but is stretched.

/** columnOf is the column of a time, counted from the beginning of time. */
export const columnOf = (t: number, msPerColumn: number): number => Math.floor(t / msPerColumn);

/** Columns are the smallest, largest and last value of one series in every column, and their mean. One row changes one column. */
export class Columns {
  readonly capacity: number;
  /** Which column a slot holds: what was there a turn earlier is not cleared but overwritten. */
  readonly #held: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #last: Float64Array;
  readonly #sum: Float64Array;
  readonly #count: Float64Array;
  readonly #joined: Uint8Array;
  #broken = false;
  /** Behind this column there never was one: at the right edge of a chart all that follow would be looked through in vain. */
  #newest = -Infinity;

  /** capacity is how many columns in a row are remembered. */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.#held = new Float64Array(capacity).fill(NaN);
    this.#min = new Float64Array(capacity);
    this.#max = new Float64Array(capacity);
    this.#last = new Float64Array(capacity);
    this.#sum = new Float64Array(capacity);
    this.#count = new Float64Array(capacity);
    this.#joined = new Uint8Array(capacity);
  }

  /** Adds the value of one row; a missing one (NaN) breaks the line. */
  add(column: number, value: number): void {
    this.addMany(column, value, value, value, 1);
  }

  /** Adds what count values come down to. */
  addMany(column: number, min: number, max: number, mean: number, count: number): void {
    if (Number.isNaN(mean)) {
      this.#broken = true;
      return;
    }
    const slot = this.#slot(column);
    if (this.#held[slot] === column) {
      this.#min[slot] = Math.min(this.#min[slot] ?? min, min);
      this.#max[slot] = Math.max(this.#max[slot] ?? max, max);
      this.#sum[slot] = (this.#sum[slot] ?? 0) + mean * count;
      this.#count[slot] = (this.#count[slot] ?? 0) + count;
    } else {
      this.#held[slot] = column;
      if (column > this.#newest) this.#newest = column;
      this.#min[slot] = min;
      this.#max[slot] = max;
      this.#sum[slot] = mean * count;
      this.#count[slot] = count;
      this.#joined[slot] = this.#broken ? 0 : 1;
    }
    this.#last[slot] = mean;
    this.#broken = false;
  }

  /** What comes next is not joined to what came before. */
  break(): void {
    this.#broken = true;
  }

  has(column: number): boolean {
    return this.#held[this.#slot(column)] === column;
  }

  /** The smallest value of a column, NaN where it has none; likewise the others. */
  min(column: number): number {
    return this.#at(this.#min, column);
  }

  max(column: number): number {
    return this.#at(this.#max, column);
  }

  last(column: number): number {
    return this.#at(this.#last, column);
  }

  mean(column: number): number {
    return this.#at(this.#sum, column) / this.#at(this.#count, column);
  }

  /** Whether nothing is missing between a column and the one before it that has values. */
  joined(column: number): boolean {
    return this.has(column) && this.#joined[this.#slot(column)] === 1;
  }

  /** The nearest column with values from a column on, downwards to another; −Infinity where there is none. */
  before(column: number, least: number): number {
    for (let at = column; at >= Math.max(least, column - this.capacity); at--) if (this.has(at)) return at;
    return -Infinity;
  }

  /** The nearest column with values from a column on, upwards to another; Infinity where there is none. */
  after(column: number, most: number): number {
    const end = Math.min(most, column + this.capacity, this.#newest);
    for (let at = column; at <= end; at++) if (this.has(at)) return at;
    return Infinity;
  }

  /** The largest value of the nearest column that stands for this one, too: so far ahead or behind. */
  near(column: number, ahead: number, behind: number): number {
    const after = this.after(column, column + ahead);
    const before = this.before(column, column - behind);
    return this.max(after - column < column - before ? after : before);
  }

  /** The largest value of the columns from..to, both inclusive; −Infinity where there is none. */
  largest(from: number, to: number): number {
    let largest = -Infinity;
    for (let column = from; column <= to; column++) {
      const slot = this.#slot(column);
      if (this.#held[slot] !== column) continue;
      const max = this.#max[slot] ?? 0;
      if (max > largest) largest = max;
    }
    return largest;
  }

  #slot(column: number): number {
    // Numbers of columns are beyond 32 bits, where a remainder takes twice as long as this.
    return column - Math.floor(column / this.capacity) * this.capacity;
  }

  #at(values: Float64Array, column: number): number {
    const slot = this.#slot(column);
    return this.#held[slot] === column ? (values[slot] ?? NaN) : NaN;
  }
}
