// One canvas for many small drawings. A browser pays for every canvas on screen at every
// frame, whatever its size: the 40 sparklines of the first screen, each on a canvas of its
// own, cost more than all charts.

import type { AppState } from '../state/app-state';
import { fitCanvas, watchSize, zoomOf } from './canvas';
import { type Colors, watchColors } from './colors';

/** Paints one drawing; the origin is its upper left corner, lengths are CSS pixels. */
type PaintPlace = (ctx: CanvasRenderingContext2D, width: number, height: number) => void;

/** A sheet lies over the elements that keep places for its drawings. */
export interface Sheet {
  readonly colors: () => Colors;
  /** Clears the place of an element and paints into it, unless what is there was drawn with the same key. */
  draw(place: Element, paint: PaintPlace, key?: (width: number) => string): void;
  /** Clears everything and looks anew where places are: they were laid out differently. */
  moved(): void;
  dispose(): void;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** createSheet draws on a canvas that the style sheet lays over the places. */
export function createSheet(canvas: HTMLCanvasElement, app: Pick<AppState, 'frameLoop'>): Sheet {
  const boxes = new Map<Element, Box>();
  const drawn = new WeakMap<Element, string>();
  /** Rises when everything has to be drawn anew. */
  let version = 0;
  const source = watchColors(canvas, () => {
    version++;
    app.frameLoop.markDirty('theme');
  });
  let ctx: CanvasRenderingContext2D | undefined;
  const size = watchSize(canvas, () => {
    boxes.clear();
    ctx = undefined;
    app.frameLoop.markDirty('size');
  });
  const boxOf = (place: Element): Box => {
    const known = boxes.get(place);
    if (known) return known;
    const [outer, inner, zoom] = [canvas.getBoundingClientRect(), place.getBoundingClientRect(), zoomOf(canvas)];
    const box = { left: (inner.left - outer.left) / zoom, top: (inner.top - outer.top) / zoom, width: inner.width / zoom, height: inner.height / zoom };
    boxes.set(place, box);
    return box;
  };
  return {
    colors: source.colors,
    draw(place, paint, key) {
      if (!ctx) version++;
      ctx ??= fitCanvas(canvas, size);
      if (!ctx) return;
      const { left, top, width, height } = boxOf(place);
      if (width < 1 || height < 1) return;
      const now = key && `${version} ${key(width)}`;
      if (now !== undefined && drawn.get(place) === now) return;
      if (now !== undefined) drawn.set(place, now);
      ctx.save();
      ctx.translate(left, top);
      ctx.clearRect(0, 0, width, height);
      paint(ctx, width, height);
      ctx.restore();
    },
    moved() {
      boxes.clear();
      ctx = undefined;
    },
    dispose() {
      source.dispose();
      size.dispose();
    },
  };
}
