// What a page costs (`make measure`, eight minutes). It prints a table and fails for
// nothing that depends on the machine, so the browser tests leave it out. Times of
// threads are processor time, and every figure stands beside that of an empty page and of
// a bare page with the same charts, taken in turns in the same browser.

import { loadavg } from 'node:os';
import { type Browser, type Page } from '@playwright/test';
import { barePage, clock, type Cost, costOf, countedWire, heapOf, median, momentsOf } from './cost';
import { drawCount, setHidden, watchPage } from './observer';
import { live } from './page';
import { expect, test } from './server';

const ROUNDS = 3;
const WATCH_S = Number(process.env.DASHCAM_MEASURE_S ?? '15');
const HEAP_S = Number(process.env.DASHCAM_MEASURE_HEAP_S ?? '120');
/** The lines of the six charts of the first screen, and the points of its five minutes. */
const CHARTS = [5, 4, 3, 2, 2, 2];
const POINTS = 300;

const print = (rows: readonly (readonly [string, string])[]): void => void process.stdout.write(`${rows.map(([name, value]) => `${name.padEnd(58)}${value}`).join('\n')}\n`);
const middle = (costs: readonly Cost[], of: keyof Cost): number => median(costs.map((cost) => cost[of]));

async function opened(browser: Browser, url: string, ready: (page: Page) => Promise<unknown>): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  await ready(page);
  // What a page does once, when it is opened, is not what it costs to watch.
  await page.waitForTimeout(4000);
  return page;
}

test('the main thread and the browser, in turns with an empty and a bare page', async ({ browser, dashcam }) => {
  test.setTimeout(600_000);
  const bare = await barePage(CHARTS, POINTS);
  const arms = {
    empty: { url: 'about:blank', ready: () => Promise.resolve(), costs: [] as Cost[] },
    bare: { url: bare.url, ready: (page: Page) => page.locator('canvas').nth(5).waitFor(), costs: [] as Cost[] },
    dashcam: { url: dashcam.url, ready: live, costs: [] as Cost[] },
  };
  const load = loadavg()[0] ?? NaN;
  for (let round = 0; round < ROUNDS; round++) {
    for (const arm of Object.values(arms)) {
      const page = await opened(browser, arm.url, arm.ready);
      arm.costs.push(await costOf(browser, page, WATCH_S));
      await page.close();
    }
  }
  bare.end();
  const row = (name: string, of: keyof Cost, unit: string): [string, string] => {
    const [empty, plain, own] = [middle(arms.empty.costs, of), middle(arms.bare.costs, of), middle(arms.dashcam.costs, of)];
    return [name, `${own.toFixed(1)} ${unit}   bare charts ${plain.toFixed(1)}   empty page ${empty.toFixed(1)}   ratio to bare charts ${(own / plain).toFixed(2)}`];
  };
  print([
    ['load of the machine (1 min)', load.toFixed(2)],
    row('main thread per second of viewing, 6 charts (target 15)', 'main', 'ms'),
    row('  of it script', 'script', 'ms'),
    row('  of it style and layout', 'styleAndLayout', 'ms'),
    row('browser, all processes (target 4)', 'browser', '% of a core'),
  ]);
  expect(arms.dashcam.costs).toHaveLength(ROUNDS);
  expect(middle(arms.dashcam.costs, 'main')).toBeGreaterThan(0);
});

test('the first view, a row to the screen, and the heap', async ({ page, dashcam }) => {
  test.setTimeout(120_000 + 1000 * HEAP_S);
  await clock(page);
  const wire = await countedWire(dashcam.port);
  await page.goto(wire.url);
  await live(page);
  await expect(page.locator('.plot canvas').nth(11)).toBeAttached();
  const bytes = wire.bytes();
  await page.waitForTimeout(10_000);
  const before = await heapOf(page);
  await page.waitForTimeout(HEAP_S * 1000);
  const grown = (await heapOf(page)) - before;
  const { first, received, ticked } = await momentsOf(page);
  wire.end();
  print([
    ['bytes to the first live view, socket included (target 120)', `${(bytes / 1024).toFixed(1)} KiB`],
    ['navigation to charts painted with history (target 400)', `${first.toFixed(0)} ms`],
    ['row received to painted, p50', `${median(received).toFixed(1)} ms of ${received.length} rows`],
    ['tick on the host to painted, p50 (target 30)', `${median(ticked).toFixed(1)} ms`],
    [`heap growth in ${HEAP_S} s (target 1024 in 600)`, `${(grown / 1024).toFixed(0)} KiB`],
  ]);
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
    print([
      [`process table of ${count} rows, one update, messages included`, `${table.main.toFixed(1)} ms (target 8 for 1000 rows)`],
      ['  of it script', `${table.script.toFixed(1)} ms`],
      ['main thread per second, 64 cores, 40 disks, 60 links', `${whole.main.toFixed(1)} ms`],
    ]);
    expect(count).toBeGreaterThan(1000);
  });
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
  print([['draws of a hidden tab in 5 s (target 0)', String(draws)]]);
  expect(draws).toBe(0);
});
