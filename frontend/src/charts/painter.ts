// The painter of charts. It gets what there is in columns, how they lie on pixels, and a
// clip, and paints the pixels of the clip. No pixel depends on what is outside of its own
// column and of the points next to it, so a whole picture and the same picture painted
// bit by bit as rows come are equal. The live page, pictures, print and tests call it.

import type { Columns } from './columns';
import type { Ink, Pixels } from './pixels';

/** What a chart shows. All columns are absolute. */
export interface Scene {
  readonly traces: readonly Trace[];
  /** How high the whole of a stack went, where a column is more than one row. */
  readonly peak: Columns | undefined;
  /** The state of the resource that the chart belongs to: 0, 1 warn, 2 critical. */
  readonly state: Columns | undefined;
  /** The value at the upper edge; the lower edge is 0. */
  readonly top: number;
  readonly gaps: readonly ColumnGap[];
  /** The column of the newest row, where more should have come. */
  readonly staleFrom: number | undefined;
  /** Columns in which something happened. */
  readonly events: readonly number[];
  readonly thresholds: readonly Threshold[];
}

/** A curve of a chart. */
export interface Trace {
  readonly columns: Columns;
  /** layer and hatch stand on the layers before them, and their values are sums; a line stands on 0. */
  readonly style: 'layer' | 'hatch' | 'line' | 'filled' | 'envelope';
  /** The token of its colour. */
  readonly color: string;
}

/** A stretch without rows: the columns of the rows around it. */
export interface ColumnGap {
  readonly from: number;
  readonly to: number;
  readonly kind: 'hatched' | 'quiet' | 'boundary';
}

/** A line at a value from which on it counts as bad. */
export interface Threshold {
  readonly value: number;
  readonly level: 'warn' | 'critical';
}

