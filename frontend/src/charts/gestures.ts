// What a pointer does on anything that has a time axis. The same for charts, core strip
// and overview, so that the time cursor feels the same everywhere.

import { batch } from '@preact/signals';
import type { AppState } from '../state/app-state';
import type { Snap } from '../state/view';
import { type Axis, axisIn, type Fingers, pannedBy, pinchedBy, type Span } from './slide';

/** A press shorter and smaller than this is a click. */
const CLICK_PX = 6;
const CLICK_MS = 400;
/** A second click within this zooms out instead. */
const DOUBLE_MS = 300;
/** A touch this long begins a selection. */
const LONG_MS = 500;

interface GestureDeps {
  readonly app: AppState;
  /** The time under a horizontal position in the window. */
  readonly timeAt: (clientX: number) => number;
  /** CSS pixels at the left of the element that have no time. */
  readonly gutter?: number;
  /** The row to which a time belongs: inside a bucket that of its peak. */
  readonly snap?: (t: number) => Snap;
}

/** A press, and when it was made: a busy page is told later. */
interface Press {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly at: number;
  readonly t: number;
  readonly kind: string;
  readonly shown: Span;
  readonly pan: boolean;
  mode: 'undecided' | 'select' | 'pan' | 'scrub' | 'ignore';
}

/** attachGestures listens until the returned function is called. */
export function attachGestures(el: HTMLElement, { app, timeAt, gutter = 0, snap = (t) => ({ t }) }: GestureDeps): () => void {
  const { view } = app;
  const ended = new AbortController();
  const { signal } = ended;
  let press: Press | undefined;
  let clickedAt = -Infinity;
  const touches = new Map<number, number>();
  let pinch: { readonly shown: Span; readonly fingers: Fingers } | undefined;

  /** Where the time axis lies in the window. */
  const axis = (): Axis => axisIn(el.getBoundingClientRect(), gutter);

  const clampedTime = (event: PointerEvent): number => {
    const { from, to } = app.shown.range();
    return Math.min(to, Math.max(from, timeAt(event.clientX)));
  };

  const down = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') {
      touches.set(event.pointerId, event.clientX);
      const [a, b] = Array.from(touches.values());
      if (a !== undefined && b !== undefined) {
        press = undefined;
        pinch = { shown: app.shown.range(), fingers: [a, b] };
        return;
      }
    }
    if (event.button !== 0) return;
    press = {
      id: event.pointerId,
      x: event.clientX,
      y: event.clientY,
      at: event.timeStamp,
      t: clampedTime(event),
      kind: event.pointerType,
      shown: app.shown.range(),
      pan: event.shiftKey,
      mode: 'undecided',
    };
  };

  const move = (event: PointerEvent): void => {
    if (touches.has(event.pointerId)) touches.set(event.pointerId, event.clientX);
    if (pinch) {
      pinchTo();
      return;
    }
    if (press?.id !== event.pointerId) {
      if (event.pointerType === 'touch') return;
      view.pointAt(snap(clampedTime(event)), app.shown.edge());
      return;
    }
    drag(press, event);
  };

  const drag = (held: Press, event: PointerEvent): void => {
    const dx = event.clientX - held.x;
    if (held.mode === 'undecided') {
      if (Math.abs(dx) < CLICK_PX) return;
      if (Math.abs(event.clientY - held.y) > Math.abs(dx)) {
        held.mode = 'ignore';
        return;
      }
      held.mode = held.pan ? 'pan' : held.kind === 'touch' && event.timeStamp - held.at < LONG_MS ? 'scrub' : 'select';
      el.setPointerCapture(held.id);
    }
    const t = clampedTime(event);
    if (held.mode === 'select') view.select({ from: Math.min(held.t, t), to: Math.max(held.t, t) });
    else if (held.mode === 'scrub') view.scrub(snap(t), app.shown.edge());
    else if (held.mode === 'pan') {
      const { from, to } = pannedBy(held.shown, axis(), dx);
      app.moves.slide(from, to);
    }
  };

  const pinchTo = (): void => {
    const [a, b] = Array.from(touches.values());
    if (!pinch || a === undefined || b === undefined) return;
    const { from, to } = pinchedBy(pinch.shown, axis(), pinch.fingers, [a, b]);
    app.moves.slide(from, to);
  };

  const up = (event: PointerEvent): void => {
    touches.delete(event.pointerId);
    if (touches.size < 2) pinch = undefined;
    const held = press;
    if (held?.id !== event.pointerId) return;
    press = undefined;
    if (held.mode !== 'undecided' || event.timeStamp - held.at > CLICK_MS) return;
    // Where the first press pinned nothing that still stands there is nothing to take back: somebody went back in between.
    if (event.timeStamp - clickedAt < DOUBLE_MS && view.cursor.peek()?.pinned === true) {
      clickedAt = -Infinity;
      // What the first press of the two pinned goes again: one act, one step back.
      batch(() => {
        view.unpin();
        app.moves.stepZoom(1);
      });
      return;
    }
    clickedAt = event.timeStamp;
    view.pin(snap(held.t), app.shown.edge());
  };

  const cancel = (event: PointerEvent): void => {
    touches.delete(event.pointerId);
    pinch = undefined;
    press = undefined;
  };

  const wheel = (event: WheelEvent): void => {
    // A plain wheel always scrolls; a pinch on a touchpad arrives as a wheel with ctrl.
    if (!event.ctrlKey) return;
    event.preventDefault();
    app.moves.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 200), timeAt(event.clientX));
  };

  el.addEventListener('pointerdown', down, { signal });
  el.addEventListener('pointermove', move, { signal });
  el.addEventListener('pointerup', up, { signal });
  el.addEventListener('pointercancel', cancel, { signal });
  el.addEventListener('pointerleave', () => view.pointAway(), { signal });
  el.addEventListener('wheel', wheel, { signal, passive: false });
  return () => {
    view.pointAway();
    ended.abort();
  };
}
