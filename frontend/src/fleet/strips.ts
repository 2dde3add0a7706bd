// The last quarter of an hour of hosts: fetched once for those that are seen, and gone on
// with by what arrives. What is not known stays a gap.

import { type Host, type Level, resourceNames } from './hosts';

/** A strip has so many steps, of 10 s as the hub keeps them. */
export const steps = 90;
/** One more than a strip shows would do; a power of two is quick. */
const ring = 128;
const unknown = 255;

/** What api/v1/hosts/strips answers. */
export interface StripsAnswer {
  readonly stepMs: number;
  readonly fromMs: number;
  readonly steps: number;
  readonly hosts: Readonly<Record<string, Readonly<Record<string, { readonly levels: string; readonly use?: readonly (number | null)[] }>>>>;
}

/** What one resource was in one step. */
export interface Step {
  readonly level: Level;
  readonly use: number | null;
}

interface HostStrips {
  /** By resource and step: level and use, and the step that is meant. */
  readonly levels: Uint8Array;
  readonly uses: Uint8Array;
  readonly at: Float64Array;
  revision: number;
}

/** Strips remembers hosts; stepMs is the hub's. */
export class Strips {
  readonly #hosts = new Map<string, HostStrips>();
  #stepMs = 10_000;

  get stepMs(): number {
    return this.#stepMs;
  }

  /** Takes what the hub remembers. What arrived meanwhile is in there as well. */
  fill(answer: StripsAnswer, asked: readonly string[]): void {
    if (answer.stepMs !== this.#stepMs) this.clear();
    this.#stepMs = answer.stepMs;
    const from = Math.floor(answer.fromMs / answer.stepMs);
    for (const id of asked) {
      const of = this.#of(id);
      of.revision++;
      resourceNames.forEach((name, r) => {
        const strip = answer.hosts[id]?.[name];
        for (let i = 0; strip && i < answer.steps; i++) {
          const level = strip.levels.charCodeAt(i) - 48;
          const use = strip.use?.[i] ?? null;
          if (level >= 0 && level <= 2) put(of, r, from + i, level, use);
        }
      });
    }
  }

  /** Goes on with what hosts say now; those that are silent say nothing. */
  add(hosts: readonly Host[], ms: number): void {
    const step = Math.floor(ms / this.#stepMs);
    for (const host of hosts) {
      const of = this.#hosts.get(host.id);
      if (!of || host.standing === 'silent') continue;
      host.resources.forEach(({ level, use }, r) => {
        if (level !== null && put(of, r, step, level, use)) of.revision++;
      });
    }
  }

  knows(id: string): boolean {
    return this.#hosts.has(id);
  }

  /** Rises when a strip of the host is another one. */
  revision(id: string): number {
    return this.#hosts.get(id)?.revision ?? 0;
  }

  /** What a resource was in the steps from..to: the worst of them. */
  read(id: string, resource: number, from: number, to: number): Step {
    const of = this.#hosts.get(id);
    let level = -1;
    let use = -1;
    for (let step = from; of && step <= to; step++) {
      const i = place(resource, step);
      if (of.at[i] !== step) continue;
      level = Math.max(level, of.levels[i] ?? -1);
      const used = of.uses[i] ?? unknown;
      if (used !== unknown) use = Math.max(use, used);
    }
    return { level: level < 0 ? null : level, use: use < 0 ? null : use };
  }

  clear(): void {
    this.#hosts.clear();
  }

  #of(id: string): HostStrips {
    let of = this.#hosts.get(id);
    if (!of) {
      const size = ring * resourceNames.length;
      of = { levels: new Uint8Array(size), uses: new Uint8Array(size).fill(unknown), at: new Float64Array(size).fill(-1), revision: 0 };
      this.#hosts.set(id, of);
    }
    return of;
  }
}

const place = (resource: number, step: number): number => resource * ring + (step % ring);

/** put adds to a step the worst of what it was, and reports whether that is something else. */
function put(of: HostStrips, resource: number, step: number, level: number, use: number | null): boolean {
  const i = place(resource, step);
  const used = use === null ? unknown : Math.round(Math.min(100, Math.max(0, use)));
  if (of.at[i] !== step) {
    of.at[i] = step;
    of.levels[i] = level;
    of.uses[i] = used;
    return true;
  }
  const before = of.uses[i] ?? unknown;
  const worse = level > (of.levels[i] ?? 0);
  const fuller = used !== unknown && (before === unknown || used > before);
  if (worse) of.levels[i] = level;
  if (fuller) of.uses[i] = used;
  return worse || fuller;
}
