// The paths of lines and fillings, for uPlot to draw. Points that are not a number break a
// line. A filling is closed between its two lines, where uPlot itself would clip a larger
// one, and a line is thin: both save most of what drawing costs without a graphics card.

import type uPlot from 'uplot';

/** What a line is filled down to: nothing, zero, or the first of other series that has a point there. */
export type Floor = 'none' | 'zero' | readonly number[];

/** The pixels of one series, as far as it is drawn. */
interface Trace {
  readonly x: (i: number) => number;
  readonly y: (value: number) => number;
  readonly from: number;
  readonly to: number;
}

/**
 * linePaths draws straight lines. thick is in device pixels; up to two of them are drawn
 * as two hairlines side by side, which look the same and cost a tenth.
 */
export function linePaths(floor: Floor, thick: number): uPlot.Series.PathBuilder {
  return (plot, at, from, to) => {
    const values = plot.data[at];
    if (!values) return null;
    const trace = traceOf(plot, from, to);
    const line = thick > 0 ? lineOf(values, trace) : undefined;
    const fill = floor === 'none' ? undefined : fillOf(values, floor === 'zero' ? [] : floor.map((below) => plot.data[below] ?? []), trace);
    // uPlot reads null as none; its types do not say so.
    return { ...(line && { stroke: isHair(thick) ? doubled(line, (thick - 1) / 2) : line }), ...(fill && { fill }), flags: 0 };
  };
}

/** widthOf is the width to stroke such a line with, in CSS pixels. */
export const widthOf = (thick: number, ratio: number): number => (isHair(thick) ? 1 : thick) / ratio;

const isHair = (thick: number): boolean => thick > 1 && thick <= 2;

function traceOf(plot: uPlot, from: number, to: number): Trace {
  const { left, top, width, height } = plot.bbox;
  const [times, x, y] = [plot.data[0], plot.scales.x, plot.scales.y];
  const start = x?.min ?? 0;
  const floor = y?.min ?? 0;
  const [acrossScale, upScale] = [width / Math.max(Number.MIN_VALUE, (x?.max ?? 1) - start), height / Math.max(Number.MIN_VALUE, (y?.max ?? 1) - floor)];
  return {
    x: (i) => Math.round(left + ((times[i] ?? 0) - start) * acrossScale),
    y: (value) => Math.round(top + height - (value - floor) * upScale),
    from,
    to,
  };
}

type Values = ArrayLike<number | null | undefined>;

const numberAt = (values: Values, i: number): number => values[i] ?? NaN;

function lineOf(values: Values, { x, y, from, to }: Trace): Path2D {
  const path = new Path2D();
  let drawing = false;
  // Points on one level are one segment.
  let [level, pending] = [NaN, NaN];
  const flush = (): void => {
    if (!Number.isNaN(pending)) path.lineTo(pending, level);
    pending = NaN;
  };
  for (let i = from; i <= to; i++) {
    const value = numberAt(values, i);
    if (Number.isNaN(value)) {
      flush();
      drawing = false;
      continue;
    }
    const [px, py] = [x(i), y(value)];
    if (!drawing) {
      path.moveTo(px, py);
      // A single point is still something.
      path.lineTo(px + 0.5, py);
    } else if (py === level) {
      pending = px;
      continue;
    } else {
      flush();
      path.lineTo(px, py);
    }
    drawing = true;
    level = py;
  }
  flush();
  return path;
}

function doubled(line: Path2D, shift: number): Path2D {
  const path = new Path2D();
  path.addPath(line, { e: shift / 2, f: shift / 2 });
  path.addPath(line, { e: -shift / 2, f: -shift / 2 });
  return path;
}

/** The area between a line and what is below it, one polygon for each stretch without a break. */
function fillOf(values: Values, belows: readonly Values[], trace: Trace): Path2D {
  const { x, y, from, to } = trace;
  const path = new Path2D();
  const under = (i: number): number => {
    for (const below of belows) {
      const value = numberAt(below, i);
      if (!Number.isNaN(value)) return value;
    }
    return 0;
  };
  for (let i = from; i <= to; ) {
    if (Number.isNaN(numberAt(values, i))) {
      i++;
      continue;
    }
    path.moveTo(x(i), y(numberAt(values, i)));
    let end = i + 1;
    for (; end <= to && !Number.isNaN(numberAt(values, end)); end++) path.lineTo(x(end), y(numberAt(values, end)));
    if (belows.length === 0) {
      path.lineTo(x(end - 1), y(0));
      path.lineTo(x(i), y(0));
    } else for (let j = end - 1; j >= i; j--) path.lineTo(x(j), y(under(j)));
    path.closePath();
    i = end;
  }
  return path;
}
