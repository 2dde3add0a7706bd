import { newestIndex, type Store } from '../data/store';
import { firing } from '../signs/firing';
import { readState } from '../signs/reading';
import { isBadState, type ResourceState, stateShape, wordOf, worstResource } from '../signs/worst';
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
  const worst = judged(app.feed.store) ?? worstResource(app.feed.store, app.feed.store.resources(), app.feed.store.length - 1);
  return pageSign(worst && { shape: stateShape(worst.state), resource: worst.resource.title, word: wordOf(worst.resource, worst.state) }, firing(app.feed.alerts.peek())[0]);
}

/** A verdict that is older than this says nothing of now. */
const FRESH_MS = 10_000;

/** judged is the resource that the verdict speaks of: the title says the same as the page, without the numbers that change with every row. */
export function judged(store: Store): ResourceState | undefined {
  const { verdict } = store;
  const newest = newestIndex(store);
  if (!verdict || verdict.level === 'ok' || store.time(newest) - verdict.at > FRESH_MS) return undefined;
  const wanted = verdict.resource === 'service' ? 'limits' : verdict.resource;
  const resource = store.resources().find(({ id }) => id === wanted);
  const state = resource && readState(store, resource, newest);
  return resource && state && isBadState(state) ? { resource, state } : undefined;
}
