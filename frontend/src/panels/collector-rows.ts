import type { RowValues, Store } from '../data/store';
import type { HealthMessage, SeriesInfo } from '../wire/types';

/** One collector and what it costs. */
export interface CollectorRow {
  readonly key: string;
  readonly title: string;
  readonly state: HealthMessage['state'];
  readonly reason: string;
  readonly everyMs: number;
  /** One value per column. */
  readonly values: readonly (number | null)[];
}

/** A family of numbers that every collector has. */
export interface CollectorColumn {
  readonly family: string;
  readonly title: string;
  readonly unit: string;
  /** The id of a series that says what the numbers are. */
  readonly id: number;
}

/** collectorColumns are the families whose series are told apart by the collector alone. */
export function collectorColumns(series: readonly SeriesInfo[]): readonly CollectorColumn[] {
  const found = new Map<string, CollectorColumn>();
  for (const { id, name, labels, unit } of series) {
    if (labels?.collector === undefined || Object.keys(labels).length !== 1 || found.has(name)) continue;
    found.set(name, { family: name, title: name.slice(name.indexOf('.') + 1), unit: unit ?? '', id });
  }
  return [...found.values()];
}

/** collectorRows puts those in trouble on top, the others in the natural order of their names. */
export function collectorRows(store: Pick<Store, 'health'>, columns: readonly CollectorColumn[], values: RowValues, index: number): readonly CollectorRow[] {
  const rows = Array.from(store.health.values(), (health): CollectorRow => {
    const match = { collector: [health.collector] };
    return {
      key: health.collector,
      title: health.title === '' ? health.collector : health.title,
      state: health.state,
      reason: health.reason ?? '',
      everyMs: health.cadenceMs,
      values: columns.map(({ family }) => {
        const series = values.find(family, match)[0];
        return series && index >= 0 ? values.value(series.id, index) : null;
      }),
    };
  });
  return rows.sort((a, b) => Number(isBad(b)) - Number(isBad(a)) || a.title.localeCompare(b.title, 'en', { numeric: true }));
}

/** isBad says whether a collector is in trouble; one that has nothing to do here is not. */
export const isBad = ({ state }: Pick<CollectorRow, 'state'>): boolean => state !== 'ok' && state !== 'off';
