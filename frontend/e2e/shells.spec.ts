// A shell makes everything that an address needs, and takes all of it away again: who goes
// from host to host and to the wall for a day pays for one of them.

import type { CDPSession, Page } from '@playwright/test';
import preact from '@preact/preset-vite';
import { build } from 'vite';
import { expect, test } from './server';

test.use({ flags: ['hub', '--demo', '--seed', '7'], bypassCSP: true });

/** How often the page goes from one to the next. */
const SWITCHES = 50;
/** What is made once stays: the first rounds do not count. */
const WARM = 10;
const MIB = 1 << 20;

interface Counted {
  /** What is neither ended nor run, by its kind. */
  dashcamAlive?: Readonly<Record<string, () => number>>;
}

/** bundle is shells.ts in one script and one style, as the page is built. */
async function bundle(): Promise<{ readonly script: string; readonly style: string }> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [preact({ devToolsEnabled: false })],
    build: { write: false, minify: false, lib: { entry: `${import.meta.dirname}/shells.ts`, formats: ['es'], cssFileName: 'shells' }, rolldownOptions: { output: { codeSplitting: false } } },
  });
  const output = [built].flat().flatMap((each) => ('output' in each ? each.output : []));
  const text = (end: string): string => output.map((file) => (file.fileName.endsWith(end) ? (file.type === 'chunk' ? file.code : file.source.toString()) : '')).join('');
  return { script: text('.js'), style: text('.css') };
}

/** count has to be called before a page is opened. */
const count = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const alive: Record<string, () => number> = ((globalThis as Counted).dashcamAlive = {});
    const kept = <T>(name: string): Set<T> => {
      const all = new Set<T>();
      alive[name] = () => all.size;
      return all;
    };
    const replace = (target: object, name: string, by: (original: (...all: unknown[]) => unknown) => (this: unknown, ...all: unknown[]) => unknown): void => {
      const original = Reflect.get(target, name) as (...all: unknown[]) => unknown;
      Object.defineProperty(target, name, { value: by(original), writable: true, configurable: true });
    };
    // Once they are called off or have run, they are none.
    for (const [begin, end, name] of [['setTimeout', 'clearTimeout', 'timers'], ['setInterval', 'clearInterval', 'intervals'], ['requestAnimationFrame', 'cancelAnimationFrame', 'frames'], ['requestIdleCallback', 'cancelIdleCallback', 'idle']] as const) {
      const all = kept<unknown>(name);
      replace(globalThis, begin, (original) => (run, ...rest) => {
        const id: unknown = original.call(globalThis, (...given: unknown[]) => {
          if (name !== 'intervals') all.delete(id);
          (run as (...all: unknown[]) => unknown)(...given);
        }, ...rest);
        all.add(id);
        return id;
      });
      replace(globalThis, end, (original) => (id) => {
        all.delete(id);
        original.call(globalThis, id);
      });
    }
    for (const name of ['IntersectionObserver', 'ResizeObserver', 'MutationObserver'] as const) {
      const all = kept<unknown>(name);
      const { prototype } = globalThis[name];
      replace(prototype, 'observe', (original) => function (...given) {
        all.add(this);
        return original.apply(this, given);
      });
      replace(prototype, 'disconnect', (original) => function () {
        all.delete(this);
        return original.call(this);
      });
    }
    const media = kept<unknown>('media queries');
    replace(MediaQueryList.prototype, 'addEventListener', (original) => function (type, run) {
      media.add(this);
      return original.call(this, type, run);
    });
    replace(MediaQueryList.prototype, 'removeEventListener', (original) => function (type, run) {
      media.delete(this);
      return original.call(this, type, run);
    });
    const [ports, sockets] = [kept<unknown>('message ports'), kept<WebSocket>('sockets')];
    replace(MessagePort.prototype, 'close', (original) => function () {
      ports.delete(this);
      return original.call(this);
    });
    const [Channel, Socket] = [MessageChannel, WebSocket];
    globalThis.MessageChannel = class extends Channel {
      constructor() {
        super();
        ports.add(this.port1);
      }
    };
    globalThis.WebSocket = class extends Socket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        sockets.add(this);
      }
      override close(code?: number, reason?: string): void {
        sockets.delete(this);
        super.close(code, reason);
      }
    };
    // Workers and channels between tabs: the page has none, and is not to get one that stays.
    for (const name of ['Worker', 'BroadcastChannel'] as const) {
      const all = kept<unknown>(name);
      const Plain = globalThis[name] as new (...all: unknown[]) => object;
      Object.defineProperty(globalThis, name, {
        value: class extends Plain {
          constructor(...given: unknown[]) {
            super(...given);
            all.add(this);
          }
        },
      });
    }
  });

