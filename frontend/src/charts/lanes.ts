// The overview: a lane per resource over everything remembered, events and alerts above, and the
// view as a brush of true width.

import './lanes.css';
import type { Buckets } from '../data/archive';
import { isTold } from '../data/past-events';
import { formatTimeTick } from '../lib/format';
import { timeTicks } from '../lib/time';
import type { AppState } from '../state/app-state';
import type { DirtyReason } from '../state/frame';
import type { TimeRange } from '../state/view';
import { alertMarks, type Mark, markAt, paintMarks } from './alert-marks';
import { fitCanvas, watchSize } from './canvas';
import { watchColors, withAlpha } from './colors';
import { type Lane, laneFamilies, laneStates, newestStates, overviewSpan, peakColumn, peakIn } from './lane-data';
import { LANE_GUTTER as GUTTER, LANE_PITCH as PITCH, LANE_TOP as TOP, paintLanes } from './lane-paint';

const POINTS = 600;
/** By so many pixels the picture moves at once: nobody sees it move, and a held view speaks of another time. */
const STEP_PX = 2;
const LATER_PX = 4;
/** A drag shorter than this is a click. */
const CLICK_PX = 6;
/** The grab tab above a brush that may be thinner than a finger. */
const TAB = { width: 24, height: 9 };

interface Lanes {
  dispose(): void;
}

type Drag = { readonly kind: 'brush'; readonly x: number; readonly from: number; readonly to: number; moved: boolean } | { readonly kind: 'select'; readonly x: number; moved: boolean };

