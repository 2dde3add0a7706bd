// The catalogue of series, panels, resources and tables, complete on joining and kept
// by differences afterwards.

import type { Match, Panel, Resource, SchemaMessage, SeriesInfo, TableInfo } from '../wire/types';

/** seriesKey is what makes a series itself across instances: its name and labels. */
export function seriesKey(info: SeriesInfo): string {
  const labels = Object.entries(info.labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [info.name, ...labels.flat()].join('\u0000');
}

/** matches says whether a series has one of the wanted values for every name, as label or as info. */
export function matches(info: SeriesInfo, match: Match | undefined): boolean {
  if (!match) return true;
  return Object.entries(match).every(([name, wanted]) => {
    const value = info.labels?.[name] ?? info.info?.[name];
    return value !== undefined && wanted.includes(value);
  });
}

const NONE: readonly SeriesInfo[] = [];

/** Schema is what the newest revision says. */
export class Schema {
  readonly #series = new Map<number, SeriesInfo>();
  #families = new Map<string, readonly SeriesInfo[]>();
  #all: readonly SeriesInfo[] = [];
  /** What was found in a family by a match, until the next revision: every cell asks at every row. */
  readonly #found = new Map<string, WeakMap<Match, readonly SeriesInfo[]>>();
  #rev = -1;
  panels: readonly Panel[] = [];
  resources: readonly Resource[] = [];
  tables: readonly TableInfo[] = [];

  /** The revision, −1 before the first one. */
  get rev(): number {
    return this.#rev;
  }

  get all(): readonly SeriesInfo[] {
    return this.#all;
  }

  get(id: number): SeriesInfo | undefined {
    return this.#series.get(id);
  }

  family(name: string): readonly SeriesInfo[] {
    return this.#families.get(name) ?? NONE;
  }

  /** The series of a family with one of the wanted values for every name. A match that is kept is answered without looking. */
  find(family: string, match: Match | undefined): readonly SeriesInfo[] {
    if (!match) return this.family(family);
    let known = this.#found.get(family);
    if (!known) this.#found.set(family, (known = new WeakMap()));
    const before = known.get(match);
    if (before) return before;
    const found = this.family(family).filter((info) => matches(info, match));
    known.set(match, found);
    return found;
  }

  /** Applies a message and returns whether it replaced everything. */
  apply(message: SchemaMessage): { complete: boolean; added: readonly SeriesInfo[]; dropped: readonly number[] } {
    const complete = message.series !== undefined;
    const dropped = complete ? Array.from(this.#series.keys()) : (message.drop ?? []);
    const added = [...(message.series ?? []), ...(message.add ?? [])];
    for (const id of dropped) this.#series.delete(id);
    for (const info of added) this.#series.set(info.id, info);
    this.panels = message.panels ?? (complete ? [] : this.panels);
    this.resources = message.resources ?? (complete ? [] : this.resources);
    this.tables = message.tables ?? (complete ? [] : this.tables);
    this.#rev = message.rev;
    this.#all = Array.from(this.#series.values()).sort((a, b) => a.id - b.id);
    const families = new Map<string, SeriesInfo[]>();
    for (const info of this.#all) {
      const members = families.get(info.name);
      if (members) members.push(info);
      else families.set(info.name, [info]);
    }
    this.#families = families;
    this.#found.clear();
    return { complete, added, dropped };
  }
}
