// Every row counts: what should have come, what came, what was filled in later and what
// is lost, since this page was opened.

/** One time that rows did not come. */
export interface Interruption {
  /** The rows between which nothing came, in Unix milliseconds of the host. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly filled: number;
  /** How many of the filled rows are held by the API, in buckets, and not here. */
  readonly older: number;
  readonly lost: number;
}

/** How many interruptions are remembered. */
export const KEPT_INTERRUPTIONS = 5;

/** The counts on screen. */
export interface LedgerView {
  readonly expected: number;
  readonly received: number;
  readonly filled: number;
  readonly lost: number;
  readonly interruptions: number;
  /** The last ones, newest first. */
  readonly recent: readonly Interruption[];
}

/** Ledger keeps the counts. */
export class Ledger implements LedgerView {
  #expected = 0;
  #received = 0;
  #filled = 0;
  #lost = 0;
  #interruptions = 0;
  #older = 0;
  #recent: readonly Interruption[] = [];
  #open: { fromMs: number; filled: number; older: number; lost: number } | undefined;

  get expected(): number {
    return this.#expected;
  }

  get received(): number {
    return this.#received;
  }

  get filled(): number {
    return this.#filled;
  }

  get lost(): number {
    return this.#lost;
  }

  get interruptions(): number {
    return this.#interruptions;
  }

  get recent(): readonly Interruption[] {
    return this.#recent;
  }

  /** Whether an interruption has not been settled yet. */
  get interrupted(): boolean {
    return this.#open !== undefined;
  }

  expect(rows: number): void {
    this.#expected += rows;
  }

  receive(): void {
    this.#received++;
  }

  fill(): void {
    this.#filled++;
  }

  /** Rows that the API has, counted in its buckets. */
  fillOlder(rows: number): void {
    this.#filled += rows;
    this.#older += rows;
  }

  /** A row that was counted turned out to be half of one, and the rest is forgotten. */
  unfill(): void {
    this.#filled--;
  }

  interrupt(fromMs: number): void {
    this.#open ??= { fromMs, filled: this.#filled, older: this.#older, lost: this.#lost };
  }

  /** Counts what is still missing as lost and ends an open interruption. */
  settle(toMs: number): Interruption | undefined {
    this.#lost = Math.max(0, this.#expected - this.#received - this.#filled);
    if (!this.#open) return undefined;
    const { fromMs, filled, older, lost } = this.#open;
    this.#open = undefined;
    this.#interruptions++;
    const settled = { fromMs, toMs, filled: this.#filled - filled, older: this.#older - older, lost: this.#lost - lost };
    this.#recent = [settled, ...this.#recent].slice(0, KEPT_INTERRUPTIONS);
    return settled;
  }
}
