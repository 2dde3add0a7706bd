// What a page costs (`make measure`, about half an hour; with MEASURE=short three minutes, for a
// first look while developing). It prints a table, a line for each figure with its target
// and how it was measured, and fails for nothing that depends on the machine, so the
// browser tests leave it out. Times of threads are processor time; those of the page stand
// beside an empty page and a bare page with the same lines, taken in turns in the same
// browser. Everything is the median of five.

import { loadavg } from 'node:os';
import { type Browser, chromium, type Page } from '@playwright/test';
import { barePage, clock, copyPage, type Cost, costOf, heapOf, median, type Moments, momentsOf } from './cost';
import { linkTo } from './link';
import { drawCount, paintCount, setHidden, watchPage } from './observer';
import { held, live } from './page';
import { expect, test } from './server';

const SHORT = process.env.MEASURE === 'short';
const ROUNDS = SHORT ? 1 : 5;
const WATCH_S = Number(process.env.DASHCAM_MEASURE_S ?? (SHORT ? '6' : '15'));
/** The parts of a page are hidden one at a time for so long. */
const PART_S = SHORT ? 4 : 8;
const HEAP_S = Number(process.env.DASHCAM_MEASURE_HEAP_S ?? (SHORT ? '20' : '600'));
/** The lines of the six charts of the first screen, and the points of its five minutes. */
const CHARTS = [5, 4, 3, 2, 2, 2];
const POINTS = 300;
/** Of several navigations the middle one counts. */
const VISITS = SHORT ? 3 : 5;
/** So slow a line brings what the first screen needs well before what comes behind it. */
const SLOW_LINE = 32 << 10;
/** What a page does once, when it is opened, is not what it costs to watch. */
const SETTLE_MS = 4000;
/** Until then a browser still compiles what it runs often, and keeps that. */
const WARM_MS = SHORT ? 5000 : 60_000;

/** The parts of the first screen. */
const PARTS: Readonly<Record<string, string>> = {
  nothing: '',
  charts: '.chart-grid',
  'process table': '.process-table',
  matrix: '.matrix',
  header: '.header-bar',
  overview: '.overview',
  everything: 'body',
};

interface Line {
  readonly figure: string;
  readonly target: string;
  readonly measured: string;
  readonly how: string;
}

const lines: Line[] = [];

test.afterAll(() => {
  const head: Line = { figure: 'figure', target: 'target', measured: 'measured', how: `how (load of the machine ${(loadavg()[0] ?? NaN).toFixed(1)})` };
  const width = (of: (line: Line) => string): number => Math.max(...[head, ...lines].map((line) => of(line).length)) + 3;
  const [figure, target, measured] = [width((line) => line.figure), width((line) => line.target), width((line) => line.measured)];
  const text = [head, ...lines].map((line) => `${line.figure.padEnd(figure)}${line.target.padEnd(target)}${line.measured.padEnd(measured)}${line.how}`);
  process.stdout.write(`\n${text.join('\n')}\n\n`);
});

async function opened(browser: Browser, url: string, ready: (page: Page) => Promise<unknown>): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  await ready(page);
  await page.waitForTimeout(SETTLE_MS);
  return page;
}

/** The moments of a page that was opened until all of its first screen was there; without is what it does not get. */
async function visit(browser: Browser, url: string, without?: RegExp): Promise<Moments> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  if (without) await page.route(without, (route) => route.abort());
  await clock(page);
  await page.goto(url);
  await expect.poll(async () => (await momentsOf(page)).whole, { timeout: 30_000 }).toBeGreaterThan(0);
  const moments = await momentsOf(page);
  await page.close();
  return moments;
}

