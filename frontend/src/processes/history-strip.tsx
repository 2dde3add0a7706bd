import type { JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { niceTop } from '../charts/axis';
import { attachGestures } from '../charts/gestures';
import { createSheet, type Sheet } from '../charts/sheet';
import { paintStrip } from '../charts/strip';
import { formatClock } from '../lib/format';
import type { AppState } from '../state/app-state';
import { useApp } from '../ui/context';
import { lineOf, type Stretch } from './history';

/** What is drawn over time of something that is opened. */
export interface DrawnLine<K extends string> {
  readonly taken: K;
  readonly base: 'decimal' | 'binary';
  /** A line stays flat below this: noise is not a story. */
  readonly leastTop: number;
}

/** useSheet is the canvas that the strips of one thing are drawn on. */
export function useSheet(app: AppState): { readonly canvas: RefObject<HTMLCanvasElement | null>; readonly sheet: { readonly current: Sheet | undefined } } {
  const canvas = useRef<HTMLCanvasElement>(null);
  const sheet = useRef<Sheet | undefined>(undefined);
  useLayoutEffect(() => {
    if (!canvas.current) return undefined;
    const made = createSheet(canvas.current, app);
    sheet.current = made;
    return () => {
      made.dispose();
      sheet.current = undefined;
    };
  }, [app]);
  return { canvas, sheet };
}

/** HistoryStrip is one number over a stretch of time, on the same time cursor as everything else; a limit is a line. */
export function HistoryStrip<K extends string>(props: {
  line: DrawnLine<K>;
  title: string;
  /** now is the number of the second the page speaks of. */
  now: string;
  textOf: (value: number) => string;
  points: readonly (Readonly<Record<K, number>> & { readonly t: number })[];
  stretch: Stretch;
  cursor: number | undefined;
  limit?: number | null;
  sheet: { readonly current: Sheet | undefined };
}): JSX.Element {
  const { line, title, now, textOf, points, stretch, cursor, limit = null, sheet } = props;
  const { taken } = line;
  const app = useApp();
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef(stretch);
  shown.current = stretch;
  const columns = Math.max(2, Math.floor((stretch.to - stretch.from) / app.feed.store.intervalMs) + 1);
  const history = lineOf(points, taken, stretch, columns);
  useLayoutEffect(() => {
    const [el, on] = [place.current, sheet.current];
    if (!el || !on) return;
    on.draw(el, (ctx, width, height) => {
      const values = columns <= width ? history.values : lineOf(points, taken, stretch, Math.floor(width)).values;
      const top = niceTop(Math.max(line.leastTop, history.largest ?? 0, limit ?? 0), line.base);
      paintStrip(ctx, width, height, { values, top, warn: Infinity, critical: Infinity }, on.colors());
      if (limit !== null) {
        ctx.fillStyle = on.colors().warn;
        ctx.fillRect(0, Math.round((1 - limit / top) * (height - 1)), width, 1);
      }
      if (cursor === undefined) return;
      ctx.fillStyle = on.colors().cross;
      ctx.fillRect(Math.round(((cursor - stretch.from) / (stretch.to - stretch.from)) * (width - 1)), 0, 1, height);
    });
  });
  useEffect(() => {
    const el = place.current;
    if (!el) return undefined;
    const timeAt = (x: number): number => {
      const { left, width } = el.getBoundingClientRect();
      const { from, to } = shown.current;
      return from + ((x - left) / Math.max(1, width)) * (to - from);
    };
    return attachGestures(el, { app, timeAt });
  }, [app]);
  const most = history.largest === null ? '' : `highest ${textOf(history.largest)}`;
  const of = limit === null ? '' : `${most === '' ? 'limit' : ' of'} ${textOf(limit)}`;
  return (
    <div class="history-line">
      <span class="history-title">{title}</span>
      <span class="history-value">{now}</span>
      <span class="history-most" title={history.largest === null ? undefined : `at ${formatClock(history.at, app.clock.zone())}`}>
        {most}
        {of}
      </span>
      <div class="history-strip" ref={place} />
    </div>
  );
}
