import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { niceTop } from '../charts/axis';
import { fitCanvas } from '../charts/canvas';
import { watchColors, type Colors, type ColorSource } from '../charts/colors';
import { paintStrip } from '../charts/strip';
import { useApp } from '../ui/context';

const width = 96;
const height = 15;
const size = { width: () => width, height: () => height, ratio: () => devicePixelRatio };

/** Below this share of a processor a trail stays flat: noise is not a story. */
const leastTop = 5;

/** drawTrail draws what a process used of a processor in the last five minutes. */
export function drawTrail(canvas: HTMLCanvasElement, values: Float64Array | undefined, colors: Colors | undefined): void {
  const ctx = fitCanvas(canvas, size);
  if (!ctx || !values || !colors) return;
  let largest = leastTop;
  for (const value of values) if (value > largest) largest = value;
  paintStrip(ctx, width, height, { values, top: niceTop(largest, 'decimal'), warn: Infinity, critical: Infinity }, colors);
}

/** useColors are the colours of an element, read again when the theme changes. */
export function useColors(element: RefObject<Element | null>): RefObject<ColorSource | null> {
  const { frameLoop } = useApp();
  const source = useRef<ColorSource | null>(null);
  useEffect(() => {
    if (!element.current) return undefined;
    const made = watchColors(element.current, () => frameLoop.markDirty('theme'));
    source.current = made;
    return () => {
      source.current = null;
      made.dispose();
    };
  }, [frameLoop, element]);
  return source;
}
