// What a panel draws: the schema's layers or series become curves, each one or several
// series reduced to one line of numbers.

import type { Buckets, BucketSeries } from '../data/archive';
import { matches } from '../data/schema';
import type { RowValues, Store } from '../data/store';
import type { Panel, SeriesInfo } from '../wire/types';
import { OTHER_TOKEN, SERIES_TOKENS } from './colors';
import type { Ranking } from './ranking';

/** One curve of a panel. */
export interface Curve {
  /** What it is known by in the address: the panel and its title. */
  readonly key: string;
  readonly title: string;
  /** The token of its colour, "c1" to "c8". */
  readonly color: string;
  /** value is a number in the legend, and not drawn. */
  readonly style: 'area' | 'hatch' | 'line' | 'value';
  readonly ids: readonly number[];
  readonly reduce: 'sum' | 'max';
  readonly unit: string;
  readonly kind: SeriesInfo['kind'];
  readonly max: number;
  readonly warn: number;
  readonly crit: number;
}

/** Up to so many instances are drawn singly; of more the largest, and the rest together. */
const MAX_SINGLE = 7;
const TOP = 6;

/** resolveCurves returns the curves of a panel in the order in which they are drawn, bottom up. */
export function resolveCurves(panel: Panel, store: Store, ranking: Ranking): readonly Curve[] {
  return panel.layers && panel.layers.length > 0 ? fromLayers(panel, store) : fromSeries(panel, store, ranking);
}

function fromLayers(panel: Panel, store: Store): Curve[] {
  const curves: Curve[] = [];
  for (const layer of panel.layers ?? []) {
    const series = store.find(layer.family, layer.match).filter((info) => matches(info, panel.where));
    const style = layer.style ?? (panel.stack === true ? 'area' : 'line');
    const curve = toCurve(panel, layer.title, layer.color, style, series, layer.reduce ?? 'sum');
    if (curve) curves.push(curve);
  }
  return curves;
}

function fromSeries(panel: Panel, store: Store, ranking: Ranking): Curve[] {
  const series = panel.families.flatMap((family) => store.find(family, panel.where));
  const named = new Map(series.map((info) => [info, seriesTitle(info, series, panel)]));
  const style = panel.stack === true ? 'area' : 'line';
  const one = (info: SeriesInfo): Curve[] => {
    const curve = toCurve(panel, named.get(info) ?? info.name, ranking.color(info.id, SERIES_TOKENS), style, [info], 'max');
    return curve ? [curve] : [];
  };
  if (series.length <= MAX_SINGLE) return series.flatMap(one);
  const top = ranking.top(
    series.map((info) => info.id),
    TOP,
  );
  const shown = series.filter((info) => top.has(info.id));
  const rest = series.filter((info) => !top.has(info.id));
  // Only what adds up may be drawn as one: the rest of unlike things would be a lie.
  const other = panel.sum === true ? toCurve(panel, 'other', OTHER_TOKEN, style, rest, 'sum') : undefined;
  return [...shown.flatMap(one), ...(other ? [other] : [])];
}

function toCurve(panel: Panel, title: string, color: string, style: Curve['style'], series: readonly SeriesInfo[], reduce: Curve['reduce']): Curve | undefined {
  const [first] = series;
  if (!first) return undefined;
  return {
    key: `${panel.id}:${title}`,
    title,
    color,
    style,
    ids: series.map((info) => info.id),
    reduce,
    unit: first.unit ?? '',
    kind: first.kind,
    max: Math.max(0, ...series.map((info) => info.max ?? 0)),
    warn: first.warn ?? 0,
    crit: first.crit ?? 0,
  };
}

/** seriesTitle tells a series from its neighbours by its labels, and by its name where they are of several families. */
function seriesTitle(info: SeriesInfo, among: readonly SeriesInfo[], panel?: Panel): string {
  // A label that the panel itself narrows to one value says nothing.
  const said = (name: string): boolean => panel?.where?.[name]?.length === 1;
  const labels = Object.entries(info.labels ?? {})
    .filter(([name]) => !said(name))
    .map(([, value]) => value);
  // What a device or a mount is called stays as it is; the names of families are our own.
  const family = among.some((other) => other.name !== info.name) || labels.length === 0 ? [words(info.name.split('.').slice(1).join(' ') || info.name)] : [];
  return [...family, ...labels].join(' ');
}

const words = (name: string): string => name.replaceAll('_', ' ');

/** panelFamilies are the patterns with which the curves of a panel are asked for. */
export const panelFamilies = (panel: Panel): readonly string[] => Array.from(new Set([...panel.families, ...(panel.layers ?? []).map((layer) => layer.family)]));

/** readRows writes a curve's values of the rows from..to−1 into out; missing values are left out, and NaN where all are. */
export function readRows(store: Store, curve: Pick<Curve, 'ids' | 'reduce'>, from: number, to: number, out: Float64Array, scratch: Float64Array): void {
  const length = to - from;
  out.fill(NaN, 0, length);
  for (const id of curve.ids) {
    const column = store.column(id);
    if (!column) continue;
    column.read(from, to, scratch);
    fold(out, scratch, length, curve.reduce);
  }
}

/** valueAt is a curve's value at one row. */
function valueAt(values: RowValues, curve: Curve, index: number): number | null {
  let found: number | null = null;
  for (const id of curve.ids) {
    const value = values.value(id, index);
    if (value === null) continue;
    found = found === null ? value : curve.reduce === 'sum' ? found + value : Math.max(found, value);
  }
  return found;
}

/** readBuckets writes one aspect of a curve over buckets into out. */
export function readBuckets(buckets: Buckets, curve: Pick<Curve, 'ids' | 'reduce'>, aspect: keyof BucketSeries, out: Float64Array): void {
  const length = buckets.t.length;
  out.fill(NaN, 0, length);
  for (const id of curve.ids) {
    const series = buckets.series.get(id);
    if (series) fold(out, series[aspect], length, aspect === 'n' || aspect === 'maxSeq' ? 'max' : curve.reduce);
  }
}

function fold(out: Float64Array, values: Float64Array, length: number, reduce: Curve['reduce']): void {
  for (let i = 0; i < length; i++) {
    const value = values[i] ?? NaN;
    if (Number.isNaN(value)) continue;
    const sum = out[i] ?? NaN;
    out[i] = Number.isNaN(sum) ? value : reduce === 'sum' ? sum + value : Math.max(sum, value);
  }
}

/** What the legend says of a curve. */
export interface LegendItem {
  readonly curve: Curve;
  readonly value: number | null;
  readonly hidden: boolean;
  /** The value is on its way. */
  readonly loading?: boolean;
}

/** legendAt reads the legend of a panel at a row. */
export function legendAt(values: RowValues, curves: readonly Curve[], index: number, hidden: ReadonlySet<string>): LegendItem[] {
  return curves.map((curve) => ({ curve, value: index < 0 ? null : valueAt(values, curve, index), hidden: hidden.has(curve.key) }));
}
