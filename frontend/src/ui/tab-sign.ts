import { firing } from '../signs/firing';
import { stateShape, wordOf, worstResource } from '../signs/worst';
import type { AppState } from '../state/app-state';
import { onNews } from './news';
import { favicon, pageSign, pageTitle, type PageSign } from './page-title';

const everyMs = 2000;

/**
 * keepTabSign lets the title and the favicon say the state, at most every two seconds,
 * whether the tab is hidden or not, until the returned function is called.
 */
export function keepTabSign(app: AppState, page: Document): () => void {
  let shown = '';
  const write = (): void => {
    const sign = signOf(app);
    const title = pageTitle(sign, app.feed.store.host?.hostname ?? '');
    if (title === shown) return;
    shown = title;
    page.title = title;
    iconOf(page).href = favicon(sign);
  };
  return onNews(app, everyMs, write);
}

function iconOf(page: Document): HTMLLinkElement {
  const known = page.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (known) return known;
  const link = page.createElement('link');
  link.rel = 'icon';
  page.head.append(link);
  return link;
}

function signOf(app: AppState): PageSign {
  if (app.feed.store.length === 0) return { type: 'ok' };
  if (app.feed.stale()) return { type: 'stale' };
  const worst = worstResource(app.feed.store, app.feed.store.resources(), app.feed.store.length - 1);
  return pageSign(worst && { shape: stateShape(worst.state), resource: worst.resource.title, word: wordOf(worst.resource, worst.state) }, firing(app.feed.alerts.peek())[0]);
}
