// The one bridge between samples and the screen: draws what is dirty and visible, at most
// once per frame, and nothing at all in a hidden tab.

import type { DirtyReason, FrameLoop, Shows } from '../state/frame';
import type { PageCost } from '../state/page-cost';

interface Part {
  readonly draw: (reasons: ReadonlySet<DirtyReason>) => void;
  readonly el: Element;
  readonly shows: Shows;
  readonly reasons: Set<DirtyReason>;
  visible: boolean;
}

/** The parts of a browser that the loop needs. */
interface FrameHost {
  requestFrame(run: () => void): number;
  cancelFrame(id: number): void;
  /** Runs in the same frame, when components that were changed in it have been drawn. */
  afterComponents(run: () => void): void;
  /** Runs when the frame has been painted. */
  afterRendering(run: () => void): void;
  /** Milliseconds of any clock. */
  clock(): number;
  hidden(): boolean;
  onVisibility(run: () => void): () => void;
  /** Nothing runs behind a frame any more. */
  end(): void;
  /** Calls changed whenever an observed element begins or ceases to be visible. */
  observe(changed: (el: Element, visible: boolean) => void): Observed;
  /** Calls resized with all elements whose size changed in a frame, when they are laid out and not painted yet. */
  observeSizes(resized: (sizes: readonly Size[]) => void): Observed;
}

interface Observed {
  add(el: Element): void;
  remove(el: Element): void;
  end(): void;
}

/** The size of an element, in CSS pixels. */
export interface Size {
  readonly el: Element;
  readonly width: number;
  readonly height: number;
}

/** What concerns only some: all others stay as they are. */
const CONCERNED: Readonly<Partial<Record<DirtyReason, readonly Shows[]>>> = {
  table: ['tables'],
  verdict: ['verdict'],
  later: ['tables', 'now', 'overview'],
};

/** createFrameLoop returns a loop that runs only while there is something to draw, and tells cost what it took. */
export function createFrameLoop(cost: Pick<PageCost, 'frame'>, host: FrameHost = browserFrames()): FrameLoop {
  const parts = new Set<Part>();
  let frame: number | undefined;

  const isDue = (part: Part): boolean => part.visible && part.reasons.size > 0;

  const drawPart = (part: Part): void => {
    if (!isDue(part)) return;
    const reasons = new Set(part.reasons);
    part.reasons.clear();
    part.draw(reasons);
  };

  const drawAll = (...shows: readonly Shows[]): void => {
    for (const part of parts) if (shows.includes(part.shows)) drawPart(part);
  };

  // Writing on a canvas makes the browser lay out what was written into the document
  // before. So canvases come last, after what components write for this frame, and the
  // page is laid out once.
  const run = (): void => {
    frame = undefined;
    const began = host.clock();
    drawAll('tables');
    drawAll('text', 'now', 'verdict');
    host.afterComponents(() => {
      drawAll('canvas', 'overview');
      // Charts are drawn behind that, in the same way.
      let drawn = began;
      host.afterComponents(() => (drawn = host.clock()));
      host.afterRendering(() => cost.frame(drawn - began, host.clock() - drawn));
    });
  };

  const schedule = (): void => {
    if (frame !== undefined || host.hidden()) return;
    for (const part of parts) {
      if (isDue(part)) {
        frame = host.requestFrame(run);
        return;
      }
    }
  };

  const byElement = new Map<Element, Set<Part>>();
  const observer = host.observe((el, visible) => {
    for (const part of byElement.get(el) ?? []) part.visible = visible;
    schedule();
  });
  const endVisibility = host.onVisibility(schedule);

  const resizing = new Map<Element, (width: number, height: number) => void>();
  const sizes = host.observeSizes((changed) => {
    for (const { el, width, height } of changed) resizing.get(el)?.(width, height);
    const resized = changed.flatMap(({ el }) => Array.from(byElement.get(el) ?? []));
    for (const part of resized) part.reasons.add('size');
    if (host.hidden()) return;
    for (const part of resized) drawPart(part);
  });

  return {
    markDirty(reason) {
      const concerned = CONCERNED[reason];
      for (const part of parts) if (concerned?.includes(part.shows) !== false) part.reasons.add(reason);
      schedule();
    },
    add(draw, el, shows = 'text', at = 'seen') {
      const group = byElement.get(el) ?? new Set();
      // The observer reports an element once when it begins to watch it; one that it
      // watches already is as visible as its other parts.
      const [other] = group;
      const part: Part = { draw, el, shows, reasons: new Set<DirtyReason>(['schema']), visible: other?.visible ?? at === 'once' };
      parts.add(part);
      byElement.set(el, group.add(part));
      if (group.size === 1) observer.add(el);
      // Of what comes while a frame is drawn, the next frame would be one too late.
      if (at === 'once' && shows !== 'canvas' && !host.hidden()) drawPart(part);
      schedule();
      return () => {
        parts.delete(part);
        group.delete(part);
        if (group.size > 0) return;
        byElement.delete(el);
        observer.remove(el);
      };
    },
    onResize(el, changed) {
      resizing.set(el, changed);
      sizes.add(el);
      return () => {
        resizing.delete(el);
        sizes.remove(el);
      };
    },
    dispose() {
      if (frame !== undefined) host.cancelFrame(frame);
      observer.end();
      sizes.end();
      endVisibility();
      host.end();
      parts.clear();
      byElement.clear();
      resizing.clear();
    },
  };
}

function browserFrames(): FrameHost {
  // A message that is sent while a frame is drawn comes right behind it.
  const { port1, port2 } = new MessageChannel();
  let waiting: (() => void)[] = [];
  port1.onmessage = () => {
    const due = waiting;
    waiting = [];
    for (const run of due) run();
  };
  return {
    afterRendering(run) {
      waiting.push(run);
      port2.postMessage(null);
    },
    // An open port is held by the browser, and holds whoever listens to it.
    end: () => port1.close(),
    clock: () => performance.now(),
    requestFrame: (run) => requestAnimationFrame(run),
    cancelFrame: (id) => cancelAnimationFrame(id),
    afterComponents: (run) => queueMicrotask(run),
    hidden: () => document.visibilityState === 'hidden',
    onVisibility(run) {
      document.addEventListener('visibilitychange', run);
      return () => document.removeEventListener('visibilitychange', run);
    },
    observe(changed) {
      const observer = new IntersectionObserver((entries) => {
        for (const entry of entries) changed(entry.target, entry.isIntersecting);
      });
      return { add: (el) => observer.observe(el), remove: (el) => observer.unobserve(el), end: () => observer.disconnect() };
    },
    observeSizes(resized) {
      const observer = new ResizeObserver((entries) => resized(entries.map(({ target, contentRect: { width, height } }) => ({ el: target, width, height }))));
      return { add: (el) => observer.observe(el), remove: (el) => observer.unobserve(el), end: () => observer.disconnect() };
    },
  };
}