/** createLanes draws the overview into an element and lets a person move the view in it. */
export function createLanes(el: HTMLElement, { app }: { app: AppState }): Lanes {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  el.classList.add('lanes');
  el.append(canvas);
  const colors = watchColors(el, () => app.frameLoop.markDirty('theme'));
  const size = watchSize(el, () => app.frameLoop.markDirty('size'));
  let span = { from: 0, to: 1 };
  let lanes: readonly Lane[] = [];
  let buckets: Buckets | undefined;
  let marks: readonly Mark[] = [];
  let drag: Drag | undefined;
  let drawn = { edge: NaN, key: '', alerts: app.feed.alerts.peek() };

  const plotWidth = (): number => Math.max(1, size.width() - GUTTER);
  const xOf = (t: number): number => GUTTER + ((t - span.from) / (span.to - span.from)) * plotWidth();
  const timeAt = (clientX: number): number => {
    const share = (clientX - el.getBoundingClientRect().left - GUTTER) / plotWidth();
    return span.from + Math.min(1, Math.max(0, share)) * (span.to - span.from);
  };

  /** What the picture depends on besides the time that goes by. */
  const keyNow = (): string => {
    const { store } = app.feed;
    const { view } = app;
    const { from, to } = app.shown.range();
    const cursor = view.cursor.peek();
    const brushed = view.mode.peek() === 'FOLLOW' ? to - from : `${from} ${to}`;
    return [store.instance, store.revised, newestStates(store), store.events.length, brushed, cursor ? Math.round(xOf(cursor.t)) : '', JSON.stringify(app.clock.zone())].join('|');
  };

  const draw = (reasons: ReadonlySet<DirtyReason>): void => {
    const { store } = app.feed;
    const { view } = app;
    const edge = store.length > 0 ? Math.max(store.time(store.length - 1), app.feed.stale() ? app.clock.hostNow() : 0) : app.clock.hostNow();
    const key = keyNow();
    // A row changes nothing here before it moves the picture by a step.
    const step = Array.from(reasons).every((reason) => reason === 'later') ? LATER_PX : STEP_PX;
    const moved = !(edge >= drawn.edge && edge - drawn.edge < (step * (span.to - span.from)) / plotWidth());
    const isAnew = (['size', 'theme', 'schema', 'buckets'] as const).some((reason) => reasons.has(reason));
    const alerts = app.feed.alerts.peek();
    if (!moved && !isAnew && key === drawn.key && alerts === drawn.alerts) return;
    const ctx = fitCanvas(canvas, size);
    if (!ctx) return;
    span = overviewSpan(store, edge);
    drawn = { edge, key: keyNow(), alerts };
    if (app.feed.connection.pictured.peek()) app.feed.pastEvents.want(span.from, edge);
    const grain = (span.to - span.from) / POINTS;
    const names = laneFamilies(store);
    const older = store.length > 0 && span.from < store.time(0) && (store.hello?.oldestT ?? 0) > 0 && (store.hello?.oldestT ?? 0) < store.time(0);
    buckets = older && names.length > 0 ? app.feed.buckets.want(names, Math.floor(span.from / grain) * grain, Math.ceil(span.to / grain) * grain, POINTS, 'max') : undefined;
    lanes = laneStates(store, buckets, span.from, span.to, Math.floor(plotWidth()));
    paintLanes(ctx, lanes, colors.colors());
    marks = alertMarks(alerts?.alerts ?? [], xOf, span.from, edge);
    paintMarks(ctx, marks, colors.colors());
    paintTimes(ctx);
    ctx.fillStyle = colors.colors().text;
    for (const event of store.events) {
      // The lanes say what state a resource is in, and alerts have marks of their own.
      if (!isTold(event) || event.kind === 'state' || event.kind === 'alert' || event.t < span.from || event.t > span.to) continue;
      // Below the times, which many of them would cover.
      ctx.fillRect(Math.round(xOf(event.t)) - 1, TOP - 3, 2, 3);
    }
    paintBrush(ctx);
    const cursor = view.cursor.peek();
    if (!cursor) return;
    ctx.fillStyle = colors.colors().cross;
    ctx.fillRect(Math.round(xOf(cursor.t)), 0, 1, size.height());
  };

  const paintTimes = (ctx: CanvasRenderingContext2D): void => {
    const { ticks, stepMs } = timeTicks(span.from, span.to, plotWidth() / 110, app.clock.zone());
    const { left, right } = brush();
    const tab = tabOf(left, right);
    ctx.fillStyle = colors.colors().faint;
    ctx.font = `11px ${colors.colors().font}`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'alphabetic';
    for (const t of ticks) {
      const x = xOf(t);
      // The tab lies over what is under it: half a time is none.
      const covered = x > tab - 18 && x < tab + TAB.width + 18;
      if (x > GUTTER + 20 && x < size.width() - 40 && !covered) ctx.fillText(formatTimeTick(t, app.clock.zone(), span.to - span.from, stepMs), x, 8);
    }
  };

  const brush = (): { left: number; right: number } => {
    const { from, to } = app.shown.range();
    const left = Math.max(GUTTER, xOf(from));
    return { left, right: Math.max(left + 1, Math.min(size.width(), xOf(to))) };
  };

  const paintBrush = (ctx: CanvasRenderingContext2D): void => {
    const { left, right } = brush();
    const tab = tabOf(left, right);
    // What is not on screen is dimmed.
    ctx.fillStyle = withAlpha(colors.colors().panel, 0.4);
    ctx.fillRect(GUTTER, TOP, left - GUTTER, size.height() - TOP);
    ctx.fillRect(right, TOP, size.width() - right, size.height() - TOP);
    ctx.strokeStyle = colors.colors().dim;
    ctx.lineWidth = 1;
    // Between the times and the alerts: an edge through a time hides half of it.
    ctx.strokeRect(Math.round(left) + 0.5, TAB.height - 0.5, Math.max(1, Math.round(right - left) - 1), size.height() - TAB.height);
    ctx.fillStyle = colors.colors().dim;
    ctx.fillRect(tab, 0, TAB.width, TAB.height);
  };

  const tabOf = (left: number, right: number): number => Math.min(size.width() - TAB.width, Math.max(GUTTER, (left + right) / 2 - TAB.width / 2));

  const isOnBrush = (event: PointerEvent): boolean => {
    const rect = el.getBoundingClientRect();
    const [x, y] = [event.clientX - rect.left, event.clientY - rect.top];
    const { left, right } = brush();
    const tab = tabOf(left, right);
    return (x >= left - 4 && x <= right + 4) || (y <= TAB.height + 4 && x >= tab && x <= tab + TAB.width);
  };

  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    el.setPointerCapture(event.pointerId);
    drag = isOnBrush(event) ? { kind: 'brush', x: event.clientX, ...app.shown.range(), moved: false } : { kind: 'select', x: event.clientX, moved: false };
  };

  const move = (event: PointerEvent): void => {
    if (!drag) {
      if (event.pointerType !== 'touch') app.view.pointAt({ t: timeAt(event.clientX) }, app.shown.edge());
      return;
    }
    const dx = event.clientX - drag.x;
    if (!drag.moved && Math.abs(dx) < CLICK_PX) return;
    drag.moved = true;
    if (drag.kind === 'select') {
      const [a, b] = [timeAt(drag.x), timeAt(event.clientX)];
      app.view.select({ from: Math.min(a, b), to: Math.max(a, b) });
      return;
    }
    const shift = (dx / plotWidth()) * (span.to - span.from);
    const over = Math.max(0, drag.to + shift - span.to);
    app.view.slideRange(drag.from + shift - over, drag.to + shift - over);
  };

  const up = (event: PointerEvent): void => {
    const ended = drag;
    drag = undefined;
    if (!ended) return;
    if (!ended.moved) {
      click(event);
      return;
    }
    if (ended.kind === 'select') {
      const chosen = app.view.selection.peek();
      if (chosen) app.view.showRange(chosen.from, chosen.to);
    } else if (app.shown.range().to >= span.to - (span.to - span.from) / plotWidth()) app.view.follow();
  };

  /** A click in a lane goes to that lane's peak, one on an alert to where it began. */
  const click = (event: PointerEvent): void => {
    const rect = el.getBoundingClientRect();
    const mark = markAt(marks, event.clientX - rect.left, event.clientY - rect.top);
    if (mark) {
      app.view.showAt(mark.alert.sinceMs);
      return;
    }
    const lane = lanes[Math.floor((event.clientY - rect.top - TOP) / PITCH)];
    const column = Math.round(event.clientX - rect.left - GUTTER);
    const found = lane ? peakColumn(lane.states, column) : -1;
    const columnAt = (x: number): number => span.from + (x / Math.floor(plotWidth())) * (span.to - span.from);
    const worst = lane?.states[found] ?? NaN;
    const peak = lane && worst > 0 ? peakIn(app.feed.store, buckets, lane.resource, worst, { from: columnAt(found), to: columnAt(found + 1) }) : undefined;
    const t = peak?.t ?? (found < 0 ? timeAt(event.clientX) : columnAt(found + 0.5));
    const width = app.view.windowMs.peek();
    const to = Math.min(span.to, t + width / 2);
    app.view.pinTo(t, to);
    if (lane && peak?.bucket) void settle(lane.resource.state, t, peak.bucket);
  };

  /** A bucket does not say which of its seconds is the worst: that is asked for, and the cursor goes there unless it was moved. */
  const settle = async (family: string, t: number, { from, to }: TimeRange): Promise<void> => {
    const answer = await app.feed.archive.buckets({ from, to, points: 1, match: [family], only: 'maxSeq', info: (id) => app.feed.store.info(id), signal }).catch(() => undefined);
    const [seq] = Array.from(answer?.series.values() ?? [], ({ maxSeq }) => maxSeq[0] ?? NaN);
    if (seq === undefined || !(seq > 0) || signal.aborted) return;
    const { cursor } = app.view;
    const pinned = cursor.peek();
    if (pinned?.pinned !== true || pinned.t !== t) return;
    const { store } = app.feed;
    const held = store.rowAt(seq);
    cursor.value = held >= 0 ? { t: store.time(held), pinned: true } : { t, seq, pinned: true };
  };

  const ended = new AbortController();
  const { signal } = ended;
  el.addEventListener('pointerdown', down, { signal });
  el.addEventListener('pointermove', move, { signal });
  el.addEventListener('pointerup', up, { signal });
  el.addEventListener('pointercancel', () => (drag = undefined), { signal });
  el.addEventListener('pointerleave', () => app.view.pointAway(), { signal });
  const endDrawing = app.frameLoop.add(draw, el, 'overview');
  return {
    dispose() {
      ended.abort();
      endDrawing();
      colors.dispose();
      size.dispose();
      canvas.remove();
    },
  };
}
