import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type ColorSource, watchColors } from '../charts/colors';
import type { Inks } from '../charts/painter';
import { Pixels } from '../charts/pixels';
import { formatMoment, formatTimeTick } from '../lib/format';
import { useApp, watch } from '../ui/context';
import { setProperty, setText, useDraw } from '../ui/live';
import type { Happened, Happening } from './happened';
import type { WallState } from './wall-state';

/** The lane is an hour long, with a time at each quarter. */
const laneMs = 3_600_000;
const tickMs = 900_000;
/** A mark is so wide, in CSS pixels; and a word needs so much room beside the next. */
const markPx = 3;
const wordPx = 190;
/** Below the marks stand the times. */
const tickPx = 14;
/** What happened on so many hosts is named in the lane. */
const together = 3;

interface Held {
  width: number;
  height: number;
  key: string;
  colors: ColorSource | undefined;
}

/** EventLane is the last hour of all hosts: a mark for what happened, as high as the share of the hosts, and the name of what happened on many. */
export function EventLane({ wall, happened, only, open }: { wall: WallState; happened: Happened; only: Signal<string>; open: () => void }): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const words = useRef<HTMLDivElement>(null);
  const ticks = useRef<HTMLDivElement>(null);
  const [held] = useState<Held>(() => ({ width: 0, height: 0, key: '', colors: undefined }));
  watch(happened.happenings, app.view.zone);
  useLayoutEffect(() => {
    const box = root.current;
    if (!box) return undefined;
    const colors = (held.colors = watchColors(box, () => {
      held.key = '';
      app.frameLoop.markDirty('theme');
    }));
    const end = app.frameLoop.onResize(box, (width, height) => {
      [held.width, held.height] = [width, height];
      app.frameLoop.markDirty('table');
    });
    return () => {
      end();
      colors.dispose();
    };
  }, [app, held]);
  useDraw(root, () => {
    const { width, height, colors } = held;
    if (width === 0 || !colors || wall.seq() === 0) return;
    const ratio = window.devicePixelRatio;
    const perColumn = (laneMs * markPx) / width;
    // The lane moves by whole marks.
    const to = (Math.floor(wall.now().ms / perColumn) + 1) * perColumn;
    const all = happened.happenings.peek();
    const zone = app.clock.zone();
    const key = `${to} ${all.length} ${all[0]?.key} ${all[0]?.hosts.size} ${wall.hosts().length} ${width} ${height} ${ratio} ${app.view.zone.peek()}`;
    if (key === held.key) return;
    held.key = key;
    const shown = all.filter(({ t }) => t >= to - laneMs && t < to);
    const at = (t: number): number => (t - to + laneMs) / laneMs;
    if (canvas.current) paint(canvas.current, { width: Math.round(width * ratio), height: Math.round((height - tickPx) * ratio), ratio }, colors.colors().inks(), shown, at, wall.hosts().length);
    writeWords(words.current, wordsOf(shown, at, width), (each) => {
      only.value = each.key;
      open();
    });
    const first = Math.ceil((to - laneMs) / tickMs) * tickMs;
    const times = Array.from({ length: Math.ceil((to - first) / tickMs) }, (_, i) => first + i * tickMs).filter((t) => at(t) < 0.96);
    while (ticks.current && ticks.current.children.length < times.length) ticks.current.append(document.createElement('span'));
    for (const gone of Array.from(ticks.current?.children ?? []).slice(times.length)) gone.remove();
    times.forEach((t, i) => {
      const tick = ticks.current?.children[i];
      setText(tick, formatTimeTick(t, zone, laneMs, tickMs));
      setProperty(tick, '--at', String(at(t)));
    });
  }, 'tables', 'once');
  const count = happened.happenings.value.length;
  return (
    <section class="wall-lane" aria-label="the last hour of all hosts">
      <button type="button" class="wall-lane-open" aria-haspopup="dialog" data-reason="what happened on all hosts (n)" onClick={open}>
        events<span class="visually-hidden">: {happened.known.value ? count : '…'} remembered</span>
      </button>
      <div class="wall-lane-box" ref={root}>
        <canvas aria-hidden="true" ref={canvas} />
        <div class="wall-lane-ticks" aria-hidden="true" ref={ticks} />
        <div class="wall-lane-words" ref={words} />
        <span class="visually-hidden">{happened.happenings.value[0] ? `the newest: ${happened.happenings.value[0].text}, ${formatMoment(happened.happenings.value[0].t, app.clock.hostNow(), app.clock.zone())}` : ''}</span>
      </div>
    </section>
  );
}

interface Word extends Happening {
  readonly at: number;
  readonly left: boolean;
}

const ranks = { info: 0, warn: 1, critical: 2 } as const;

function paint(canvas: HTMLCanvasElement, size: { width: number; height: number; ratio: number }, inks: Pick<Inks, 'hatch' | 'warn' | 'critical'>, shown: readonly Happening[], at: (t: number) => number, hosts: number): void {
  const { width, height, ratio } = size;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const mark = Math.max(1, Math.round(markPx * ratio));
  const columns = new Map<number, { hosts: number; rank: number }>();
  for (const each of shown) {
    for (const t of each.hosts.values()) {
      const column = Math.floor((at(t) * width) / mark);
      const before = columns.get(column);
      columns.set(column, { hosts: (before?.hosts ?? 0) + 1, rank: Math.max(before?.rank ?? 0, ranks[each.level]) });
    }
  }
  const pixels = new Pixels(0, width, height);
  for (const [column, { hosts: n, rank }] of columns) {
    const high = Math.max(5 * ratio, Math.round(height * Math.sqrt(Math.min(1, n / Math.max(1, hosts)))));
    const ink = rank === 2 ? inks.critical : rank === 1 ? inks.warn : inks.hatch;
    for (let x = 0; x < mark - Math.round(ratio); x++) pixels.run(column * mark + x, height - high, height, ink);
  }
  canvas.getContext('2d')?.putImageData(pixels.image(), 0, 0);
}

/** A word of the lane stands behind its mark, or before it where it would end outside. */
const startOf = (at: number, width: number): number => (isLeft(at, width) ? at * width - wordPx : at * width);
const isLeft = (at: number, width: number): boolean => at * width + wordPx > width;

/** wordsOf are those with a name in the lane, from left to right: of two without room for both, that on more hosts. */
export function wordsOf(shown: readonly Happening[], at: (t: number) => number, width: number): readonly Word[] {
  const placed: Word[] = [];
  for (const each of shown.filter(({ hosts }) => hosts.size >= together).toSorted((a, b) => b.hosts.size - a.hosts.size || b.t - a.t)) {
    const place = at(each.t);
    if (placed.every(({ at: other }) => Math.abs(startOf(other, width) - startOf(place, width)) >= wordPx)) placed.push({ ...each, at: place, left: isLeft(place, width) });
  }
  return placed.sort((a, b) => a.at - b.at);
}

function writeWords(box: HTMLElement | null, words: readonly Word[], show: (happening: Happening) => void): void {
  if (!box) return;
  while (box.children.length < words.length) {
    const button = document.createElement('button');
    button.type = 'button';
    box.append(button);
  }
  for (const gone of Array.from(box.children).slice(words.length)) gone.remove();
  words.forEach((each, i) => {
    const button = box.children[i];
    if (!(button instanceof HTMLButtonElement)) return;
    setText(button, `${each.hosts.size} × ${each.text}`);
    button.className = `is-${each.level}${each.left ? ' is-left' : ''}`;
    button.title = `${each.text} on ${each.hosts.size} hosts`;
    setProperty(button, '--at', String(each.at));
    button.onclick = () => show(each);
  });
}
