// Which of many instances are drawn, and in which colour. Both stay as they are unless
// something really changed: a chart whose lines trade places cannot be read.

const RERANK_MS = 30_000;
/** A newcomer has to be this much larger than the smallest one shown. */
const HYSTERESIS = 1.2;

/** Ranking is the memory of one panel. */
export class Ranking {
  readonly #colors = new Map<number, string>();
  #top = new Set<number>();
  #rankedAt = -Infinity;
  #stale = true;
  #means: (id: number) => number = () => 0;
  #version = 0;

  /** Rises when other instances may be the largest. */
  get version(): number {
    return this.#version;
  }

  /** Gives means to rank by; it is taken up every 30 seconds of the given time. */
  update(now: number, means: (id: number) => number): void {
    if (Math.abs(now - this.#rankedAt) < RERANK_MS) return;
    this.#rankedAt = now;
    this.#means = means;
    this.#stale = true;
    this.#version++;
  }

  /** Whether {@link update} would be taken up. */
  due(now: number): boolean {
    return Math.abs(now - this.#rankedAt) >= RERANK_MS;
  }

  /** The largest of the ids, at most count of them. */
  top(ids: readonly number[], count: number): ReadonlySet<number> {
    const known = new Set(ids);
    const kept = Array.from(this.#top).filter((id) => known.has(id));
    if (!this.#stale && kept.length === Math.min(count, ids.length)) return this.#top;
    this.#stale = false;
    const was = this.#top;
    const weight = (id: number): number => this.#means(id) * (was.has(id) ? HYSTERESIS : 1);
    const order = ids.map((id) => ({ id, weight: weight(id) })).sort((a, b) => b.weight - a.weight || a.id - b.id);
    this.#top = new Set(order.slice(0, count).map(({ id }) => id));
    for (const id of this.#colors.keys()) if (!this.#top.has(id)) this.#colors.delete(id);
    return this.#top;
  }

  /** The colour of an id: the one it has, else the first that no other has. */
  color(id: number, tokens: readonly string[]): string {
    const known = this.#colors.get(id);
    if (known !== undefined) return known;
    const used = new Set(this.#colors.values());
    const color = tokens.find((token) => !used.has(token)) ?? tokens[this.#colors.size % tokens.length] ?? 'c8';
    this.#colors.set(id, color);
    return color;
  }
}
