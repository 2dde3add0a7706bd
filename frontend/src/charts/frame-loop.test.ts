import { expect, test } from 'vitest';
import type { Shows } from '../state/frame';
import { createFrameLoop, type Size } from './frame-loop';

function fixture() {
  const frames: (() => void)[] = [];
  let hidden = false;
  let wake: () => void = () => undefined;
  let tell: (el: Element, visible: boolean) => void = () => undefined;
  let resized: (sizes: readonly Size[]) => void = () => undefined;
  let clock = 0;
  const costs: number[][] = [];
  const ended: string[] = [];
  const loop = createFrameLoop({ frame: (...cost) => costs.push(cost) }, {
    clock: () => clock++,
    afterRendering: (run) => run(),
    requestFrame: (run) => frames.push(run),
    cancelFrame: () => undefined,
    afterComponents: (run) => run(),
    hidden: () => hidden,
    end: () => ended.push('frames'),
    onVisibility: (run) => {
      wake = run;
      return () => ended.push('visibility');
    },
    observe: (changed) => {
      tell = changed;
      return { add: () => undefined, remove: () => undefined, end: () => ended.push('sight') };
    },
    observeSizes: (changed) => {
      resized = changed;
      return { add: () => undefined, remove: () => undefined, end: () => ended.push('sizes') };
    },
  });
  const drawn: string[] = [];
  const add = (name: string, shows?: Shows, at?: 'once' | 'seen'): { el: Element; show: (visible: boolean) => void; end: () => void } => {
    const el = {} as Element;
    const end = loop.add((reasons) => drawn.push(`${name}:${Array.from(reasons).join('+')}`), el, shows, at);
    return { el, show: (visible) => tell(el, visible), end };
  };
  const resize = (...els: Element[]): string[] => {
    resized(els.map((el) => ({ el, width: 40, height: 30 })));
    return drawn.splice(0);
  };
  const run = (): string[] => {
    for (const frame of frames.splice(0)) frame();
    return drawn.splice(0);
  };
  const setHidden = (value: boolean): void => {
    hidden = value;
    wake();
  };
  return { loop, add, run, resize, setHidden, frames, costs, ended };
}

test('draws what is dirty and visible, once per frame, with all reasons', () => {
  const { loop, add, run, frames } = fixture();
  const a = add('a');
  add('b');
  a.show(true);
  expect(run()).toEqual(['a:schema']);
  loop.markDirty('rows');
  loop.markDirty('cursor');
  loop.markDirty('rows');
  expect(frames).toHaveLength(1);
  expect(run()).toEqual(['a:rows+cursor']);
  expect(run()).toEqual([]);
});

test('draws what was missed when it becomes visible', () => {
  const { loop, add, run } = fixture();
  const a = add('a');
  loop.markDirty('rows');
  expect(run()).toEqual([]);
  a.show(true);
  expect(run()).toEqual(['a:schema+rows']);
});

test('a hidden tab draws nothing and catches up once', () => {
  const { loop, add, run, setHidden, frames } = fixture();
  add('a').show(true);
  run();
  setHidden(true);
  for (let i = 0; i < 100; i++) loop.markDirty('rows');
  expect(frames).toHaveLength(0);
  setHidden(false);
  expect(run()).toEqual(['a:rows']);
});

test('what has ended is not drawn', () => {
  const { loop, add, run } = fixture();
  const a = add('a');
  a.show(true);
  run();
  a.end();
  loop.markDirty('rows');
  expect(run()).toEqual([]);
});

test('a text that comes while a frame is drawn is in that frame', () => {
  const { add, run, frames, setHidden } = fixture();
  frames.push(() => {
    add('b', 'text', 'once');
    add('c', 'canvas', 'once');
  });
  expect(run()).toEqual(['b:schema']);
  expect(run()).toEqual(['c:schema']);
  setHidden(true);
  add('d', 'text', 'once');
  expect(run()).toEqual([]);
  setHidden(false);
  expect(run()).toEqual(['d:schema']);
});

test('a table is a reason only for what shows tables', () => {
  const { loop, add, run, frames } = fixture();
  add('chart').show(true);
  expect(run()).toEqual(['chart:schema']);
  loop.markDirty('table');
  expect(frames).toHaveLength(0);
  add('table', 'tables').show(true);
  run();
  loop.markDirty('table');
  expect(run()).toEqual(['table:table']);
});

test('rows behind what is shown concern only what is of now, and a verdict only what says it', () => {
  const { loop, add, run, frames } = fixture();
  for (const shows of ['tables', 'text', 'now', 'verdict', 'canvas', 'overview'] as const) add(shows, shows).show(true);
  run();
  loop.markDirty('later');
  expect(run()).toEqual(['tables:later', 'now:later', 'overview:later']);
  loop.markDirty('verdict');
  expect(run()).toEqual(['verdict:verdict']);
  expect(frames).toHaveLength(0);
});

test('canvases are drawn last, tables first', () => {
  const { loop, add, run } = fixture();
  add('canvas', 'canvas').show(true);
  add('text').show(true);
  add('table', 'tables').show(true);
  run();
  loop.markDirty('rows');
  expect(run()).toEqual(['table:rows', 'text:rows', 'canvas:rows']);
});

test('what a frame took is told once it has been painted', () => {
  const { add, run, costs } = fixture();
  add('a').show(true);
  expect(costs).toEqual([]);
  run();
  expect(costs).toEqual([[1, 1]]);
});

test('what belongs to the first screen is drawn before it is known to be visible', () => {
  const { add, run } = fixture();
  add('below');
  const first = add('first', 'text', 'once');
  expect(run()).toEqual(['first:schema']);
  first.show(false);
  add('again', 'text', 'once').show(true);
  expect(run()).toEqual(['again:schema']);
});

test('what got another size is drawn at once, alone, and knows its size', () => {
  const { loop, add, run, resize, frames, setHidden } = fixture();
  const chart = add('chart', 'canvas', 'once');
  const other = add('other', 'canvas', 'once');
  run();
  const sizes: number[][] = [];
  const end = loop.onResize(chart.el, (...size) => sizes.push(size));
  expect(resize(chart.el, other.el)).toEqual(['chart:size', 'other:size']);
  expect([sizes, frames]).toEqual([[[40, 30]], []]);
  setHidden(true);
  expect(resize(chart.el)).toEqual([]);
  setHidden(false);
  expect(run()).toEqual(['chart:size']);
  end();
  resize(chart.el);
  expect(sizes).toHaveLength(2);
});

// Its port stayed open, and with it everything that was drawn: a host left behind was kept for good.
test('a loop that is disposed of ends all that it began, and calls nobody', () => {
  const { loop, add, resize, ended } = fixture();
  const { el } = add('a');
  const sizes: number[] = [];
  loop.onResize(el, (width) => sizes.push(width));
  loop.dispose();
  expect(ended.sort()).toEqual(['frames', 'sight', 'sizes', 'visibility']);
  expect([resize(el), sizes]).toEqual([[], []]);
});
