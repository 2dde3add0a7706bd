// The core strip: one row per processor, brighter where it is busier. Beyond 16 there are
// 16 rows sorted per column, "busiest … idlest": a single hot core stays in sight on any
// machine. It is a picture that follows its rows, as a chart is.

import './heat.css';
import type { AppState } from '../state/app-state';
import type { Panel } from '../wire/types';
import { zoomOf } from './canvas';
import { watchColors } from './colors';
import { attachGestures } from './gestures';
import { HeatData, heatRows, MAX_HEAT_ROWS, paintHeat } from './heat-data';
import { canvasTarget, Picture } from './picture';
import { GUTTER } from './plot-text';

/** A heat strip. */
interface Heat {
  readonly canvas: HTMLCanvasElement;
  dispose(): void;
}

function nameOf(word: string): HTMLElement {
  const el = document.createElement('span');
  el.textContent = word;
  return el;
}

/** createHeat draws the strip of a panel into an element, which becomes as high as its rows. */
export function createHeat(el: HTMLElement, { app, panel }: { app: AppState; panel: Panel }): Heat | undefined {
  const { strip: family } = panel;
  if (family === undefined) return undefined;
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  const [names, cursorLine] = [document.createElement('div'), document.createElement('div')];
  names.className = 'heat-names';
  cursorLine.className = 'heat-cursor';
  cursorLine.hidden = true;
  el.classList.add('heat');
  el.append(canvas, names, cursorLine);
  let theme = 0;
  const colors = watchColors(el, () => {
    theme++;
    app.frameLoop.markDirty('theme');
  });
  const size = { width: 0, height: 0, zoom: 1 };
  const data = new HeatData(app, family, panel.stripMax ?? 100);
  const picture = new Picture(canvasTarget(canvas));
  const timeAt = (clientX: number): number => {
    const rect = el.getBoundingClientRect();
    const { from, to } = app.shown.range();
    return from + ((clientX - rect.left - GUTTER) / Math.max(1, rect.width - GUTTER)) * (to - from);
  };
  const draw = (): void => {
    const series = app.feed.store.byFamily(family).length;
    const rows = heatRows(series);
    el.hidden = rows === 0;
    if (el.style.getPropertyValue('--heat-rows') !== String(rows)) el.style.setProperty('--heat-rows', String(rows));
    const ratio = devicePixelRatio * size.zoom;
    const [width, height] = [Math.floor((size.width - GUTTER) * ratio), Math.floor(size.height * ratio)];
    if (width < 1 || height < 1 || rows === 0) return;
    const inks = colors.colors().inks();
    data.update(width);
    const transform = { first: data.first, last: data.last, height, ratio };
    picture.show({
      transform,
      paint: (to, clip) => paintHeat(to, data, height, clip, { ground: inks.panel, ink: inks.series('c1') }),
      reach: 1,
      changedFrom: data.changedFrom,
      key: `${theme} ${data.version}`,
      now: app.clock.now(),
    });
    const words = size.height < 8 ? [] : size.height >= 22 && series > MAX_HEAT_ROWS ? ['busiest', 'idlest'] : ['cores'];
    if (names.textContent !== words.join('')) names.replaceChildren(...words.map(nameOf));
    const cursor = app.view.cursor.peek();
    const x = cursor ? data.columnAt(cursor.t) - data.first : -1;
    const isShown = x >= 0 && x < width;
    if (cursorLine.hidden === isShown) cursorLine.hidden = !isShown;
    if (isShown) cursorLine.style.setProperty('--x', `${GUTTER + x / ratio}px`);
  };
  const ends = [
    app.frameLoop.onResize(el, (width, height) => Object.assign(size, { width, height, zoom: zoomOf(el) })),
    attachGestures(el, { app, timeAt, gutter: GUTTER }),
    app.frameLoop.add(draw, el, 'canvas', 'once'),
    () => colors.dispose(),
  ];
  return {
    canvas,
    dispose() {
      for (const end of ends) end();
      for (const part of [canvas, names, cursorLine]) part.remove();
    },
  };
}
