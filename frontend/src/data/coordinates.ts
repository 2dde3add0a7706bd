// Where rows stand. A row is told by its sequence number, which begins anew with every
// instance of the server. Its position goes on across instances: position = seq + offset,
// and the rows of an earlier instance lie below the boundary. Who reads counts rows by
// index, from the oldest one held; columns keep them in slots.

import { Rows } from './rows';

export class Coordinates {
  readonly rows = new Rows();
  #offset = 0;
  #boundary = 0;

  /** The position of the first row of this instance. */
  get boundary(): number {
    return this.#boundary;
  }

  /** The lowest and highest sequence number held of this instance; 0 while there is none. */
  get oldest(): number {
    return this.newest === 0 ? 0 : Math.max(this.rows.first, this.#boundary) - this.#offset;
  }

  get newest(): number {
    return this.rows.length > 0 && this.rows.last >= this.#boundary ? this.rows.last - this.#offset : 0;
  }

  /** The time of the newest row of any instance, 0 while there is none. */
  get newestTime(): number {
    return this.rows.length > 0 ? this.rows.time(this.rows.last) : 0;
  }

  positionOf(seq: number): number {
    return seq + this.#offset;
  }

  seqOf(position: number): number {
    return position - this.#offset;
  }

  slotOf(seq: number): number {
    return this.positionOf(seq) - this.rows.base;
  }

  slotAt(index: number): number {
    return this.rows.first + index - this.rows.base;
  }

  /** The index of a row of this instance, −1 if it is not held. */
  indexOf(seq: number): number {
    const position = this.positionOf(seq);
    return position >= this.#boundary && this.rows.has(position) ? position - this.rows.first : -1;
  }

  /** The sequence number at an index, undefined for a hole or another instance. */
  seqAt(index: number): number | undefined {
    const position = this.rows.first + index;
    return position >= this.#boundary && this.rows.has(position) ? this.seqOf(position) : undefined;
  }

  /** Whether the row before one is held, is the newest, and is of this instance. */
  follows(seq: number): boolean {
    const before = this.positionOf(seq) - 1;
    return before === this.rows.last && before >= this.#boundary && this.rows.has(before);
  }

  /** Whether the first row of an instance is not later than the last one of the instance before: their rows cannot share one axis. */
  turnsBack(t: number): boolean {
    return this.rows.length > 0 && this.rows.last === this.#boundary - 1 && t <= this.rows.time(this.rows.last);
  }

  /** The rows of a new instance go on behind those of the old one; oldest is the first that it remembers. */
  continueWith(oldest: number): void {
    this.#boundary = this.rows.length > 0 ? this.rows.last + 1 : 0;
    this.#offset = this.rows.length > 0 ? this.#boundary - Math.max(1, oldest) : 0;
  }

  clear(): void {
    this.rows.clear();
    this.#offset = 0;
    this.#boundary = 0;
  }
}
