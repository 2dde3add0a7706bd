// The values of a chart as a table: for the statistics of a chart in full, for those who
// read instead of look, and for taking along.

import { readBuckets, readRows, resolveCurves, panelFamilies, type Curve } from '../charts/layers';
import { Ranking } from '../charts/ranking';
import type { Buckets } from '../data/archive';
import type { AppState } from '../state/app-state';
import type { TimeRange } from '../state/view';
import type { Panel } from '../wire/types';

/** One column of a chart: a value per time, NaN where there is none. */
interface ChartColumn {
  readonly panel: Panel;
  readonly curve: Curve;
  /** Of a row its value, of a bucket the mean. */
  readonly values: Float64Array;
  /** The smallest and the largest of each bucket; of a row the value itself. */
  readonly least: Float64Array;
  readonly most: Float64Array;
}

export interface ChartTable {
  readonly times: Float64Array;
  readonly columns: readonly ChartColumn[];
  /** 0 for rows, else the length of a bucket. */
  readonly stepMs: number;
}

/** A table is not longer than anybody reads. */
const points = 600;

/** isHeld says whether every row of a range is held here. */
export function isHeld(app: AppState, { from }: TimeRange): boolean {
  const { store } = app.feed;
  return store.length > 0 && (from >= store.time(0) - store.intervalMs || store.time(0) <= (store.hello?.oldestT ?? 0));
}

/** rowTable is the table of the rows held. */
function rowTable(app: AppState, panels: readonly Panel[], { from, to }: TimeRange): ChartTable {
  const { store } = app.feed;
  let first = Math.max(0, store.indexAtTime(from));
  if (store.time(first) < from) first++;
  const end = Math.max(first, store.indexAtTime(to) + 1);
  const times = Float64Array.from({ length: end - first }, (_, i) => store.time(first + i));
  const scratch = new Float64Array(end - first);
  const columns = curvesOf(app, panels).map(([panel, curve]): ChartColumn => {
    const values = new Float64Array(end - first);
    readRows(store, curve, first, end, values, scratch);
    return { panel, curve, values, least: values, most: values };
  });
  return { times, columns, stepMs: 0 };
}

/** bucketTable is the table of buckets. */
function bucketTable(app: AppState, panels: readonly Panel[], { from, to }: TimeRange, buckets: Buckets): ChartTable {
  const inside = Array.from(buckets.t.keys()).filter((i) => (buckets.t[i] ?? NaN) >= from - buckets.stepMs && (buckets.t[i] ?? NaN) <= to);
  const pick = (all: Float64Array): Float64Array => Float64Array.from(inside, (i) => all[i] ?? NaN);
  const columns = curvesOf(app, panels).map(([panel, curve]): ChartColumn => {
    const read = (aspect: 'mean' | 'min' | 'max'): Float64Array => {
      const out = new Float64Array(buckets.t.length);
      readBuckets(buckets, curve, aspect, out);
      return pick(out);
    };
    return { panel, curve, values: read('mean'), least: read('min'), most: read('max') };
  });
  return { times: pick(buckets.t), columns, stepMs: buckets.stepMs };
}

/** visibleTable is the table of a panel over what the charts show; undefined while it is being fetched. */
export function visibleTable(app: AppState, panel: Panel): ChartTable | undefined {
  const range = app.shown.range();
  if (isHeld(app, range)) return rowTable(app, [panel], range);
  const buckets = app.feed.buckets.want(panelFamilies(panel), range.from, range.to, points);
  return buckets && bucketTable(app, [panel], range, buckets);
}

/** fetchTable is the table of several panels over any range. */
export async function fetchTable(app: AppState, panels: readonly Panel[], range: TimeRange): Promise<ChartTable> {
  if (isHeld(app, range)) return rowTable(app, panels, range);
  const match = Array.from(new Set(panels.flatMap(panelFamilies)));
  return bucketTable(app, panels, range, await app.feed.archive.buckets({ ...range, points, match, info: (id) => app.feed.store.info(id) }));
}

function curvesOf(app: AppState, panels: readonly Panel[]): readonly (readonly [Panel, Curve])[] {
  const hidden = app.view.hidden.peek();
  return panels.flatMap((panel) =>
    resolveCurves(panel, app.feed.store, new Ranking())
      .filter((curve) => !hidden.has(curve.key))
      .map((curve) => [panel, curve] as const),
  );
}

/** Statistics are what a column comes down to. */
interface Statistics {
  readonly now: number | null;
  readonly min: number | null;
  readonly mean: number | null;
  readonly max: number | null;
}

/** statistics leaves out what is missing; where all is, there is no number. */
export function statistics({ values, least, most }: Pick<ChartColumn, 'values' | 'least' | 'most'>): Statistics {
  let [sum, count, min, max] = [0, 0, Infinity, -Infinity];
  let now: number | null = null;
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    sum += value;
    count++;
    now = value;
    min = Math.min(min, least[i] ?? value);
    max = Math.max(max, most[i] ?? value);
  });
  return count === 0 ? { now: null, min: null, mean: null, max: null } : { now, min, mean: sum / count, max };
}

/** toJson writes a table for a program; null is missing. */
export function toJson({ times, columns, stepMs }: ChartTable, host: string): string {
  const list = (values: Float64Array): (number | null)[] => Array.from(values, (value) => (Number.isNaN(value) ? null : value));
  return `${JSON.stringify({
    host,
    stepMs,
    t: Array.from(times),
    series: columns.map(({ panel, curve, values, most }) => ({
      panel: panel.title,
      title: curve.title,
      unit: curve.unit,
      values: list(values),
      ...(stepMs > 0 && { max: list(most) }),
    })),
  })}\n`;
}
