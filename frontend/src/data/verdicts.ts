// What was wrong with the host at moments: those that came live, and those that were asked
// for. One question at a time, and only the newest one, as for rows (past-rows.ts).

import type { Verdict } from '../wire/types';
import { ApiError, type Archive } from './archive';

interface VerdictsDeps {
  readonly archive: Pick<Archive, 'verdict'>;
  readonly later: (ms: number, run: () => void) => () => void;
  /** Called when the answer to the newest question has come, or cannot be had. */
  readonly ready: () => void;
}

/** Ten minutes of a host that is looked at. */
const KEPT = 600;
/** After a failure nothing is asked for this long. */
const PAUSE_MS = 2000;

/** Verdicts keeps those of the last moments, by the time of their row. */
export class Verdicts {
  readonly #deps: VerdictsDeps;
  readonly #known = new Map<number, Verdict | 'none'>();
  #asked: number | undefined;
  #wanted: number | undefined;
  #abort = new AbortController();
  #cancelPause: (() => void) | undefined;

  constructor(deps: VerdictsDeps) {
    this.#deps = deps;
  }

  /** That of the row at a time; 'loading' while it has not come, 'none' where it cannot be had. */
  at(t: number): Verdict | 'loading' | 'none' {
    return this.#known.get(t) ?? 'loading';
  }

  /** Asks for that of the row at a time, where it is not known. */
  want(t: number): void {
    if (this.#known.has(t)) return;
    this.#wanted = t;
    if (this.#asked === undefined && !this.#cancelPause) this.#request(t);
  }

  /** Keeps one that came by itself. */
  keep(verdict: Verdict): void {
    this.#put(verdict.at, verdict);
  }

  clear(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#known.clear();
    this.#asked = this.#wanted = undefined;
  }

  dispose(): void {
    this.clear();
    this.#cancelPause?.();
  }

  #put(t: number, verdict: Verdict | 'none'): void {
    this.#known.delete(t);
    this.#known.set(t, verdict);
    for (const key of this.#known.keys()) {
      if (this.#known.size <= KEPT) return;
      this.#known.delete(key);
    }
  }

  #request(t: number): void {
    this.#asked = t;
    const { signal } = this.#abort;
    this.#deps.archive.verdict(t, signal).then(
      (verdict) => {
        if (signal.aborted) return;
        this.#put(t, verdict.at === 0 ? 'none' : verdict);
        this.#next(t);
      },
      (error: unknown) => {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.status === 404) this.#put(t, 'none');
        else this.#pause();
        this.#next(t);
      },
    );
  }

  #next(answered: number): void {
    this.#asked = undefined;
    const wanted = this.#wanted;
    this.#wanted = undefined;
    this.#deps.ready();
    if (wanted !== undefined && wanted !== answered) this.want(wanted);
  }

  #pause(): void {
    this.#cancelPause ??= this.#deps.later(PAUSE_MS, () => {
      this.#cancelPause = undefined;
      this.#deps.ready();
    });
  }
}
