// What the server remembers of a table, fetched in blocks and kept, so that a moving
// cursor is answered from here and five minutes cost a handful of requests.

import type { Remembered } from '../data/archive';
import type { Process } from './rows';
import { trailLength } from './trails';

/** One remembered second: who was on top, and what the rest took together. */
interface TableSecond<R> {
  readonly seq: number;
  /** Unix milliseconds. */
  readonly t: number;
  readonly rows: readonly R[];
  readonly others: Others;
}

export type PastSecond = TableSecond<Process>;

/** The rows that are not remembered one by one. */
export interface Others {
  readonly count: number;
  /** What they took together; null where it does not add up. */
  readonly cpu: number | null;
  readonly io: number | null;
}

interface MemoryDeps<R> {
  /** Fetches what is remembered of the rows from..to, both inclusive. */
  readonly fetch: (from: number, to: number, signal: AbortSignal) => Promise<readonly Remembered[]>;
  readonly toSecond: (remembered: Remembered) => TableSecond<R>;
  /** The newest row there is. */
  readonly newest: () => number;
  /** How many rows back an observation still counts. */
  readonly reach: () => number;
  readonly later: (ms: number, run: () => void) => () => void;
  /** Called when something has come, or cannot be had. */
  readonly ready: () => void;
}

export const blockRows = 60;
export const maxBlocks = 30;
/** What is wanted once a block is there: its neighbours, then what its five minutes begin with. */
const ahead = [-1, 1, -2, -3, -4, -5];
/** After a failure nothing is asked for so long. */
const pauseMs = 2000;

interface Block<R> {
  /** The last row that the server had when it answered. */
  readonly through: number;
  readonly seconds: ReadonlyMap<number, TableSecond<R>>;
}

/** What is remembered of the processes. */
export type ProcessMemory = TableMemory<Process>;

/** TableMemory asks one question at a time, what is looked at first, then its neighbours. */
export class TableMemory<R extends { readonly key: string; readonly cpu: number | null }> {
  readonly #deps: MemoryDeps<R>;
  readonly #blocks = new Map<number, Block<R>>();
  #wanted: number[] = [];
  #asking: number | undefined;
  #abort = new AbortController();
  #cancelPause: (() => void) | undefined;

  constructor(deps: MemoryDeps<R>) {
    this.#deps = deps;
  }

  /** Returns the newest observation at or shortly before a row; 'loading' while it is on its way. */
  at(seq: number): TableSecond<R> | 'loading' | 'none' {
    const block = blockOf(seq);
    const known = this.#block(block, Math.min(seq, this.#deps.newest()));
    if (known) this.#want(ahead.map((step) => block + step));
    else this.#ask([block]);
    if (!known) return 'loading';
    for (let each = seq; each >= Math.max(1, seq - this.#deps.reach()); each--) {
      const second = this.#second(each);
      if (second) return second;
    }
    return 'none';
  }

  /** Asks for the rows up to one, the newest first; for five minutes where it is not said from which on. */
  prefetch(seq: number, from = seq - trailLength + 1): void {
    const blocks: number[] = [];
    for (let block = blockOf(seq); block >= Math.max(0, blockOf(from)); block--) blocks.push(block);
    this.#want(blocks);
  }

  /** Every known second of the rows from..to, in order. */
  *seconds(from: number, to: number): Generator<TableSecond<R>> {
    for (let seq = Math.max(1, from); seq <= to; seq++) {
      const second = this.#second(seq);
      if (second) yield second;
    }
  }

  /** Every known second there is, in no order. */
  *all(): Generator<TableSecond<R>> {
    for (const { seconds } of this.#blocks.values()) yield* seconds.values();
  }

  /** What a row used of a processor in the five minutes up to a row; NaN where it is not known. */
  trail(key: string, seq: number): Float64Array {
    const values = new Float64Array(trailLength).fill(NaN);
    for (const second of this.seconds(seq - trailLength + 1, seq)) {
      const cpu = second.rows.find((row) => row.key === key)?.cpu;
      if (cpu !== null && cpu !== undefined) values[trailLength - 1 - (seq - second.seq)] = cpu;
    }
    return values;
  }

  /** Forgets everything: rows belong to one instance of the server. */
  clear(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#blocks.clear();
    this.#wanted = [];
    this.#asking = undefined;
  }

  dispose(): void {
    this.clear();
    this.#cancelPause?.();
  }

  #second(seq: number): TableSecond<R> | undefined {
    return this.#blocks.get(blockOf(seq))?.seconds.get(seq);
  }

  /** A block that reaches to a row at least; looked at, it is kept longer than others. */
  #block(number: number, seq: number): Block<R> | undefined {
    const block = this.#blocks.get(number);
    if (!block || block.through < seq) return undefined;
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    return block;
  }

  #want(blocks: readonly number[]): void {
    const newest = this.#deps.newest();
    this.#ask(blocks.filter((block) => block >= 0 && block <= blockOf(newest) && !this.#isComplete(block, newest)));
  }

  #ask(blocks: readonly number[]): void {
    this.#wanted = blocks.filter((block) => block !== this.#asking);
    this.#next();
  }

  /** What is newer than the answer is asked for only when somebody looks at it. */
  #isComplete(block: number, newest: number): boolean {
    const known = this.#blocks.get(block);
    return known !== undefined && (known.through >= lastOf(block) || newest - known.through < blockRows);
  }

  #next(): void {
    // While a server that was started anew has not told a row there is nothing to ask for.
    if (this.#asking !== undefined || this.#cancelPause || this.#deps.newest() === 0) return;
    const block = this.#wanted.shift();
    if (block === undefined) return;
    this.#asking = block;
    const through = Math.min(lastOf(block), this.#deps.newest());
    const { signal } = this.#abort;
    this.#deps.fetch(Math.max(1, block * blockRows), through, signal).then(
      (found) => {
        if (signal.aborted) return;
        this.#keep(block, { through, seconds: new Map(found.map((each) => [each.seq, this.#deps.toSecond(each)])) });
        this.#answered();
      },
      () => {
        if (signal.aborted) return;
        this.#cancelPause = this.#deps.later(pauseMs, () => {
          this.#cancelPause = undefined;
          this.#answered();
        });
      },
    );
  }

  #answered(): void {
    this.#asking = undefined;
    this.#deps.ready();
    this.#next();
  }

  #keep(number: number, block: Block<R>): void {
    this.#blocks.delete(number);
    this.#blocks.set(number, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= maxBlocks) return;
      this.#blocks.delete(oldest);
    }
  }
}

const blockOf = (seq: number): number => Math.floor(seq / blockRows);
const lastOf = (block: number): number => (block + 1) * blockRows - 1;
