// A chart on screen. Rows that come move the picture by whole pixels and paint what is new
// beside it; only when something else changed is all of it painted. The painter is the
// same, with another clip.

import './plot.css';
import type { AppState } from '../state/app-state';
import type { DirtyReason } from '../state/frame';
import type { Panel } from '../wire/types';
import { zoomOf } from './canvas';
import { ChartData } from './chart-data';
import { watchColors } from './colors';
import { attachGestures } from './gestures';
import type { LegendItem } from './layers';
import { paintCursor, paintSelection, type Dot } from './overlay';
import { paint, reachOf, rowOf, type Transform } from './painter';
import { canvasTarget, fitPixels, Picture } from './picture';
import { AXIS_HEIGHT, GUTTER, PlotText } from './plot-text';

export { GUTTER } from './plot-text';

interface PlotOptions {
  readonly app: AppState;
  readonly panel: Panel;
  /** Called when a picture was drawn: the unit may be another one. */
  readonly drawn?: () => void;
}

/** Plot draws one panel into an element and keeps it drawn until it is disposed of. */
export class Plot {
  readonly #el: HTMLElement;
  readonly #app: AppState;
  readonly #drawn: (() => void) | undefined;
  readonly #data: ChartData;
  readonly #id: string;
  readonly #canvas = document.createElement('canvas');
  readonly #overlay = document.createElement('canvas');
  readonly #text: PlotText;
  readonly #colors: ReturnType<typeof watchColors>;
  readonly #size = { width: 0, height: 0, zoom: 1 };
  readonly #ends: (() => void)[] = [];
  readonly #picture: Picture;
  #shown: Transform | undefined;
  /** What lies over the picture. */
  #overlaid = '';
  /** Rises with the theme. */
  #theme = 0;

  constructor(el: HTMLElement, { app, panel, drawn }: PlotOptions) {
    this.#drawn = drawn;
    this.#el = el;
    this.#app = app;
    this.#data = new ChartData(app, panel);
    this.#id = panel.id;
    el.classList.add('plot');
    this.#canvas.className = 'plot-canvas';
    this.#overlay.className = 'plot-overlay';
    for (const canvas of [this.#canvas, this.#overlay]) canvas.setAttribute('aria-hidden', 'true');
    this.#overlay.hidden = true;
    this.#text = new PlotText(app, this.#data);
    this.#picture = new Picture(canvasTarget(this.#canvas));
    el.append(this.#text.under, this.#canvas, this.#text.over, this.#overlay);
    this.#colors = watchColors(el, () => {
      this.#theme++;
      app.frameLoop.markDirty('theme');
    });
    this.#ends.push(
      app.frameLoop.onResize(el, (width, height) => Object.assign(this.#size, { width, height, zoom: zoomOf(el) })),
      attachGestures(el, { app, timeAt: (x) => this.timeAt(x), gutter: GUTTER, snap: (t) => this.#data.snap(t) }),
      app.frameLoop.add((reasons) => this.#draw(reasons), el, 'canvas', 'once'),
    );
  }

  /** The unit of the numbers beside the chart. */
  get unit(): string {
    return this.#text.marks().unit;
  }

  /** The time under a horizontal position in the browser's window. */
  timeAt(clientX: number): number {
    const { from, to } = this.#data.window;
    const rect = this.#el.getBoundingClientRect();
    return from + ((clientX - rect.left - GUTTER) / Math.max(1, rect.width - GUTTER)) * (to - from);
  }

  /** What the legend says now: at the cursor, else of the newest row. */
  legend(): LegendItem[] {
    return this.#data.legend();
  }

  dispose(): void {
    for (const end of this.#ends) end();
    this.#colors.dispose();
    for (const part of [this.#text.under, this.#canvas, this.#text.over, this.#overlay]) part.remove();
    this.#el.classList.remove('plot');
  }

  #draw(reasons: ReadonlySet<DirtyReason>): void {
    const ratio = devicePixelRatio * this.#size.zoom;
    const width = Math.floor((this.#size.width - GUTTER) * ratio);
    const height = Math.floor((this.#size.height - AXIS_HEIGHT) * ratio);
    if (width < 10 || height < 10) return;
    const onlyCursor = !this.#picture.isEmpty && Array.from(reasons).every((reason) => reason === 'cursor');
    if (!onlyCursor) {
      const data = this.#data;
      data.update(width);
      if (data.isSettled) this.#app.view.settlePin(this.#id, (t) => data.snap(t));
      const transform = { first: data.first, last: data.last, height, ratio };
      const inks = this.#colors.colors().inks();
      this.#shown = transform;
      this.#picture.show({
        transform,
        paint: (to, clip) => paint(to, data.scene(), transform, clip, inks),
        reach: reachOf(ratio),
        changedFrom: data.changedFrom,
        key: `${this.#theme}\n${data.pictureKey()}`,
        now: this.#app.clock.now(),
      });
      this.#text.update(transform);
      this.#drawn?.();
    }
    if (this.#shown) this.#drawOverlay(this.#shown);
  }

  #drawOverlay(transform: Transform): void {
    const overlay = this.#overlay;
    const selection = this.#app.view.selection.peek();
    const cursor = this.#app.view.cursor.peek();
    // An empty overlay is no part of the picture: a browser pays for every canvas at every frame.
    const isEmpty = selection === null && cursor === null;
    // It is asked at every row: what is written again is styled again.
    if (isEmpty && overlay.hidden) return;
    overlay.hidden = isEmpty;
    const ctx = overlay.getContext('2d');
    if (isEmpty || !ctx) {
      overlay.width = 0;
      this.#overlaid = '';
      this.#text.say(undefined, transform);
      return;
    }
    const { width, height } = this.#canvas;
    const values = cursor ? this.#data.valuesAt(cursor.t) : [];
    const key = [this.#theme, width, height, transform.first, transform.ratio, this.#data.top, selection?.from, selection?.to, cursor?.t, cursor?.pinned, values].join(' ');
    // A view that is held stays as it is, whatever comes.
    if (key === this.#overlaid) return;
    this.#overlaid = key;
    if (overlay.width !== width || overlay.height !== height) fitPixels(overlay, width, height, transform.ratio);
    else ctx.clearRect(0, 0, width, height);
    const colors = this.#colors.colors();
    const data = this.#data;
    const place = (t: number): number => data.column(t) - transform.first + 0.5;
    if (selection) paintSelection(ctx, place(selection.from), place(selection.to), colors);
    const gap = cursor ? data.gaps.find(({ from, to }) => cursor.t > from && cursor.t < to) : undefined;
    this.#text.say(cursor && gap ? { t: cursor.t, gap } : undefined, transform);
    if (cursor) paintCursor(ctx, { x: place(cursor.t), isPinned: cursor.pinned, dots: gap ? [] : this.#dots(values, transform), ratio: transform.ratio }, colors);
  }

  #dots(values: readonly number[], transform: Transform): Dot[] {
    const data = this.#data;
    return data.shown.flatMap((curve, i) => {
      const value = values[i] ?? NaN;
      return Number.isNaN(value) || value > data.top ? [] : [{ y: rowOf(value, data.top, transform), color: this.#colors.colors().series(curve.color) }];
    });
  }
}
