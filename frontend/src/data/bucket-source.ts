// Buckets for windows that reach beyond the rows held. Whoever draws asks at every frame
// and gets what there is; what is missing is fetched once, together with what the others
// asked for in the same frame, and announced.

import type { Archive, Buckets, BucketSeries } from './archive';
import type { Store } from './store';

interface BucketSourceDeps {
  readonly store: Store;
  readonly archive: Pick<Archive, 'buckets'>;
  readonly later: (ms: number, run: () => void) => () => void;
  /** Called when something that was asked for has come, or cannot be had. */
  readonly ready: () => void;
}

interface Entry {
  readonly from: number;
  readonly to: number;
  readonly buckets: Buckets;
}

interface Wish {
  readonly key: string;
  readonly names: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly points: number;
  readonly only: keyof BucketSeries | undefined;
}

/** Patterns that the server takes at most in one request. */
const MAX_PATTERNS = 32;
/** The share of a window that is extended from frames before it is fetched anew. */
const STALE_SHARE = 0.1;
/** After a refusal or a failure nothing is asked for this long. */
const PAUSE_MS = 3000;
const MAX_ENTRIES = 64;

/** BucketSource keeps the newest answer for every set of families and resolution. */
export class BucketSource {
  readonly #deps: BucketSourceDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #wishes = new Map<string, Wish>();
  readonly #pending = new Set<string>();
  #abort = new AbortController();
  #cancelFlush: (() => void) | undefined;
  #cancelPause: (() => void) | undefined;

  constructor(deps: BucketSourceDeps) {
    this.#deps = deps;
  }

  /**
   * Returns buckets of the named families (or patterns) that cover from..to but for its
   * newest part, which frames extend; undefined while they are being fetched. only is the
   * list of a series that is enough.
   */
  want(names: readonly string[], from: number, to: number, points: number, only?: keyof BucketSeries): Buckets | undefined {
    const span = to - from;
    const key = `${stepFor(span, points)}|${only ?? ''}|${names.join(',')}`;
    const entry = this.#entries.get(key);
    const covers = entry !== undefined && entry.from <= from && this.#reaches(entry, to, span);
    if (!covers && !this.#pending.has(key) && !this.#cancelPause) {
      this.#wishes.set(key, { key, names, from, to, points, only });
      this.#cancelFlush ??= this.#deps.later(0, () => this.#flush());
    }
    // While a moved window is fetched the old answer still shows what both have in common.
    return entry && entry.to > from && entry.from < to ? entry.buckets : undefined;
  }

  clear(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#entries.clear();
    this.#wishes.clear();
    this.#pending.clear();
  }

  dispose(): void {
    this.clear();
    this.#cancelFlush?.();
    this.#cancelPause?.();
  }

  /** Whether an entry together with the rows held reaches up to a time. */
  #reaches(entry: Entry, to: number, span: number): boolean {
    if (entry.to >= to) return true;
    const { store } = this.#deps;
    const rawFrom = store.length > 0 ? store.time(0) : Infinity;
    return rawFrom <= entry.to && to - entry.to <= Math.max(span * STALE_SHARE, 60_000);
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const wishes = Array.from(this.#wishes.values());
    this.#wishes.clear();
    const groups = new Map<string, Wish[]>();
    for (const wish of wishes) {
      const name = `${wish.from}|${wish.to}|${wish.points}|${wish.only ?? ''}`;
      const group = groups.get(name);
      if (group) group.push(wish);
      else groups.set(name, [wish]);
    }
    for (const group of groups.values()) for (const part of split(group)) this.#request(part);
  }

  #request(wishes: readonly Wish[]): void {
    const [first] = wishes;
    if (!first) return;
    const { from, to, points, only } = first;
    for (const wish of wishes) this.#pending.add(wish.key);
    const { signal } = this.#abort;
    const match = Array.from(new Set(wishes.flatMap((wish) => wish.names)));
    this.#deps
      .archive.buckets({ from, to, points, match, only, info: (id) => this.#deps.store.info(id), signal })
      .then(
        (buckets) => {
          if (signal.aborted) return;
          for (const wish of wishes) {
            this.#entries.delete(wish.key);
            this.#entries.set(wish.key, { from, to, buckets });
          }
          for (const key of this.#entries.keys()) {
            if (this.#entries.size <= MAX_ENTRIES) break;
            this.#entries.delete(key);
          }
        },
        () => {
          if (!signal.aborted) this.#pause();
        },
      )
      .finally(() => {
        for (const wish of wishes) this.#pending.delete(wish.key);
        if (!signal.aborted) this.#deps.ready();
      });
  }

  #pause(): void {
    this.#cancelPause ??= this.#deps.later(PAUSE_MS, () => {
      this.#cancelPause = undefined;
      this.#deps.ready();
    });
  }
}

/** The steps that the server takes, in seconds. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600] as const;

/** stepFor is the step of an answer: windows that grow by a row stay the same question. */
function stepFor(span: number, points: number): number {
  return STEPS.find((step) => step * 1000 * points >= span) ?? 3600 * Math.ceil(span / points / 3_600_000);
}

function split(wishes: readonly Wish[]): Wish[][] {
  const parts: Wish[][] = [];
  let part: Wish[] = [];
  let names = new Set<string>();
  for (const wish of wishes) {
    const joined = new Set([...names, ...wish.names]);
    if (part.length > 0 && joined.size > MAX_PATTERNS) {
      parts.push(part);
      part = [];
      names = new Set(wish.names);
    } else names = joined;
    part.push(wish);
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
