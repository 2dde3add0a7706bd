// What a browser test sees of a page: the messages it received, in a store of the same
// make as the page's own, and what it painted. The page itself has no hook for it.

import type { Page, WebSocket } from '@playwright/test';
import { createStore } from '../src/data/row-store';
import type { Store } from '../src/data/store';
import { decode } from '../src/wire/decode';
import type { ClientMessage, SchemaMessage, SubscribeMessage } from '../src/wire/types';

/** Follower repeats what a page was told. */
export interface Follower {
  readonly store: Store;
  readonly hosts: ReadonlySet<string>;
  /** How many sockets the page opened. */
  readonly sockets: number;
  /** When the last of the rest of its first rows arrived, in Unix milliseconds. */
  readonly wholeAt: number;
  /** The subscriptions that it sent, on all of them. */
  readonly subscriptions: readonly SubscribeMessage[];
  readonly schema: SchemaMessage | undefined;
}

/** follow has to be called before the page is opened. */
export function follow(page: Page): Follower {
  const store = createStore();
  const hosts = new Set<string>();
  let schema: SchemaMessage | undefined;
  let newest: WebSocket | undefined;
  let sockets = 0;
  let wholeAt = NaN;
  const subscriptions: SubscribeMessage[] = [];
  page.on('websocket', (socket) => {
    newest = socket;
    sockets++;
    hosts.add(new URL(socket.url()).host);
    socket.on('framesent', ({ payload }) => {
      const message = JSON.parse(String(payload)) as ClientMessage;
      if (message.type === 'subscribe') subscriptions.push(message);
    });
    socket.on('framereceived', ({ payload }) => {
      // The page does not listen to a socket that it gave up.
      if (socket !== newest || typeof payload !== 'string') return;
      const message = decode(payload);
      if (!message) return;
      if (message.type === 'schema' && message.series) schema = message;
      store.apply(message);
      if (message.type === 'history' && message.part === 'rest' && message.more !== true) wholeAt = Date.now();
    });
  });
  return {
    store,
    hosts,
    subscriptions,
    get wholeAt() {
      return wholeAt;
    },
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
  /** Turns of the event loop in which a chart was drawn. */
  dashcamPaints?: number;
  /** Calls that drew on anything but the overview, which goes on while a view is held. */
  dashcamViewDraws?: number;
  dashcamPersisted?: boolean[];
  dashcamTexts?: Set<string>;
  dashcamHidden?: boolean;
}

/** watchPage has to be called before the page is opened; what it adds exists in the test's browser only. */
export async function watchPage(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const watched = globalThis as Watched;
    watched.dashcamWords = [];
    watched.dashcamDraws = 0;
    watched.dashcamPaints = 0;
    watched.dashcamPersisted = [];
    watched.dashcamTexts = new Set();
    const words = watched.dashcamWords;
    const persisted = watched.dashcamPersisted;
    addEventListener('pageshow', (event) => persisted.push(event.persisted));
    let painting = false;
    const paints = (): void => {
      if (painting) return;
      painting = true;
      watched.dashcamPaints = (watched.dashcamPaints ?? 0) + 1;
      setTimeout(() => (painting = false));
    };
    new MutationObserver(() => {
      const word = document.querySelector('.state-word')?.textContent ?? '';
      if (word !== '' && words.at(-1)?.word !== word) words.push({ word, at: Date.now() });
      for (const note of document.querySelectorAll('.plot-note, .plot-reason')) watched.dashcamTexts?.add(note.textContent);
    }).observe(document, { subtree: true, childList: true, characterData: true });
    const context = CanvasRenderingContext2D.prototype;
    for (const name of ['stroke', 'fillRect', 'putImageData', 'drawImage'] as const) {
      const original = Object.getOwnPropertyDescriptor(context, name)?.value as (...all: unknown[]) => void;
      Object.defineProperty(context, name, {
        value(this: CanvasRenderingContext2D, ...all: unknown[]) {
          watched.dashcamDraws = (watched.dashcamDraws ?? 0) + 1;
          if (!this.canvas.closest('.overview')) watched.dashcamViewDraws = (watched.dashcamViewDraws ?? 0) + 1;
          if (this.canvas.closest('.plot')) paints();
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
export const viewDrawCount = (page: Page): Promise<number> => page.evaluate(() => (globalThis as Watched).dashcamViewDraws ?? 0);
export const drawnTexts = (page: Page): Promise<string[]> => page.evaluate(() => Array.from((globalThis as Watched).dashcamTexts ?? []));

export const paintCount = (page: Page): Promise<number> => page.evaluate(() => (globalThis as Watched).dashcamPaints ?? 0);
/** Of each showing of the page, whether it came out of the back-forward cache. */
export const persistedShows = (page: Page): Promise<boolean[]> => page.evaluate(() => (globalThis as Watched).dashcamPersisted ?? []);

/**
 * hatchOnScreen looks for a stretch of a chart, at least so many pixels wide, with strokes
 * in the colour of hatching in every column: the share of its pixels that have it, undefined
 * where there is no such stretch.
 */
export const hatchOnScreen = (page: Page, width: number): Promise<number | undefined> =>
  page.evaluate((least) => {
    const token = getComputedStyle(document.documentElement).getPropertyValue('--ink-hatch').trim();
    const one = document.createElement('canvas').getContext('2d');
    if (!one) return undefined;
    one.fillStyle = token;
    one.fillRect(0, 0, 1, 1);
    const [red, green, blue] = one.getImageData(0, 0, 1, 1).data;
    for (const canvas of document.querySelectorAll<HTMLCanvasElement>('.plot-canvas')) {
      // Below the room for marks, and above the middle, where the reason may stand.
      const top = 12 * devicePixelRatio;
      const height = Math.floor(canvas.height / 2) - top;
      if (canvas.width === 0 || height <= 0) continue;
      const { data } = canvas.getContext('2d')?.getImageData(0, top, canvas.width, height) ?? { data: [] };
      const counts = Array.from({ length: canvas.width }, (_, x) =>
        Array.from({ length: height }, (__, y) => 4 * (y * canvas.width + x)).filter((i) => data[i] === red && data[i + 1] === green && data[i + 2] === blue).length,
      );
      for (let from = 0; from < counts.length; from++) {
        let end = from;
        while ((counts[end] ?? 0) > 0) end++;
        if (end - from >= least) return counts.slice(from, end).reduce((sum, count) => sum + count, 0) / ((end - from) * height);
        from = end;
      }
    }
    return undefined;
  }, width);

export const setHidden = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate((value) => {
    (globalThis as Watched).dashcamHidden = value;
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

/** The counts that the connection's popover shows, and its last interruptions, newest first. */
export async function ledgerOnScreen(page: Page): Promise<{ readonly counts: Readonly<Record<string, string>>; readonly interruptions: readonly (readonly string[])[] }> {
  const popover = page.locator('#connection-popover');
  const facts = popover.locator('dl.facts');
  const [names, values] = [await facts.locator('dt').allTextContents(), await facts.locator('dd').allTextContents()];
  const rows = await popover.locator('.interruptions tbody tr:not([hidden])').all();
  return {
    counts: Object.fromEntries(names.map((name, i) => [name, values[i] ?? ''])),
    interruptions: await Promise.all(rows.map((row) => row.locator('td').allTextContents())),
  };
}