const alive = (page: Page): Promise<Record<string, number>> =>
  page.evaluate(() => Object.fromEntries(Object.entries((globalThis as Counted).dashcamAlive ?? {}).map(([name, of]) => [name, of()])));

/** listenersOn are those of what outlives a shell. */
async function listenersOn(session: CDPSession): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const what of ['window', 'document', 'document.documentElement', 'document.body', "document.getElementById('app')"]) {
    const { result } = await session.send('Runtime.evaluate', { expression: what });
    if (result.objectId === undefined) continue;
    const { listeners } = await session.send('DOMDebugger.getEventListeners', { objectId: result.objectId });
    found[what] = listeners.length;
    await session.send('Runtime.releaseObject', { objectId: result.objectId });
  }
  return found;
}

/** held is what the browser holds for the page when everything is collected that can be. */
async function held(session: CDPSession): Promise<{ readonly bytes: number; readonly nodes: number; readonly listeners: number; readonly documents: number }> {
  for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  const of = (name: string): number => metrics.find((each) => each.name === name)?.value ?? NaN;
  return { bytes: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners'), documents: of('Documents') };
}

test('from host to host and to the wall, again and again: nothing of a shell stays behind it', async ({ page, dashcam, complaints }) => {
  test.setTimeout(600_000);
  const { script, style } = await bundle();
  const { hosts } = (await (await fetch(`${dashcam.url}api/v1/hosts`)).json()) as { readonly hosts: readonly { readonly id: string; readonly online: boolean }[] };
  const [first, second] = hosts.filter(({ online }) => online);
  const places = [`/h/${first?.id}/`, `/h/${second?.id}/`, '/'];
  await page.route('**/shells.js', (route) => route.fulfill({ body: script, contentType: 'text/javascript' }));
  await page.route('**/shells.css', (route) => route.fulfill({ body: style, contentType: 'text/css' }));
  await count(page);
  // Any document of the server's own: one that a test makes up may not open sockets to it.
  await page.goto(`${dashcam.url}readyz`);
  await page.evaluate(() => {
    const add = (into: Element, name: string, attributes: Readonly<Record<string, string>>): void => {
      const el = into.appendChild(document.createElement(name));
      for (const [key, value] of Object.entries(attributes)) el.setAttribute(key, value);
    };
    document.body.replaceChildren();
    add(document.head, 'base', { href: '/' });
    add(document.head, 'link', { rel: 'icon', href: 'data:,' });
    add(document.head, 'link', { rel: 'stylesheet', href: '/shells.css' });
    add(document.body, 'div', { id: 'app' });
  });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');

  /** Goes somewhere, looks at it, and leaves it. */
  const visit = async (i: number): Promise<void> => {
    const place = places[i % places.length] ?? '/';
    const shell = await page.evaluateHandle(async (to) => {
      const script = ['/shells.js'].join('');
      const { open } = (await import(script)) as typeof import('./shells');
      return open(to, '');
    }, place);
    await expect(page.locator('.state-word')).toHaveText('LIVE');
    await page.locator(place === '/' ? '.wall-open' : '.process-open').first().waitFor();
    if (place !== '/') await expect(page.locator('.first-screen .plot')).toHaveCount(6);
    // What comes later is there, too.
    await page.locator('#connection-popover').waitFor({ state: 'attached' });
    await shell.evaluate((open) => open.dispose());
    await shell.dispose();
    await expect(page.locator('#app > *')).toHaveCount(0);
  };
  /** What is still alive when all that was due has run. */
  const left = async (): Promise<object> => {
    const zero = (all: Record<string, number>): boolean => ['timers', 'frames', 'idle'].every((name) => all[name] === 0);
    await expect.poll(async () => zero(await alive(page))).toBe(true);
    return { ...(await alive(page)), ...(await listenersOn(session)) };
  };

  for (let i = 0; i < WARM; i++) await visit(i);
  const [leftBefore, before] = [await left(), await held(session)];
  for (let i = 0; i < SWITCHES; i++) await visit(i);
  const leftAfter = await left();
  expect(leftAfter).toEqual(leftBefore);
  expect(leftAfter).toMatchObject({ intervals: 0, sockets: 0, 'message ports': 0, IntersectionObserver: 0, ResizeObserver: 0, MutationObserver: 0, 'media queries': 0 });
  // The browser may hold the last of them for a while; what dashcam holds stays.
  let after = before;
  await expect
    .poll(async () => {
      after = await held(session);
      return Math.max(after.nodes - before.nodes, after.listeners - before.listeners, after.documents - before.documents);
    })
    .toBeLessThanOrEqual(0);
  // What the browser compiled; one host is as much already.
  expect((after.bytes - before.bytes) / MIB).toBeLessThan(3);
  expect(complaints).toEqual([]);
});
