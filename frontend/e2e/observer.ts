// What a browser test sees of a page: the messages it received, in a store of the same
// make as the page's own, and what it painted. The page itself has no hook for it.

import type { Page, WebSocket } from '@playwright/test';
import { createStore, type Store } from '../src/data/store';
import { decode } from '../src/wire/decode';
import type { SchemaMessage } from '../src/wire/types';

/** Follower repeats what a page was told. */
export interface Follower {
  readonly store: Store;
  readonly hosts: ReadonlySet<string>;
  /** How many sockets the page opened. */
  readonly sockets: number;
  readonly schema: SchemaMessage | undefined;
}

/** follow has to be called before the page is opened. */
export function follow(page: Page): Follower {
  const store = createStore();
  const hosts = new Set<string>();
  let schema: SchemaMessage | undefined;
  let newest: WebSocket | undefined;
  let sockets = 0;
  page.on('websocket', (socket) => {
    newest = socket;
    sockets++;
    hosts.add(new URL(socket.url()).host);
    socket.on('framereceived', ({ payload }) => {
      // The page does not listen to a socket that it gave up.
      if (socket !== newest || typeof payload !== 'string') return;
      const message = decode(payload);
      if (!message) return;
      if (message.type === 'schema' && message.series) schema = message;
      store.apply(message);
    });
  });
  return {
    store,
    hosts,
    get sockets() {
      return sockets;
    },
    get schema() {
      return schema;
    },
  };
}

/** missingRows are those between two rows of this instance, both inclusive, that the page was never told. */
export function missingRows(store: Store, from: number, to: number): number[] {
  const missing: number[] = [];
  for (let seq = from; seq <= to; seq++) {
    const index = store.rowAt(seq);
    if (index < 0 || !store.has(index)) missing.push(seq);
  }
  return missing;
}

/** A word of the connection's state and when it was first on screen. */
export interface Shown {
  readonly word: string;
  readonly at: number;
}

interface Watched {
  dashcamWords?: Shown[];
  dashcamDraws?: number;
  dashcamTexts?: Set<string>;
  dashcamHidden?: boolean;
}

/** watchPage has to be called before the page is opened; what it adds exists in the test's browser only. */
export async function watchPage(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watched = globalThis as Watched;
    watched.dashcamWords = [];
    watched.dashcamDraws = 0;
    watched.dashcamTexts = new Set();
    const words = watched.dashcamWords;
    new MutationObserver(() => {
      const word = document.querySelector('.state-word')?.textContent ?? '';
      if (word !== '' && words.at(-1)?.word !== word) words.push({ word, at: Date.now() });
    }).observe(document, { subtree: true, childList: true, characterData: true });
    const context = CanvasRenderingContext2D.prototype;
    for (const name of ['stroke', 'fillRect', 'putImageData'] as const) {
      const original = Object.getOwnPropertyDescriptor(context, name)?.value as (...all: unknown[]) => void;
      Object.defineProperty(context, name, {
        value(this: CanvasRenderingContext2D, ...all: unknown[]) {
          watched.dashcamDraws = (watched.dashcamDraws ?? 0) + 1;
          original.apply(this, all);
        },
      });
    }
    const fillText = Object.getOwnPropertyDescriptor(context, 'fillText')?.value as (...all: unknown[]) => void;
    Object.defineProperty(context, 'fillText', {
      value(this: CanvasRenderingContext2D, ...all: unknown[]) {
        watched.dashcamTexts?.add(String(all[0]));
        fillText.apply(this, all);
      },
    });
    // A headless browser shows every page: whether it is hidden is up to the test.
    Object.defineProperty(Document.prototype, 'visibilityState', { get: () => (watched.dashcamHidden === true ? 'hidden' : 'visible') });
    Object.defineProperty(Document.prototype, 'hidden', { get: () => watched.dashcamHidden === true });
  });
}

export const shownWords = (page: Page): Promise<Shown[]> => page.evaluate(() => (globalThis as Watched).dashcamWords ?? []);
export const drawCount = (page: Page): Promise<number> => page.evaluate(() => (globalThis as Watched).dashcamDraws ?? 0);
export const drawnTexts = (page: Page): Promise<string[]> => page.evaluate(() => Array.from((globalThis as Watched).dashcamTexts ?? []));

export const setHidden = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate((value) => {
    (globalThis as Watched).dashcamHidden = value;
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

/** The counts that the connection's popover shows. */
export async function ledgerOnScreen(page: Page): Promise<Record<string, string>> {
  const facts = page.locator('#connection-popover dl.facts');
  const [names, values] = [await facts.locator('dt').allTextContents(), await facts.locator('dd').allTextContents()];
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']));
}
