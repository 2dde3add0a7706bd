// Events of times that the socket did not tell of: those before the page came. A time is asked
// for once, one question at a time; what comes is kept among those that came live.

import type { HostEvent } from '../wire/types';
import type { Archive } from './archive';

interface PastEventsDeps {
  readonly archive: Pick<Archive, 'events'>;
  readonly later: (ms: number, run: () => void) => () => void;
  /** Takes what has come. */
  readonly came: (events: readonly HostEvent[]) => void;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The newest so many of a stretch are enough for marks in a picture of it. */
const LIMIT = 1000;
/** After a failure nothing is asked for this long. */
const PAUSE_MS = 5000;

/** What every program does all the time: a picture of it would be one of nothing else. */
const EVERYDAY_KINDS: readonly string[] = ['exec', 'exit'];

/** isTold says whether an event is worth a mark in a picture: what is everyday is when it went wrong. */
export const isTold = ({ kind, level }: HostEvent): boolean => !EVERYDAY_KINDS.includes(kind) || level === 'warning' || level === 'critical';

/** PastEvents asks for what is looked at. */
export class PastEvents {
  readonly #deps: PastEventsDeps;
  /** What was asked for, ascending, none touching another. */
  #known: readonly Stretch[] = [];
  /** From when on the socket tells of them. */
  #until: number | undefined;
  #abort = new AbortController();
  #busy = false;
  #cancelPause: (() => void) | undefined;

  constructor(deps: PastEventsDeps) {
    this.#deps = deps;
  }

  /** Asks for the newest part of a time that was not asked for yet. */
  want(from: number, to: number): void {
    this.#until ??= to;
    if (this.#busy || this.#cancelPause) return;
    const gap = gapIn(this.#known, from, Math.min(to, this.#until));
    if (!gap) return;
    this.#busy = true;
    const { signal } = this.#abort;
    this.#deps.archive.events({ ...gap, kinds: EVERYDAY_KINDS.map((kind) => `-${kind}`), limit: LIMIT }, signal).then(
      ({ events }) => {
        if (signal.aborted) return;
        this.#busy = false;
        this.#known = joined([...this.#known, gap]);
        this.#deps.came(events);
      },
      () => {
        if (signal.aborted) return;
        this.#busy = false;
        this.#cancelPause = this.#deps.later(PAUSE_MS, () => (this.#cancelPause = undefined));
      },
    );
  }

  clear(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#known = [];
    this.#until = undefined;
    this.#busy = false;
  }

  dispose(): void {
    this.clear();
    this.#cancelPause?.();
  }
}

/** gapIn is the last part of a stretch that lies in none of those that are known. */
export function gapIn(known: readonly Stretch[], from: number, to: number): Stretch | undefined {
  let end = to;
  for (const each of known.toReversed()) {
    if (each.from >= end) continue;
    if (each.to < end) return { from: Math.max(from, each.to), to: end };
    end = each.from;
    if (end <= from) return undefined;
  }
  return end > from ? { from, to: end } : undefined;
}

/** joined puts together what touches. */
export function joined(all: readonly Stretch[]): readonly Stretch[] {
  const out: Stretch[] = [];
  for (const each of all.toSorted((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last && each.from <= last.to) out[out.length - 1] = { from: last.from, to: Math.max(last.to, each.to) };
    else out.push(each);
  }
  return out;
}
