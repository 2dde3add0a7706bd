import type { RowValues } from '../data/store';
import { levelOf, readState, readWorst, stateWord, type Level } from '../signs/reading';
import { isBadState } from '../signs/worst';
import type { Resource, SeriesInfo } from '../wire/types';

/** One number that every instance may have. */
export interface InstanceColumn {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  /** The id of a series that says what the numbers are. */
  readonly id: number;
  /** The series of each instance. */
  readonly series: ReadonlyMap<string, SeriesInfo>;
}

/** One instance and its numbers, in the order of the columns. */
export interface InstanceRow {
  readonly name: string;
  readonly level: Level;
  /** word says what is wrong, '' where nothing is known to be. */
  readonly word: string;
  readonly values: readonly (number | null)[];
}

/** More columns than this are not read. */
const mostColumns = 10;

/**
 * instanceColumns are the numbers that the section's charts draw, told apart by the label and
 * perhaps a second one, in the order of the schema.
 */
export function instanceColumns(series: readonly SeriesInfo[], label: string, families: ReadonlySet<string>): readonly InstanceColumn[] {
  const columns = new Map<string, { first: SeriesInfo; title: string; series: Map<string, SeriesInfo> }>();
  for (const info of series) {
    const { [label]: instance, ...others } = info.labels ?? {};
    if (instance === undefined || info.kind === 'state' || !families.has(info.name)) continue;
    const more = Object.values(others);
    const key = [info.name, ...more].join(' ');
    const column = columns.get(key) ?? { first: info, title: [info.name.slice(info.name.indexOf('.') + 1).replaceAll(/[._]/g, ' '), ...more].join(' '), series: new Map<string, SeriesInfo>() };
    column.series.set(instance, info);
    columns.set(key, column);
  }
  return Array.from(columns, ([key, { first, title, series: found }]): InstanceColumn => ({ key, title, unit: first.unit ?? '', id: first.id, series: found })).slice(0, mostColumns);
}

/** instanceRows puts the bad ones on top, the others in the natural order of their names. */
export function instanceRows(columns: readonly InstanceColumn[], resources: readonly Resource[], section: string, values: RowValues, index: number): readonly InstanceRow[] {
  const names = new Set(columns.flatMap(({ series }) => Array.from(series.keys())));
  const troubles = troublesOf(resources, section, values, index);
  const rows = Array.from(names, (name): InstanceRow => {
    let trouble: Trouble = troubles.get(name) ?? { level: 'ok', word: '' };
    const read = columns.map(({ series, title }) => {
      const info = series.get(name);
      const value = info && index >= 0 ? values.value(info.id, index) : null;
      const level = info && value !== null ? levelOf(info, value) : 'ok';
      if (rank(level) > rank(trouble.level)) trouble = { level, word: title };
      return value;
    });
    return { name, ...trouble, values: read };
  });
  return rows.sort((a, b) => rank(b.level) - rank(a.level) || a.name.localeCompare(b.name, 'en', { numeric: true }));
}

interface Trouble {
  readonly level: Level;
  readonly word: string;
}

const levels: readonly Level[] = ['ok', 'warn', 'critical'];
const rank = (level: Level): number => levels.indexOf(level);

/** troublesOf are the instances that are to blame: the worst of a resource that is bad, and every limit that is near. */
function troublesOf(resources: readonly Resource[], section: string, values: RowValues, index: number): ReadonlyMap<string, Trouble> {
  const troubles = new Map<string, Trouble>();
  for (const resource of resources) {
    const state = readState(values, resource, index);
    if (resource.section === section && resource.worst && state.cause !== 'errors' && isBadState(state)) {
      const worst = readWorst(values, resource, index);
      if (worst) troubles.set(worst.name, { level: state.level, word: stateWord(state, false) });
    }
    for (const info of resource.limits && index >= 0 ? values.find(resource.limits.state) : []) {
      const level = levels[values.value(info.id, index) ?? 0] ?? 'ok';
      const name = info.labels?.name;
      if (name !== undefined && level !== 'ok' && rank(level) > rank(troubles.get(name)?.level ?? 'ok')) troubles.set(name, { level, word: level === 'critical' ? 'nearly full' : 'filling' });
    }
  }
  return troubles;
}