test('the first view', async ({ browser, dashcam }) => {
  const link = await linkTo(dashcam, SLOW_LINE);
  // What is fetched for later goes beside the last of the first view.
  const { cameAt } = await visit(browser, link.url, /later-parts|api\/v1\/processes/);
  const bytes = link.bytes(cameAt);
  link.end();
  const visits: Moments[] = [];
  for (let i = 0; i < VISITS; i++) visits.push(await visit(browser, dashcam.url));
  const middle = (of: (moments: Moments) => number): string => `${median(visits.map(of)).toFixed(0)} ms`;
  lines.push(
    { figure: 'bytes to the first live view', target: '110 KiB', measured: `${(bytes / 1024).toFixed(1)} KiB`, how: `all that came over lines of ${SLOW_LINE >> 10} KiB/s until the first screen had its rows and processes; by its parts: go test -bench FirstView ./cmd/dashcam` },
    { figure: 'navigation to the first chart with history', target: '300 ms, 3 × loaded', measured: middle(({ first }) => first), how: `${median(visits.map(({ first, loaded }) => first / loaded)).toFixed(2)} × ${middle(({ loaded }) => loaded)}, in which what it is made of is loaded and evaluated; loopback, nothing cached, middle of ${VISITS}` },
    { figure: '  to all of the first screen, live', target: '', measured: middle(({ whole }) => whole), how: 'the same' },
  );
  expect(bytes).toBeGreaterThan(0);
});

test('the main thread and the browser, in turns with an empty and a bare page', async ({ browser, dashcam }) => {
  test.setTimeout(600_000);
  const bare = await barePage(CHARTS, POINTS);
  const arms = {
    empty: { url: 'about:blank', ready: () => Promise.resolve(), costs: [] as Cost[] },
    bare: { url: bare.url, ready: (page: Page) => page.locator('canvas').nth(5).waitFor(), costs: [] as Cost[] },
    dashcam: { url: dashcam.url, ready: live, costs: [] as Cost[] },
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const arm of Object.values(arms)) {
      const page = await opened(browser, arm.url, arm.ready);
      arm.costs.push(await costOf(browser, page, WATCH_S));
      await page.close();
    }
  }
  bare.end();
  const middle = (arm: { costs: readonly Cost[] }, of: keyof Cost): number => median(arm.costs.map((cost) => cost[of]));
  const line = (figure: string, target: string, of: keyof Cost, unit: string, how: string): Line => {
    const [empty, plain, own] = [arms.empty, arms.bare, arms.dashcam].map((arm) => middle(arm, of).toFixed(1));
    const ratio = (middle(arms.dashcam, of) / middle(arms.bare, of)).toFixed(2);
    return { figure, target, measured: `${own} ${unit}`, how: `${ratio} × the bare page; ${how}; bare page ${plain}, empty page ${empty}` };
  };
  const turns = `processor time, first screen at 1 Hz, ${ROUNDS} × ${WATCH_S} s in turns`;
  lines.push(
    line('main thread per second of viewing', '8 ms, 1.2 × bare', 'main', 'ms', turns),
    line('  of it script', '', 'script', 'ms', 'the same'),
    line('  of it style and layout', '', 'styleAndLayout', 'ms', 'the same'),
    line('browser', '2.5 % of a core', 'browser', '%', `all of its processes, ${turns}`),
  );
  expect(arms.dashcam.costs).toHaveLength(ROUNDS);
  expect(middle(arms.dashcam, 'main')).toBeGreaterThan(0);
});

