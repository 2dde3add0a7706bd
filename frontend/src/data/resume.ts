// What is still to come: which rows are expected, of which only the priority columns are
// here, and which the API has to count. From this follows when an interruption is over.

import type { HelloMessage, HistoryMessage } from '../wire/types';
import type { OlderRows } from './change';
import type { Coordinates } from './coordinates';
import { type Interruption, Ledger } from './ledger';

export class Resume {
  readonly ledger = new Ledger();
  readonly #at: Coordinates;
  /** The highest row of this instance that is expected, known or not. */
  #expected = 0;
  /** Rows up to here were there before this page was opened. */
  #joined = 0;
  /** The rows with priority columns only; from is 0 where there are none. */
  #partial = { from: 0, to: 0 };
  /** Rows that the API was asked to count. */
  #older: readonly OlderRows[] = [];

  constructor(at: Coordinates) {
    this.#at = at;
  }

  get partial(): { readonly from: number; readonly to: number } | undefined {
    return this.#partial.from > 0 ? this.#partial : undefined;
  }

  /** The page has no rows and meets its first instance. */
  join(hello: HelloMessage): void {
    this.#joined = hello.newest;
    this.#expected = hello.newest;
  }

  /** Another instance answers: what the one before recorded was never to come. */
  restart(hello: HelloMessage): void {
    this.#older = [];
    this.#joined = Math.max(0, hello.oldest - 1, (hello.first ?? 1) - 1);
    this.#expected = this.#joined;
  }

  /** The rows up to one are there to be had. */
  expect(seq: number): void {
    if (seq <= this.#expected) return;
    this.ledger.expect(seq - this.#expected);
    this.#expected = seq;
  }

  /** A row came that was not held. */
  count(seq: number, filled: boolean): void {
    if (seq <= this.#joined) return;
    if (filled) this.ledger.fill();
    else this.ledger.receive();
  }

  /** A row that was counted is dropped: the rest of it is forgotten. */
  uncount(seq: number): void {
    if (seq > this.#joined) this.ledger.unfill();
  }

  /** Knows which rows are partial, and drops those that stay so. */
  followParts({ seq, part, gap }: HistoryMessage, drop: (seq: number) => void): void {
    let { from, to } = this.#partial;
    if (gap && gap.from <= from) while (from <= Math.min(gap.to, to)) drop(from++);
    if (part === 'first') {
      if (from === 0 || from > to) from = seq[0] ?? 0;
      to = Math.max(to, seq.at(-1) ?? 0);
    } else if (part === 'rest') for (const each of seq) if (each === from) from++;
    this.#partial = from > to ? { from: 0, to: 0 } : { from, to };
  }

  /** The rows that are held are forgotten, the partial ones too. */
  forgetPartial(): void {
    this.#partial = { from: 0, to: 0 };
  }

  askOlder(rows: OlderRows): void {
    this.#older = [...this.#older, rows];
  }

  /** The API has found so many of some rows; false where they are of another instance. */
  countOlder(rows: OlderRows, found: number): boolean {
    if (!this.#older.includes(rows)) return false;
    this.#older = this.#older.filter((each) => each !== rows);
    this.ledger.fillOlder(Math.min(found, rows.to - rows.from + 1));
    return true;
  }

  /** Ends an interruption, unless rows that are known to be there are still on their way: what is missing is not lost yet. */
  settle(): Interruption | undefined {
    if (this.#at.newest < this.#expected || this.#older.length > 0) return undefined;
    return this.ledger.settle(this.#at.newestTime);
  }
}
