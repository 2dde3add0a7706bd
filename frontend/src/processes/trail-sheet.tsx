import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { niceTop } from '../charts/axis';
import type { Colors } from '../charts/colors';
import { createSheet, type Sheet } from '../charts/sheet';
import { paintStrip, peaksOf, type RowPeaks } from '../charts/strip';
import { useApp } from '../ui/context';
import { setProperty } from '../ui/live';

/** Below this share of a processor a trail stays flat: noise is not a story. */
const leastTop = 5;

/**
 * TrailDrawing draws the trails of the rows that were written, up to the newest row. places
 * says which there are: only when it changes are they looked for again, since that costs a
 * layout. A trail is painted anew when its picture moves by a pixel.
 */
export type TrailDrawing = (places: string, newest: number, trailOf: (key: string) => Float64Array | undefined) => void;

/**
 * TrailSheet lies over the column of trails and draws what every process on screen used of
 * a processor in the last five minutes, when drawing is called.
 */
export function TrailSheet({ drawing }: { drawing: { current: TrailDrawing | null } }): JSX.Element {
  const app = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  const sheet = useRef<Sheet>(undefined);
  const drawn = useRef<{ shape: string | undefined; places: readonly HTMLElement[] }>({ shape: undefined, places: [] });
  useEffect(() => {
    const el = canvas.current;
    const table = el?.previousElementSibling;
    if (!el || !table) return undefined;
    const made = createSheet(el, app);
    sheet.current = made;
    // A wider table moves its columns.
    const observer = new ResizeObserver(() => {
      drawn.current.shape = undefined;
      app.frameLoop.markDirty('size');
    });
    observer.observe(table);
    return () => {
      observer.disconnect();
      made.dispose();
      sheet.current = undefined;
    };
  }, [app]);
  useLayoutEffect(() => {
    drawing.current = (shape, newest, trailOf) => {
      const [el, on, before] = [canvas.current, sheet.current, drawn.current];
      if (!el || !on) return;
      if (before.shape !== shape) {
        drawn.current = { shape, places: placesBeside(el) };
        cover(el, drawn.current.places);
        on.moved();
      }
      for (const place of drawn.current.places) {
        const process = place.dataset.key ?? '';
        let trail: RowPeaks | undefined;
        const key = (width: number): string => {
          const values = trailOf(process);
          trail = values && peaksOf(values, newest, Math.floor(width));
          return `${process} ${trail?.key ?? ''}`;
        };
        on.draw(place, (ctx, width, height) => paintTrail(ctx, width, height, trail?.peaks, on.colors()), key);
      }
    };
    return () => {
      drawing.current = null;
    };
  }, [drawing]);
  return <canvas class="process-trails" ref={canvas} aria-hidden="true" />;
}

const placesBeside = (canvas: Element): readonly HTMLElement[] => Array.from(canvas.previousElementSibling?.querySelectorAll<HTMLElement>('.trail-place') ?? []);

/** cover lays the canvas over the places from the first to the last. */
function cover(canvas: HTMLElement, places: readonly HTMLElement[]): void {
  const [first, last, parent] = [places[0]?.getBoundingClientRect(), places.at(-1)?.getBoundingClientRect(), canvas.parentElement?.getBoundingClientRect()];
  const shown = first && last && parent && first.width > 0;
  const pixels = (value: number): string => `${shown ? value : 0}px`;
  setProperty(canvas, '--left', pixels((first?.left ?? 0) - (parent?.left ?? 0)));
  setProperty(canvas, '--top', pixels((first?.top ?? 0) - (parent?.top ?? 0)));
  setProperty(canvas, '--width', pixels(first?.width ?? 0));
  setProperty(canvas, '--height', pixels((last?.bottom ?? 0) - (first?.top ?? 0)));
}

function paintTrail(ctx: CanvasRenderingContext2D, width: number, height: number, values: Float64Array | undefined, colors: Colors): void {
  if (!values) return;
  let largest = leastTop;
  for (const value of values) if (value > largest) largest = value;
  paintStrip(ctx, width, height, { values, top: niceTop(largest, 'decimal'), warn: Infinity, critical: Infinity }, colors);
}
