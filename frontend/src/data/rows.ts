// Which rows are held, and when they were. A row stands at the slot of its sequence
// number, so batches of history may come in any order and a hole stays a hole.

/** How many of the newest rows are kept raw. */
export const KEPT_ROWS = 3600;
/** Room beyond them, so that cells move once in a while and not at every row. */
const SLACK = 600;
/** The number of slots of every column. */
export const SLOTS = KEPT_ROWS + SLACK;

/** Rows maps positions (sequence numbers continued across instances) to slots. */
export class Rows {
  readonly #times = new Float64Array(SLOTS).fill(NaN);
  #base = 0;
  #first = 0;
  #last = -1;

  /** The position of slot 0. */
  get base(): number {
    return this.#base;
  }

  /** The lowest and the highest position held; first > last while there is none. */
  get first(): number {
    return this.#first;
  }

  get last(): number {
    return this.#last;
  }

  get length(): number {
    return this.#last - this.#first + 1;
  }

  has(position: number): boolean {
    return position >= this.#first && position <= this.#last && !Number.isNaN(this.time(position));
  }

  /** Unix milliseconds of a row, NaN where it was not received. */
  time(position: number): number {
    return this.#times[position - this.#base] ?? NaN;
  }

  /**
   * Makes room for a row and returns its slot, or −1 if it is older than what is kept.
   * moved is called with the number of slots by which all cells move to the front first.
   */
  place(position: number, t: number, moved: (slots: number) => void): number {
    if (this.length <= 0) {
      this.#base = Math.max(0, position - KEPT_ROWS + 1);
      this.#first = position;
      this.#last = position;
    } else if (position > this.#last) {
      this.#makeRoom(position, moved);
      this.#last = position;
      if (this.#first > position) this.#first = position;
    } else if (position < this.#first) {
      if (position < this.#base || position <= this.#last - KEPT_ROWS) return -1;
      this.#first = position;
    }
    const slot = position - this.#base;
    this.#times[slot] = t;
    this.#trim();
    return slot;
  }

  /** The position of the row at the given time or the nearest before it, −1 if there is none. */
  atTime(ms: number): number {
    let low = this.#first;
    let high = this.#last;
    while (low <= high) {
      let middle = (low + high) >> 1;
      // A hole has no time: look at the nearest row before it.
      while (middle >= low && Number.isNaN(this.time(middle))) middle--;
      if (middle < low) {
        low = ((low + high) >> 1) + 1;
        continue;
      }
      if (this.time(middle) <= ms) low = ((low + high) >> 1) + 1;
      else high = middle - 1;
    }
    for (let position = low - 1; position >= this.#first; position--) if (this.has(position)) return position;
    return -1;
  }

  /** Makes a hole of a row. */
  drop(position: number): void {
    if (!this.has(position)) return;
    this.#times[position - this.#base] = NaN;
    while (this.#last >= this.#first && Number.isNaN(this.time(this.#last))) this.#last--;
    if (this.length > 0) this.#trim();
  }

  clear(): void {
    this.#times.fill(NaN);
    this.#base = 0;
    this.#first = 0;
    this.#last = -1;
  }

  #makeRoom(position: number, moved: (slots: number) => void): void {
    if (position - this.#base < SLOTS) return;
    const slots = position - KEPT_ROWS + 1 - this.#base;
    this.#base += slots;
    if (slots >= SLOTS) this.#times.fill(NaN);
    else {
      this.#times.copyWithin(0, slots);
      this.#times.fill(NaN, SLOTS - slots);
    }
    moved(Math.min(slots, SLOTS));
    this.#first = Math.max(this.#first, this.#base);
  }

  /** The first row held is one that was received. */
  #trim(): void {
    this.#first = Math.max(this.#first, this.#last - KEPT_ROWS + 1);
    while (this.#first < this.#last && Number.isNaN(this.time(this.#first))) this.#first++;
  }
}
