// The values of series as CSV: a line for every moment, a column for every series. It is the one layout of dashcam: the API
// and the commands write the same (package server/export).

import { isHeld } from './chart-table';
import { panelFamilies, resolveCurves } from '../charts/layers';
import { Ranking } from '../charts/ranking';
import type { Buckets } from '../data/archive';
import type { Store } from '../data/store';
import type { AppState } from '../state/app-state';
import type { TimeRange } from '../state/view';
import type { Panel, SeriesInfo } from '../wire/types';

/** At most so many buckets are asked for. */
const points = 600;

/** csvOf is what the charts of panels show in a range, series by series. */
export async function csvOf(app: AppState, panels: readonly Panel[], range: TimeRange): Promise<string> {
  const series = seriesOf(app, panels);
  if (isHeld(app, range)) return rowsCsv(app.feed.store, series, range);
  const match = Array.from(new Set(panels.flatMap(panelFamilies)));
  return bucketsCsv(await app.feed.archive.buckets({ ...range, points, match, info: (id) => app.feed.store.info(id) }), series, range);
}

/** seriesOf are the series that the shown curves are made of. */
function seriesOf(app: AppState, panels: readonly Panel[]): readonly SeriesInfo[] {
  const hidden = app.view.hidden.peek();
  const curves = panels.flatMap((panel) => resolveCurves(panel, app.feed.store, new Ranking())).filter((curve) => !hidden.has(curve.key));
  return Array.from(new Set(curves.flatMap((curve) => curve.ids))).flatMap((id) => app.feed.store.info(id) ?? []);
}

/** rowsCsv writes the rows that are held, as they are. */
export function rowsCsv(store: Pick<Store, 'length' | 'time' | 'seqAt' | 'skippedBefore' | 'value'>, series: readonly SeriesInfo[], { from, to }: TimeRange): string {
  const lines = [['time', 'seq', 'missed', 'why', ...series.map((info) => head(seriesName(info), info))]];
  for (let i = 0; i < store.length; i++) {
    const t = store.time(i);
    if (!(t >= from && t <= to)) continue;
    const skipped = store.skippedBefore(i);
    const values = series.map(({ id }) => cell(store.value(id, i)));
    lines.push([new Date(t).toISOString(), String(store.seqAt(i) ?? ''), String(skipped?.count ?? 0), clean(skipped?.why ?? ''), ...values]);
  }
  return textOf(lines);
}

const lists = ['min', 'mean', 'max'] as const;

/** bucketsCsv writes rows taken together. */
export function bucketsCsv(buckets: Buckets, series: readonly SeriesInfo[], { from, to }: TimeRange): string {
  const lines = [['time', 'rows', ...series.flatMap((info) => lists.map((list) => head(`${seriesName(info)} ${list}`, info)))]];
  buckets.t.forEach((t, i) => {
    if (t < from - buckets.stepMs || t > to) return;
    const { first, last } = buckets.rows[i] ?? { first: 1, last: 0 };
    const values = series.flatMap(({ id }) => lists.map((list) => cell(buckets.series.get(id)?.[list][i])));
    lines.push([new Date(t).toISOString(), String(last - first + 1), ...values]);
  });
  return textOf(lines);
}

/** seriesName is what a series is called in one word, in the API and by the commands, too: cpu.usage{mode="user"}. */
export function seriesName({ name, labels }: Pick<SeriesInfo, 'name' | 'labels'>): string {
  const parts = Object.entries(labels ?? {}).map(([label, value]) => `${label}="${clean(value).replaceAll(/["\\]/g, '\\$&')}"`);
  return parts.length === 0 ? name : `${name}{${parts.join(',')}}`;
}

/** clean writes out what is hidden in a text or could give orders to whoever shows it. */
const clean = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (found) => {
    const code = found.codePointAt(0) ?? 0;
    return code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });

const head = (name: string, { unit }: SeriesInfo): string => (unit === undefined || unit === '' || unit === 'count' ? name : `${name} (${unit})`);
const cell = (value: number | null | undefined): string => (value === null || value === undefined || Number.isNaN(value) ? '' : String(value));
const quoted = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const textOf = (lines: readonly (readonly string[])[]): string => lines.map((line) => `${line.map(quoted).join(',')}\n`).join('');
