// A context of a canvas keeps its font, its colours and its widths from one drawing to the
// next. A drawing that does not set what it uses looks different after another one: the
// font of a threshold's name once stayed for whatever was written behind it.

import { expect, test } from 'vitest';
import type { Colors } from './colors';
import { paintLanes } from './lane-paint';
import { paintCursor, paintSelection } from './overlay';
import { paintStrip } from './strip';

/** What each call uses of what was set before it. */
const USES: Readonly<Record<string, readonly string[]>> = {
  fillText: ['font', 'fillStyle', 'textAlign', 'textBaseline'],
  fillRect: ['fillStyle'],
  fill: ['fillStyle'],
  stroke: ['strokeStyle', 'lineWidth'],
  strokeRect: ['strokeStyle', 'lineWidth'],
  drawImage: ['imageSmoothingEnabled'],
};

/** A context that begins with what another one left, and tells every call that leaves pixels with what it used. */
class Recorder {
  readonly #state = new Map<string, unknown>();
  calls: unknown[] = [];
  readonly ctx: CanvasRenderingContext2D;

  constructor(left: string) {
    for (const name of new Set(Object.values(USES).flat())) this.#state.set(name, left);
    const target = { canvas: { width: 100, height: 40 } };
    this.ctx = new Proxy(target, {
      get: (of, name) => (name === 'canvas' ? of.canvas : (...all: unknown[]) => void this.calls.push([name, all, ...(USES[String(name)] ?? []).map((each) => this.#state.get(each))])),
      set: (_, name, value) => {
        this.#state.set(String(name), value);
        return true;
      },
    }) as unknown as CanvasRenderingContext2D;
  }
}

const colors = { panel: 'panel', dim: 'dim', line: 'line', warn: 'warn', critical: 'critical', cross: 'cross', text: 'text', font: 'sans', series: (token: string) => token, inks: () => ({ dim: 1, warn: 2, critical: 3 }) } as unknown as Colors;
const image = {} as unknown as CanvasImageSource;
const resource = { title: 'Memory', id: 'memory' } as unknown as Parameters<typeof paintLanes>[1][number]['resource'];
const draws: Readonly<Record<string, (ctx: CanvasRenderingContext2D) => void>> = {
  lanes: (ctx) => paintLanes(ctx, [{ resource, states: Float64Array.of(NaN, 0, 1, 2), use: Float64Array.of(NaN, 0.1, 0.9, 1) }], colors, () => image),
  strip: (ctx) => paintStrip(ctx, 60, 20, { values: Float64Array.of(1, 5, NaN, 9, 10), top: 10, warn: 5, critical: 9 }, colors),
  cursor: (ctx) => paintCursor(ctx, { x: 10, isPinned: true, dots: [{ y: 3, color: 'c1' }], ratio: 2 }, colors),
  selection: (ctx) => paintSelection(ctx, 5, 20, colors),
};

/** What each drawing leaves on a canvas on which they are made in an order. */
function drawn(order: readonly string[], left: string): Record<string, unknown[]> {
  const recorder = new Recorder(left);
  return Object.fromEntries(
    order.map((name) => {
      recorder.calls = [];
      draws[name]?.(recorder.ctx);
      return [name, recorder.calls];
    }),
  );
}

test('every drawing sets what it uses: the order of them changes nothing', () => {
  const order = Object.keys(draws);
  const forth = drawn(order, 'left by one');
  expect(drawn(order.toReversed(), 'left by another')).toEqual(forth);
  // All of them were drawn, and the names of lanes written.
  expect(Object.values(forth).every((calls) => calls.length > 0)).toBe(true);
  expect(JSON.stringify(forth.lanes)).toContain('fillText');
});