test('what each part costs, by hiding one at a time', async ({ browser, dashcam }) => {
  test.setTimeout(900_000);
  const page = await opened(browser, dashcam.url, live);
  const costs = new Map<string, Cost[]>(Object.keys(PARTS).map((part) => [part, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [part, selector] of Object.entries(PARTS)) {
      await page.evaluate((hidden) => {
        document.adoptedStyleSheets = [];
        const sheet = new CSSStyleSheet();
        // Its place stays: without it other parts would come into sight, and the table would have more rows.
        const height = hidden === '' ? 0 : (document.querySelector(hidden)?.getBoundingClientRect().height ?? 0);
        if (hidden !== '') sheet.replaceSync(`${hidden} { block-size: ${height}px !important } ${hidden} > * { display: none !important }`);
        document.adoptedStyleSheets = [sheet];
      }, selector);
      await page.waitForTimeout(1500);
      costs.get(part)?.push(await costOf(browser, page, PART_S));
    }
  }
  await page.close();
  const middle = (part: string, of: keyof Cost): number => median((costs.get(part) ?? []).map((cost) => cost[of]));
  for (const part of Object.keys(PARTS)) {
    const saved = middle('nothing', 'main') - middle(part, 'main');
    lines.push({
      figure: part === 'nothing' ? 'main thread with nothing hidden' : `  without ${part}`,
      target: '',
      measured: `${middle(part, 'main').toFixed(1)} ms`,
      how: `${part === 'nothing' ? '' : `saves ${saved.toFixed(1)}; `}script ${middle(part, 'script').toFixed(1)}, style and layout ${middle(part, 'styleAndLayout').toFixed(1)}, browser ${middle(part, 'browser').toFixed(1)} %; ${ROUNDS} × ${PART_S} s`,
    });
  }
  // What is not seen is not drawn: the figures say something only if the parts were found.
  expect(middle('nothing', 'main')).toBeGreaterThan(middle('everything', 'main'));
});

test('the copy of a picture onto itself, with a graphics card', async ({ dashcam }) => {
  test.setTimeout(600_000);
  // SwiftShader stands for the card: what it does costs processor time, which can be counted.
  const args = ['--enable-unsafe-swiftshader', '--use-angle=swiftshader', '--ignore-gpu-blocklist', '--enable-gpu-rasterization'];
  const browser = await chromium.launch({ ...test.info().project.use.launchOptions, args: [...(test.info().project.use.launchOptions?.args ?? []), ...args] });
  const bare = await barePage(CHARTS, POINTS);
  const [moved, whole] = [await copyPage(CHARTS.length, true), await copyPage(CHARTS.length, false)];
  const canvases = (page: Page): Promise<void> => page.locator('canvas').nth(5).waitFor();
  const arms = {
    moved: { url: moved.url, ready: canvases, costs: [] as Cost[] },
    whole: { url: whole.url, ready: canvases, costs: [] as Cost[] },
    bare: { url: bare.url, ready: canvases, costs: [] as Cost[] },
    dashcam: { url: dashcam.url, ready: live, costs: [] as Cost[] },
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const arm of Object.values(arms)) {
      const page = await opened(browser, arm.url, arm.ready);
      arm.costs.push(await costOf(browser, page, WATCH_S));
      await page.close();
    }
  }
  for (const page of [bare, moved, whole]) page.end();
  await browser.close();
  const middle = (arm: keyof typeof arms, of: keyof Cost): string => median(arms[arm].costs.map((cost) => cost[of])).toFixed(1);
  lines.push(
    { figure: 'pictures moved by a copy, graphics card', target: '', measured: `${middle('moved', 'browser')} %`, how: `browser; all pixels put anew ${middle('whole', 'browser')}, lines drawn anew ${middle('bare', 'browser')}; main thread ${middle('moved', 'main')}, ${middle('whole', 'main')}, ${middle('bare', 'main')} ms/s` },
    { figure: 'browser, graphics card', target: '', measured: `${middle('dashcam', 'browser')} %`, how: `the whole page on SwiftShader; main thread ${middle('dashcam', 'main')} ms/s` },
  );
  expect(arms.moved.costs).toHaveLength(ROUNDS);
});

test('a row to the screen, and the heap', async ({ page, dashcam }) => {
  test.setTimeout(180_000 + 1000 * HEAP_S);
  await clock(page);
  await page.goto(dashcam.url);
  await live(page);
  await page.waitForTimeout(WARM_MS);
  const before = await heapOf(page);
  await page.waitForTimeout(HEAP_S * 1000);
  const grown = (await heapOf(page)) - before;
  const { received, ticked } = await momentsOf(page);
  lines.push(
    { figure: 'commit of a sample to drawn, p50', target: '20 ms', measured: `${median(received).toFixed(1)} to ${median(ticked).toFixed(1)} ms`, how: `from its arrival, and from its tick on the host (before it was sampled), to painted; ${received.length} rows` },
    { figure: `heap growth over ${HEAP_S} s`, target: '1024 KiB in 600 s', measured: `${(grown / 1024).toFixed(0)} KiB`, how: 'what is alive after a collection, from one minute after opening' },
  );
  expect(received.length).toBeGreaterThan(HEAP_S / 2);
});