/** How columns lie on device pixels: one column is one pixel wide. */
export interface Transform {
  /** The columns at the left and the right edge, both inclusive. */
  readonly first: number;
  readonly last: number;
  readonly height: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/** The columns that are painted, both inclusive. */
export interface Clip {
  readonly from: number;
  readonly to: number;
}

/** The colours of a theme. */
export interface Inks {
  readonly panel: Ink;
  readonly grid: Ink;
  readonly hatch: Ink;
  readonly dim: Ink;
  readonly text: Ink;
  readonly warn: Ink;
  readonly critical: Ink;
  series(token: string): Ink;
  /** How opaque the filling of a series is. */
  readonly fill: number;
}

/** CSS pixels above the value axis: room for the ribbon of states, and for half of the uppermost number. */
const HEADROOM = 6;
const RIBBON = 3;
const EVENT = { width: 1, height: 6 };
const HATCH = 6;
const DASH = { on: 4, off: 3 };

/** thicknessOf is how thick a line is, in device pixels. */
const thicknessOf = (ratio: number): number => Math.max(1, Math.round(ratio));

/** reachOf is how many columns beside a point its line may touch. */
export const reachOf = (ratio: number): number => Math.ceil(thicknessOf(ratio) / 2);

/** rowOf is where the middle of a line at a value stands, in device pixels from the top: on whole pixels, so that it is sharp. */
export function rowOf(value: number, top: number, { height, ratio }: Pick<Transform, 'height' | 'ratio'>): number {
  const thick = thicknessOf(ratio);
  const room = height - Math.round(HEADROOM * ratio) - thick;
  const y = height - thick / 2 - (Math.max(0, value) / top) * room;
  return Math.max(thick / 2, Math.round(y - thick / 2) + thick / 2);
}

/** paint paints the columns of the clip. to has to hold them. */
export function paint(to: Pixels, scene: Scene, transform: Transform, clip: Clip, inks: Inks): void {
  const on: Work = { to, scene, transform, clip, inks, thick: thicknessOf(transform.ratio) };
  paintGround(on);
  for (const gap of scene.gaps) paintGap(on, gap);
  if (scene.staleFrom !== undefined) paintHatched(on, scene.staleFrom + 1, transform.last);
  const floor = new Float64Array(clip.to - clip.from + 1).fill(transform.height);
  let isLowest = true;
  for (const trace of scene.traces) {
    if (trace.style !== 'layer' && trace.style !== 'hatch') continue;
    paintLayer(on, trace, floor, isLowest);
    isLowest = false;
  }
  if (scene.peak) paintLine(on, pathOf(on, scene.peak, 'max'), inks.dim, 0.8);
  for (const trace of scene.traces) if (trace.style !== 'layer' && trace.style !== 'hatch') paintCurve(on, trace);
  for (const { value, level } of scene.thresholds) paintLevel(on, value, level === 'warn' ? inks.warn : inks.critical);
  paintRibbon(on);
  for (const event of scene.events) paintEvent(on, event);
}

/** What the parts of a painting share. */
interface Work {
  readonly to: Pixels;
  readonly scene: Scene;
  readonly transform: Transform;
  readonly clip: Clip;
  readonly inks: Inks;
  readonly thick: number;
}

function paintGround({ to, scene: { top }, transform, clip, inks, thick }: Work): void {
  for (let column = clip.from; column <= clip.to; column++) {
    to.run(column, 0, transform.height, inks.panel);
    for (const value of [0, top / 2, top]) {
      const y = rowOf(value, top, transform);
      to.run(column, y - thick / 2, y + thick / 2, inks.grid);
    }
  }
}

/** Only what was not sampled, not received or is stale is hatched. Where a gap is thinner than a stroke the break in the line says it. */
function paintGap(on: Work, { from, to, kind }: ColumnGap): void {
  if (kind === 'boundary') paintBoundary(on, to);
  else if (to - from - 1 < 2 * on.thick) return;
  else if (kind === 'hatched') paintHatched(on, from + 1, to - 1);
  else for (let column = Math.max(on.clip.from, from + 1); column <= Math.min(on.clip.to, to - 1); column++) on.to.run(column, upperEdge(on), on.transform.height, on.inks.hatch, 0.1);
}

const upperEdge = ({ transform: { ratio } }: Work): number => Math.round(HEADROOM * ratio);

function paintHatched(on: Work, from: number, to: number): void {
  for (let column = Math.max(on.clip.from, from); column <= Math.min(on.clip.to, to); column++) hatchRun(on, column, upperEdge(on), on.transform.height, on.inks.hatch, 1);
}

/** Strokes from lower left to upper right, the same ones wherever the window stands. */
function hatchRun({ to, transform: { ratio }, thick }: Work, column: number, top: number, bottom: number, ink: Ink, alpha: number): void {
  const period = Math.round(HATCH * ratio);
  const phase = column % period;
  for (let y = Math.max(0, Math.floor(top)); y < bottom; y++) if ((phase + y) % period < thick) to.dot(column, y, ink, alpha);
}

function paintBoundary(on: Work, column: number): void {
  const { transform, inks, thick } = on;
  const [dash, period] = [Math.round(DASH.on * transform.ratio), Math.round((DASH.on + DASH.off) * transform.ratio)];
  for (let x = column - thick + 1; x <= column; x++) {
    if (x < on.clip.from || x > on.clip.to) continue;
    for (let y = upperEdge(on); y < transform.height; y++) if ((y - upperEdge(on)) % period < dash) on.to.dot(x, y, inks.dim);
  }
}

function paintLevel({ to, scene: { top }, transform, clip, thick }: Work, value: number, ink: Ink): void {
  if (value > top) return;
  const y = rowOf(value, top, transform);
  for (let column = clip.from; column <= clip.to; column++) to.run(column, y - thick / 2, y + thick / 2, ink, 0.6);
}

function paintRibbon({ to, scene: { state }, transform: { ratio }, clip, inks }: Work): void {
  if (!state) return;
  const height = Math.round(RIBBON * ratio);
  for (let column = clip.from; column <= clip.to; column++) {
    // A state lasts until the next row.
    const at = state.before(column, column - state.capacity / 2);
    const next = state.after(column + 1, column + state.capacity / 2);
    const isInside = at === column || (next !== Infinity && state.joined(next));
    const level = isInside ? state.max(at) : NaN;
    if (level >= 1) to.run(column, 0, height, level >= 2 ? inks.critical : inks.warn);
  }
}

function paintEvent({ to, transform: { ratio }, clip, inks }: Work, column: number): void {
  const width = Math.max(1, Math.round(EVENT.width * ratio));
  for (let x = Math.max(clip.from, column); x <= Math.min(clip.to, column + width - 1); x++) to.run(x, 0, Math.round(EVENT.height * ratio), inks.text);
}

/** The points of a line within reach of a clip. */
interface Path {
  readonly columns: readonly number[];
  readonly y: readonly number[];
  /** The highest and the lowest pixel of each point. */
  readonly high: readonly number[];
  readonly low: readonly number[];
  /** Whether it is joined to the point before. */
  readonly joined: readonly boolean[];
}

/** pathOf takes the points of the clip and the nearest ones beside it. */
function pathOf({ scene: { top }, transform, clip }: Work, from: Columns, what: 'last' | 'mean' | 'max' | 'min'): Path {
  const reach = reachOf(transform.ratio);
  const path = { columns: new Array<number>(), y: new Array<number>(), high: new Array<number>(), low: new Array<number>(), joined: new Array<boolean>() };
  const put = (column: number): void => {
    const y = rowOf(from[what](column), top, transform);
    path.columns.push(column);
    path.y.push(y);
    path.high.push(what === 'last' ? rowOf(from.max(column), top, transform) : y);
    path.low.push(what === 'last' ? rowOf(from.min(column), top, transform) : y);
    path.joined.push(from.joined(column));
  };
  const before = from.before(clip.from - reach - 1, clip.from - from.capacity);
  if (before !== -Infinity) put(before);
  const end = Math.min(transform.last, clip.to + reach);
  for (let column = clip.from - reach; column <= end; column++) if (from.has(column)) put(column);
  // What lies beyond the right edge is the next row of a window in the past. A line that
  // has come to the edge is whole without it: a held view does not change when rows come.
  const after = from.after(end + 1, end + from.capacity);
  if (after <= transform.last || (after !== Infinity && !from.has(transform.last))) put(after);
  return path;
}

/** Where a line is within a column and its thickness: from high to low, NaN where it is not. */
interface Span {
  high: number;
  low: number;
}

/** spans walks along a path; columns are to be asked for in ascending order. */
function spans(path: Path, thick: number): (column: number) => Span {
  const found: Span = { high: NaN, low: NaN };
  let at = 0;
  const take = (high: number, low: number): void => {
    if (!(high >= found.high)) found.high = high;
    if (!(low <= found.low)) found.low = low;
  };
  return (column) => {
    const [a, b] = [column + 0.5 - thick / 2, column + 0.5 + thick / 2];
    found.high = found.low = NaN;
    while (at + 1 < path.columns.length && (path.columns[at + 1] ?? 0) + 0.5 <= a) at++;
    for (let i = at; i < path.columns.length; i++) {
      const x = (path.columns[i] ?? 0) + 0.5;
      if (i > at && path.joined[i] === true) {
        const before = (path.columns[i - 1] ?? 0) + 0.5;
        const [from, to] = [Math.max(a, before), Math.min(b, x)];
        if (to > from) {
          const y0 = path.y[i - 1] ?? 0;
          const slope = ((path.y[i] ?? 0) - y0) / (x - before);
          const [y1, y2] = [y0 + slope * (from - before), y0 + slope * (to - before)];
          take(Math.min(y1, y2), Math.max(y1, y2));
        }
      }
      if (x > a && x < b) take(path.high[i] ?? NaN, path.low[i] ?? NaN);
      if (x >= b) break;
    }
    return found;
  };
}

/** A line is as thick across whatever its slope: over its run of a column it is as high as the hypotenuse. */
function paintLine({ to, clip, thick }: Work, path: Path, ink: Ink, alpha = 1, floor?: Float64Array): void {
  const spanAt = spans(path, thick);
  for (let column = clip.from; column <= clip.to; column++) {
    const { high, low } = spanAt(column);
    if (Number.isNaN(high)) continue;
    const half = Math.hypot(thick, low - high) / 2;
    const bottom = (high + low) / 2 + half;
    to.run(column, (high + low) / 2 - half, floor ? Math.min(bottom, floor[column - clip.from] ?? bottom) : bottom, ink, alpha);
  }
}

/** middles is where a path stands in the middle of a column, NaN where it is not; columns are to be asked for in ascending order. */
function middles(path: Path): (column: number) => number {
  let at = 0;
  return (column) => {
    while (at + 1 < path.columns.length && (path.columns[at + 1] ?? 0) <= column) at++;
    const [x, y] = [path.columns[at] ?? NaN, path.y[at] ?? NaN];
    if (x === column) return y;
    if (!(x < column) || path.joined[at + 1] !== true) return NaN;
    return y + (((path.y[at + 1] ?? 0) - y) * (column - x)) / ((path.columns[at + 1] ?? 0) - x);
  };
}

/** Between two layers there is a pixel of the panel's own colour, where there is room for it. */
function paintLayer(on: Work, { columns, style, color }: Trace, floor: Float64Array, isLowest: boolean): void {
  const { to, clip, inks, thick } = on;
  const path = pathOf(on, columns, 'mean');
  const heightAt = middles(path);
  const ink = inks.series(color);
  const under = new Float64Array(floor.length).fill(-Infinity);
  for (let column = clip.from; column <= clip.to; column++) {
    const at = column - clip.from;
    const [edge, below] = [heightAt(column) - thick / 2, floor[at] ?? 0];
    if (!(below - edge >= 0.5)) continue;
    const bottom = !isLowest && below - edge >= 3 * thick ? below - thick : below;
    if (style === 'hatch') hatchRun(on, column, edge, bottom, ink, 0.9);
    else to.run(column, edge, bottom, ink, Math.min(1, inks.fill * 1.3));
    under[at] = bottom;
    floor[at] = edge;
  }
  paintLine(on, path, ink, 1, under);
}

function paintCurve(on: Work, { columns, style, color }: Trace): void {
  const { to, clip, inks, transform } = on;
  const ink = inks.series(color);
  if (style === 'envelope') {
    const [highAt, lowAt] = [middles(pathOf(on, columns, 'max')), middles(pathOf(on, columns, 'min'))];
    for (let column = clip.from; column <= clip.to; column++) to.run(column, highAt(column), lowAt(column), ink, 0.28);
  }
  const path = pathOf(on, columns, style === 'envelope' ? 'mean' : 'last');
  if (style === 'filled') {
    const heightAt = middles(path);
    for (let column = clip.from; column <= clip.to; column++) to.run(column, heightAt(column), transform.height, ink, inks.fill * 0.7);
  }
  paintLine(on, path, ink);
}
