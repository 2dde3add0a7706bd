// The stretches of time without rows, and why: ticks that were skipped, rows that did not
// come, rows that are no longer remembered, and restarts of the server.

import type { Start } from '../wire/types';
import type { Coordinates } from './coordinates';

/** Why a stretch of time has no rows. */
type GapKind = 'not-sampled' | 'not-received' | 'not-remembered' | 'restart';

/** A stretch of time without rows, in Unix milliseconds; a restart is where it begins. */
export interface TimeGap {
  readonly from: number;
  readonly to: number;
  readonly kind: GapKind;
  readonly why: string;
}

/** Ticks that were skipped before a row. */
export interface Skipped {
  readonly count: number;
  readonly why: string;
}

/** How many stretches that are no longer remembered are kept. */
const KEPT = 32;

export class Gaps {
  readonly #at: Coordinates;
  readonly #skipped = new Map<number, Skipped>();
  /** Rows that were said to be no longer remembered, by position. */
  #forgotten: { readonly from: number; readonly to: number }[] = [];
  /** Rows that are remembered and could not be read when they were asked for, by position. */
  #unread: { readonly from: number; readonly to: number; readonly why: string }[] = [];
  /** The gaps between the rows held, up to a position; only a new row at the end leaves them as they are. */
  #found: { upTo: number; readonly gaps: TimeGap[] } = { upTo: -1, gaps: [] };
  /** How the instance before ended, by the first row of the one that followed. */
  #starts: ReadonlyMap<number, string> = new Map();

  constructor(at: Coordinates) {
    this.#at = at;
  }

  /** The ticks that were skipped just before the row at an index. */
  skippedBefore(index: number): Skipped | undefined {
    return this.#skipped.get(this.#at.rows.first + index);
  }

  skip(seq: number, count: number, why: string): void {
    this.#skipped.set(this.#at.positionOf(seq), { count, why });
  }

  unskip(seq: number): void {
    this.#skipped.delete(this.#at.positionOf(seq));
  }

  /** Drops what is known of rows that are no longer held. */
  trim(): void {
    for (const position of this.#skipped.keys()) if (position < this.#at.rows.base) this.#skipped.delete(position);
  }

  /** The rows from..to, both inclusive, are no longer remembered. */
  forget(from: number, to: number): void {
    this.#forgotten = [...this.#forgotten, { from: this.#at.positionOf(from), to: this.#at.positionOf(to) }].slice(-KEPT);
  }

  /** The rows from..to, both inclusive, are remembered and cannot be read now. */
  leaveUnread(from: number, to: number, why: string): void {
    this.#unread = [...this.#unread, { from: this.#at.positionOf(from), to: this.#at.positionOf(to), why }].slice(-KEPT);
  }

  startsWere(starts: readonly Start[] | undefined): void {
    this.#starts = new Map(starts?.map(({ seq, why }) => [seq, why]));
  }

  /** Rows changed in another way than by one that was added behind the newest. */
  revise(): void {
    this.#found = { upTo: -1, gaps: [] };
  }

  clear(): void {
    this.#skipped.clear();
    this.#forgotten = [];
    this.#unread = [];
    this.revise();
  }

  /** The gaps that touch from..to; before rememberedFrom nothing is remembered. */
  within(from: number, to: number, rememberedFrom: number): TimeGap[] {
    const { rows } = this.#at;
    if (rows.length <= 0) return [];
    this.#find();
    const gaps = this.#found.gaps.filter((gap) => gap.to >= from && gap.from <= to);
    const oldest = rows.time(rows.first);
    const known = Math.min(rememberedFrom > 0 ? rememberedFrom : Infinity, oldest);
    const unread = known < oldest && from < oldest ? this.#whyUnread(rows.first - 1) : '';
    if (unread !== '') gaps.unshift({ from: Math.max(from, known), to: oldest, kind: 'not-received', why: unread });
    if (from < known) gaps.unshift({ from, to: Math.min(known, to), kind: 'not-remembered', why: '' });
    return gaps;
  }

  /** Looks behind the row up to which gaps are known: every chart asks at every row. */
  #find(): void {
    const { rows } = this.#at;
    if (this.#found.upTo < rows.first) this.#found = { upTo: rows.first, gaps: [] };
    const { gaps } = this.#found;
    let before = this.#found.upTo;
    for (let position = before + 1; position <= rows.last; position++) {
      if (!rows.has(position)) continue;
      const gap = this.#between(before, position);
      if (gap) gaps.push(gap);
      before = position;
    }
    this.#found.upTo = before;
    // Of a gap that reaches beyond the rows held nothing is known any more.
    while ((gaps[0]?.from ?? Infinity) < rows.time(rows.first)) gaps.shift();
  }

  /** The gap between two rows that follow each other, by position. */
  #between(before: number, position: number): TimeGap | undefined {
    const { rows, boundary } = this.#at;
    const times = { from: rows.time(before), to: rows.time(position) };
    const ended = position === boundary ? '' : this.#starts.get(this.#at.seqOf(position));
    if (ended !== undefined && position >= boundary) return { ...times, kind: 'restart', why: ended };
    if (position - before > 1) return { ...times, ...this.#absent(before + 1) };
    const skipped = this.#skipped.get(position);
    return skipped && { ...times, kind: 'not-sampled', why: skipped.why };
  }

  /** Why a row is not here that was to be there. */
  #absent(position: number): Pick<TimeGap, 'kind' | 'why'> {
    return this.#isForgotten(position) ? { kind: 'not-remembered', why: '' } : { kind: 'not-received', why: this.#whyUnread(position) };
  }

  #whyUnread(position: number): string {
    return this.#unread.find(({ from, to }) => position >= from && position <= to)?.why ?? '';
  }

  #isForgotten(position: number): boolean {
    return this.#forgotten.some(({ from, to }) => position >= from && position <= to);
  }
}