test.describe('a large host', () => {
  test.use({ flags: ['--demo', '--demo-size', 'large', '--seed', '7'] });

  test('the process table, and the whole first screen', async ({ browser, dashcam }) => {
    test.setTimeout(180_000);
    const page = await opened(browser, dashcam.url, live);
    const count = Number(((/^[\d,]+/.exec((await page.locator('.process-note').innerText())))?.[0] ?? '').replaceAll(',', ''));
    const whole = await costOf(browser, page, WATCH_S);
    // What cannot be seen is not drawn: the table is left alone with the messages.
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('.header-bar, .matrix, .overview, .chart-grid, .resource-section { display: none !important }');
      document.adoptedStyleSheets = [sheet];
    });
    await page.waitForTimeout(2000);
    const table = await costOf(browser, page, WATCH_S);
    await page.close();
    lines.push(
      { figure: `process table of ${count} rows, one update`, target: '5 ms of 1000 rows', measured: `${table.main.toFixed(1)} ms`, how: `main thread per second with the table alone on screen, all messages included; script ${table.script.toFixed(1)}` },
      { figure: 'main thread per second, large host', target: '', measured: `${whole.main.toFixed(1)} ms`, how: '64 processors, 40 disks, 60 links, the whole first screen' },
    );
    expect(count).toBeGreaterThan(1000);
  });
});

test.describe('the wall of a hub', () => {
  test.use({ flags: ['hub', '--demo', '--demo-hosts', '2000', '--seed', '7'] });

  test('what it takes with 2000 hosts', async ({ browser, dashcam }) => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(dashcam.url);
    await expect(page.getByRole('grid')).toHaveAttribute('aria-rowcount', '2001');
    const first = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN);
    const rows = await page.locator('.wall-scroll tbody tr').count();
    await live(page);
    await page.waitForTimeout(SETTLE_MS);
    const cost = await costOf(browser, page, WATCH_S);
    await page.close();
    lines.push(
      { figure: 'wall of 2000 hosts', target: '10 ms', measured: `${cost.main.toFixed(1)} ms`, how: `main thread per second of viewing, ${rows} rows exist; script ${cost.script.toFixed(1)}, style and layout ${cost.styleAndLayout.toFixed(1)}, browser ${cost.browser.toFixed(1)} % of a core` },
      { figure: 'wall of 2000 hosts, first paint', target: '500 ms', measured: `${first.toFixed(0)} ms`, how: 'of its frame, from navigation, loopback' },
    );
  });
});

test('a held view draws nothing', async ({ browser, page, dashcam }) => {
  await watchPage(page);
  await page.goto(dashcam.url);
  await live(page);
  await page.keyboard.press('Space');
  await held(page);
  await page.waitForTimeout(SETTLE_MS);
  const before = await paintCount(page);
  const cost = await costOf(browser, page, WATCH_S);
  const paints = (await paintCount(page)) - before;
  lines.push({ figure: 'a held view', target: '0 draws, 3 ms', measured: `${paints} draws, ${cost.main.toFixed(1)} ms`, how: `of charts in ${WATCH_S} s, and the main thread per second; the table is held, too` });
  expect(paints).toBe(0);
});

test('a hidden tab draws nothing', async ({ page, dashcam }) => {
  await watchPage(page);
  await page.goto(dashcam.url);
  await live(page);
  await setHidden(page, true);
  await page.waitForTimeout(500);
  const before = await drawCount(page);
  await page.waitForTimeout(5000);
  const draws = (await drawCount(page)) - before;
  lines.push({ figure: 'draws of a hidden tab', target: '0', measured: String(draws), how: 'strokes, rectangles and images on any canvas in 5 s' });
  expect(draws).toBe(0);
});
