// Paper: while a page is printed every chart on it stands there in the light theme, as
// sharp as a printer can make it.

import { chartImage, stripImage } from '../charts/chart-image';
import { readColors } from '../charts/colors';
import type { AppState } from '../state/app-state';
import type { Panel } from '../wire/types';

/** Pixels of a picture on paper per CSS pixel. */
const PRINT_RATIO = 3;

/** printCharts listens until the returned function is called. panelOf finds a panel by its id. */
export function printCharts(app: AppState, page: Window, panelOf: (id: string) => Panel | undefined): () => void {
  const ended = new AbortController();
  const root = page.document.documentElement;
  let theme: string | undefined;
  let made: HTMLCanvasElement[] = [];
  const before = (): void => {
    theme = root.dataset.theme;
    root.dataset.theme = 'light';
    for (const figure of page.document.querySelectorAll<HTMLElement>('[data-panel]')) {
      const panel = panelOf(figure.dataset.panel ?? '');
      if (!panel) continue;
      const colors = readColors(figure);
      for (const [look, image] of [['.plot', chartImage], ['.heat', stripImage]] as const) {
        const el = figure.querySelector<HTMLElement>(look);
        if (!el || el.clientHeight === 0) continue;
        const canvas = image({ app, panel, width: el.clientWidth, height: el.clientHeight, ratio: PRINT_RATIO, colors });
        if (!canvas) continue;
        canvas.className = 'print-image';
        el.append(canvas);
        made.push(canvas);
      }
    }
  };
  const after = (): void => {
    for (const canvas of made) canvas.remove();
    made = [];
    if (theme === undefined) delete root.dataset.theme;
    else root.dataset.theme = theme;
  };
  page.addEventListener('beforeprint', before, { signal: ended.signal });
  page.addEventListener('afterprint', after, { signal: ended.signal });
  return () => ended.abort();
}
