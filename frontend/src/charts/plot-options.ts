// How uPlot is set up for a chart: scales, axes, and how each curve is stroked and filled.

import type uPlot from 'uplot';
import { formatTicks, formatTimeTick } from '../lib/format';
import { timeTicks } from '../lib/time';
import type { AppState } from '../state/app-state';
import type { ChartData } from './chart-data';
import { type Colors, withAlpha } from './colors';
import type { Curve } from './layers';
import type { PlotData } from './plot-data';
import { type Floor, linePaths, widthOf } from './plot-lines';
import type { Hatches } from './plot-paint';

/** Every chart has the same left gutter, so that time lines up down a column. */
export const GUTTER = 44;
/** What fits into it beside the space before a unit: "64 GiB", "500 ms". */
const GUTTER_CHARACTERS = 5;
export const AXIS_HEIGHT = 18;
const PADDING_TOP = 6;
const LINE_WIDTH = 1.5;

/** What options are made from. Size and data are asked at every drawing, the rest when the chart is made. */
export interface PlotSetup {
  readonly app: AppState;
  readonly data: ChartData;
  readonly size: { readonly width: number; readonly height: number };
  readonly colors: Colors;
  readonly hatches: Hatches;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  readonly paint: (plot: uPlot) => void;
}

/** plotKey changes when a chart has to be made anew. */
export function plotKey({ data, ratio }: Pick<PlotSetup, 'data' | 'ratio'>): string {
  return [ratio, data.isBuckets, ...data.shown.map((curve) => `${curve.key}|${curve.color}|${curve.style}|${data.flat.has(curve.key)}`)].join('\n');
}

export function plotOptions(setup: PlotSetup): uPlot.Options {
  const { app, data, size, colors } = setup;
  const font = `11px ${colors.font}`;
  const quiet = { show: false };
  const ticks = (): { ticks: number[]; stepMs: number } => timeMarks(app, data, size.width);
  return {
    width: size.width,
    height: size.height,
    padding: [PADDING_TOP, 0, 0, 0],
    cursor: { show: false },
    legend: quiet,
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: {
      x: { time: false, range: () => [data.window.from, data.window.to] },
      y: { range: () => [0, data.top] },
    },
    axes: [
      {
        size: AXIS_HEIGHT,
        gap: 3,
        font,
        stroke: colors.faint,
        grid: quiet,
        ticks: quiet,
        splits: () => ticks().ticks,
        values: (_, splits) => splits.map((t) => formatTimeTick(t, app.zone(), data.window.to - data.window.from, ticks().stepMs)),
      },
      {
        size: GUTTER,
        gap: 6,
        font,
        stroke: colors.faint,
        grid: { stroke: colors.grid, width: 1 },
        ticks: quiet,
        splits: () => [0, data.top / 2, data.top],
        values: (_, splits) => valueMarks(data, splits).labels,
      },
    ],
    series: seriesOf(setup),
    hooks: { draw: [setup.paint] },
  };
}

/** valueMarks labels the value axis; unit is set where the gutter has no room for it. */
export function valueMarks(data: ChartData, splits: readonly number[] = [0, data.top / 2, data.top]): { labels: string[]; unit: string } {
  const { labels, unit } = formatTicks(splits, data.unit, { bits: data.bits });
  const fits = unit.length <= 3 && Math.max(...labels.map((label) => label.length)) + unit.length <= GUTTER_CHARACTERS;
  const highest = splits.length - 1;
  return { labels: labels.map((label, i) => (fits && unit !== '' && i === highest ? `${label} ${unit}` : label)), unit: fits ? '' : unit };
}

function timeMarks(app: AppState, data: ChartData, width: number): { ticks: number[]; stepMs: number } {
  const { from, to } = data.window;
  const room = from === to ? 1 : (width - GUTTER) / 72;
  const { ticks, stepMs } = timeTicks(from, to, room, app.zone());
  // A label that would be cut at an edge is left out.
  const margin = ((to - from) * 18) / Math.max(1, width - GUTTER);
  return { ticks: ticks.filter((t) => t >= from + margin / 2 && t <= to - margin), stepMs };
}

// Over buckets every curve has three series (its mean, what was largest, what was
// smallest) and a stack one more at the end.
function seriesOf(setup: PlotSetup): uPlot.Series[] {
  const { data, colors, ratio } = setup;
  const points = { show: false };
  const step = data.isBuckets ? 3 : 1;
  const series: uPlot.Series[] = [{}];
  const below: number[] = [];
  for (const curve of data.shown) {
    const at = series.length;
    const layer = data.isLayer(curve);
    const floor: Floor = layer ? [...below] : 'zero';
    series.push({ ...strokeAndFill(setup, curve, floor), points });
    if (layer) below.unshift(at);
    if (step === 1) continue;
    const envelope = withAlpha(colors.series(curve.color), 0.28);
    series.push({ points, ...(layer ? { paths: nothing } : { fill: envelope, paths: linePaths([at + 2], 0) }) });
    series.push({ points, paths: nothing });
  }
  if (data.isBuckets) series.push({ stroke: withAlpha(colors.dim, 0.8), width: 1, points, paths: linePaths('none', ratio) });
  return series;
}

const nothing: uPlot.Series.PathBuilder = () => null;

function strokeAndFill(setup: PlotSetup, curve: Curve, floor: Floor): uPlot.Series {
  const { data, colors, ratio } = setup;
  const color = colors.series(curve.color);
  const layer = data.isLayer(curve);
  const fill = fillOf(setup, curve, color, layer);
  // Between two layers of a stack there is a pixel of the panel's own colour.
  const thick = data.flat.has(curve.key) ? 0 : (layer ? 1 : LINE_WIDTH) * ratio;
  return { stroke: layer ? colors.panel : color, width: widthOf(thick, ratio), paths: linePaths(fill === undefined ? 'none' : floor, thick), ...(fill !== undefined && { fill }) };
}

function fillOf({ data, colors, hatches, ratio }: PlotSetup, curve: Curve, color: string, layer: boolean): uPlot.Series['fill'] | undefined {
  if (layer) {
    if (data.flat.has(curve.key)) return undefined;
    if (curve.style === 'hatch') return (plot) => hatches.get(plot.ctx, withAlpha(color, 0.9), ratio);
    return withAlpha(color, Math.min(1, colors.fill * 1.8));
  }
  // Few lines are easier to follow with something under them; lines above a stack have it already.
  const few = data.shown.length <= 2 && !data.isBuckets && !data.isStack;
  return few ? withAlpha(color, colors.fill * 0.45) : undefined;
}

/** columnsOf puts points into the order of the series. */
export function columnsOf(points: PlotData, buckets: boolean): uPlot.AlignedData {
  if (!buckets) return [points.x, ...points.lines];
  const none = new Float64Array(0);
  const lines = points.lines.flatMap((line, i) => [line, points.high[i] ?? none, points.low[i] ?? none]);
  return [points.x, ...lines, points.peak];
}
