// The stream loses nothing and says so: the real binary, a real browser, and a link that
// breaks in every way there is.

import type { Page } from '@playwright/test';
import { decode } from '../src/wire/decode';
import { wholeBrowser } from './browser';
import { compareWithServer, exported } from './held';
import { linkTo } from './link';
import { drawCount, drawnTexts, follow, hatchOnScreen, ledgerOnScreen, missingRows, paintCount, persistedShows, setHidden, shownWords, watchPage } from './observer';
import { type Dashcam, expect, test } from './server';

const word = (page: Page) => page.locator('.state-word');
const live = (page: Page) => expect(word(page)).toHaveText('LIVE');

/** The newest row that the server has. */
async function newestRow(dashcam: Dashcam): Promise<number> {
  const health = (await (await fetch(`${dashcam.url}api/v1/health`)).json()) as { remembered: { newest: number } };
  return health.remembered.newest;
}

/** Waits until the server has so many rows more than a given one. */
async function rowsLater(dashcam: Dashcam, since: number, rows: number): Promise<void> {
  await expect.poll(() => newestRow(dashcam), { timeout: rows * 1000 + 30_000, intervals: [500] }).toBeGreaterThanOrEqual(since + rows);
}

interface Settled {
  readonly expected: number;
  readonly received: number;
  readonly filled: number;
  readonly lost: number;
  /** When, how long, filled, lost: of the last interruptions, newest first. */
  readonly interruptions: readonly (readonly string[])[];
}

/** The counts in the popover, once an interruption is settled: nothing is drawn into one that is closed. */
async function settledLedger(page: Page): Promise<Settled> {
  const popover = page.locator('#connection-popover');
  if (!(await popover.isVisible())) await page.locator('.connection-state').click();
  const read = async (): Promise<Settled> => {
    const { counts, interruptions } = await ledgerOnScreen(page);
    const count = (name: string): number => Number((counts[name] ?? 'NaN').replaceAll(',', ''));
    return { expected: count('rows expected'), received: count('received live'), filled: count('filled in afterwards'), lost: count('lost'), interruptions };
  };
  await expect.poll(async () => (await read()).interruptions.length).toBeGreaterThan(0);
  return read();
}

/**
 * The charts have every row of their window, number for number, and the rows reach over so
 * many seconds: how many there are in them is up to the machine, which misses some when it is busy.
 */
async function expectWholeCharts(page: Page, dashcam: Dashcam, seconds: number, leastSeries = 11): Promise<void> {
  let found = await exported(page);
  // What is before the newest rows comes in parts, on a busy machine after a while.
  await expect.poll(async () => (found.stepMs === 0 ? found : (found = await exported(page))).stepMs).toBe(0);
  expect(found.series.length).toBeGreaterThanOrEqual(leastSeries);
  const { rows, cells, differences } = await compareWithServer(dashcam, found);
  expect(differences).toEqual([]);
  const times = found.t.filter((t) => t !== null);
  expect(rows).toBe(times.length);
  expect(((times.at(-1) ?? NaN) - (times[0] ?? NaN)) / 1000).toBeGreaterThanOrEqual(seconds);
  expect(cells).toBe(rows * found.series.length);
}

/** A picture of the page, to be looked at. */
const picture = async (page: Page, name: string): Promise<void> => {
  await page.screenshot({ path: test.info().outputPath(`${name}.png`) });
};

test('every new row is drawn', async ({ page, dashcam, complaints }) => {
  const told = follow(page);
  await watchPage(page);
  await page.goto(dashcam.url);
  await live(page);
  const clock = () => page.locator('.state-time').innerText();
  for (let round = 0; round < 3; round++) {
    // The row first: one may come between the two.
    const row = told.store.newest;
    const [seen, draws] = [await clock(), await drawCount(page)];
    await expect.poll(clock).not.toBe(seen);
    // What was told just before may be drawn just behind, and a row that is late changes the words, too.
    await expect.poll(() => told.store.newest).toBeGreaterThan(row);
    await expect.poll(() => drawCount(page)).toBeGreaterThan(draws);
  }
  // The page first: a row may come while the server is asked.
  const { newest } = told.store;
  expect(await newestRow(dashcam)).toBeGreaterThanOrEqual(newest);
  expect(Array.from(told.hosts)).toEqual([new URL(dashcam.url).host]);
  expect(complaints).toEqual([]);
});

test('a slow line brings the whole first screen before the rest, and then the rest', async ({ page, dashcam }) => {
  // So slow that the rest takes longer than a busy machine does to draw the first screen.
  const link = await linkTo(dashcam, 15_000);
  try {
    const told = follow(page);
    await watchPage(page);
    await page.goto(link.url);
    await live(page);
    await expect.poll(() => told.wholeAt).toBeGreaterThan(0);
    const shownAt = (await shownWords(page)).find((each) => each.word === 'LIVE')?.at ?? NaN;
    test.info().annotations.push({ type: 'bytes', description: `${link.bytes(shownAt)} to the first live view, ${link.bytes(told.wholeAt)} to all rows of its window` });
    expect(shownAt).toBeLessThan(told.wholeAt);
    expect(link.bytes(shownAt)).toBeLessThan(link.bytes(told.wholeAt) - 30_000);
    expect(told.store.partial).toBeUndefined();
    // A chart far below the first screen: all of it came with the rest.
    await page.evaluate(() => location.replace('#w=5m&p=tcp.segments'));
    await expect(page.getByRole('region', { name: 'TCP segments in full' })).toBeVisible();
    await expectWholeCharts(page, dashcam, 290, 2);
  } finally {
    link.end();
  }
});

// Neither side is told anything: no close, no event of the browser.
test('a link that goes dead is noticed by silence, and the page is back soon after it', async ({ page, dashcam }) => {
  const link = await linkTo(dashcam);
  try {
    await watchPage(page);
    await page.goto(`${link.url}#w=1m`);
    await live(page);
    const row = await newestRow(dashcam);
    link.stall();
    const stalled = Date.now();
    // It is the one before the other, which a busy machine may look at too late.
    await expect(word(page)).toHaveText(/^(LATE|RETRYING)$/);
    await expect(page.locator('.matrix-cell.is-stale')).toHaveCount(5);
    await expect(word(page)).toHaveText('RETRYING');
    await expect(page.locator('.state-time')).toHaveText(/^last \d\d:\d\d:\d\d \S+\s·\s(retry\sin\s\d+\ss|connecting)$/);
    // What should be known by now and is not is hatched: six pixels are a second.
    await expect.poll(() => hatchOnScreen(page, 10)).toBeGreaterThan(0.1);
    await picture(page, 'retrying');
    await rowsLater(dashcam, row, 9);
    link.restore();
    const restored = Date.now();
    await live(page);
    const shown = await shownWords(page);
    const at = (wanted: RegExp, since: number): number => shown.find((each) => each.at >= since && wanted.test(each.word))?.at ?? NaN;
    // A busy machine may have been late already.
    const stale = (shown.findLast((each) => each.word === 'LATE' && each.at < restored)?.at ?? NaN) - stalled;
    const back = at(/^(RESUMED|LIVE)$/, restored) - restored;
    test.info().annotations.push({ type: 'times', description: `stale after ${stale} ms, back ${back} ms after the link` });
    // Three seconds after the last row, and what a busy machine takes to draw.
    expect(stale).toBeLessThan(9000);
    expect(back).toBeLessThan(20_000);
    await expectWholeCharts(page, dashcam, 55);
    const ledger = await settledLedger(page);
    expect(ledger.lost).toBe(0);
    expect(ledger.expected).toBe(ledger.received + ledger.filled);
    const words = (await shownWords(page)).map((each) => each.word);
    expect(words.indexOf('LATE')).toBeLessThan(words.indexOf('RETRYING'));
    expect(words).toContain('RESUMED');
  } finally {
    link.end();
  }
});

/** The batches of history after a reconnect, without so many rows at their beginning: the server has them, but further back than a socket reaches. */
function reachingLess(text: string, rows: number, cut: (seqs: readonly number[]) => void): string {
  const message = decode(text);
  if (message?.type !== 'history' || message.part === 'rest' || message.seq.length <= rows) return text;
  const left = message.seq.slice(0, rows);
  cut(left);
  const columns = message.columns.map(([id, values]) => [id, typeof values === 'number' ? values : values.slice(rows)]);
  return JSON.stringify({ ...message, seq: message.seq.slice(rows), t: message.t.slice(rows), columns, older: { from: left[0], to: left.at(-1) } });
}

test('what lies further back than a socket reaches is a gap that says it was not received, and is not lost', async ({ page, dashcam }) => {
  let [down, sockets] = [false, 0];
  let [end, left] = [(): void => undefined, [] as readonly number[]];
  await page.routeWebSocket('**/ws', (socket) => {
    if (down) {
      void socket.close({ code: 1001 });
      return;
    }
    const again = sockets++ > 0;
    const server = socket.connectToServer();
    server.onMessage((message) => socket.send(again && left.length === 0 ? reachingLess(message.toString(), 7, (seqs) => (left = seqs)) : message));
    end = () => {
      void socket.close({ code: 1001 });
      void server.close();
    };
  });
  await watchPage(page);
  await page.goto(`${dashcam.url}#w=1m`);
  await live(page);
  const row = await newestRow(dashcam);
  down = true;
  end();
  await expect(word(page)).toHaveText('RETRYING');
  await rowsLater(dashcam, row, 10);
  down = false;
  await live(page);
  expect(left).toHaveLength(7);
  await expect.poll(() => hatchOnScreen(page, 25)).toBeGreaterThan(0.1);
  // The API has what the socket did not say: nothing of it is lost.
  const ledger = await settledLedger(page);
  expect([ledger.lost, ledger.filled >= 10, ledger.expected]).toEqual([0, true, ledger.received + ledger.filled]);
  const { t } = (await (await fetch(`${dashcam.url}api/v1/row?seq=${left[3]}`)).json()) as { t: readonly [number] };
  await page.evaluate((hash) => location.replace(hash), `#w=1m&at=${new Date(t[0]).toISOString()}`);
  await expect.poll(async () => (await drawnTexts(page)).filter((text) => text.startsWith('not '))).toEqual(['not received']);
  await expect(page.locator('.cell-value').first()).not.toHaveText(/\d/);
});

test('a server that stands still for 10 s is late, then a hatched gap with its reason', async ({ page, own: dashcam }) => {
  const told = follow(page);
  await watchPage(page);
  await page.goto(`${dashcam.url}#w=1m`);
  await live(page);
  await expect.poll(() => told.store.newest).toBeGreaterThan(0);
  const stopped = Date.now();
  dashcam.pause();
  try {
    await expect(word(page)).toHaveText(/^(LATE|RETRYING)$/);
    await expect(page.locator('.matrix-cell.is-stale')).toHaveCount(5);
    await picture(page, 'standing-still');
    // What the machine has to stand still for is a length of time, and nothing else.
    await expect.poll(() => Date.now() - stopped).toBeGreaterThan(10_000);
  } finally {
    dashcam.unpause();
  }
  const late = (await shownWords(page)).find((each) => each.word === 'LATE' || each.word === 'RETRYING');
  expect((late?.at ?? Infinity) - stopped).toBeLessThan(10_000);
  await live(page);
  const notSampled = () => told.store.gaps(stopped - 5000, Date.now()).filter((gap) => gap.kind === 'not-sampled');
  await expect.poll(() => notSampled().length).toBeGreaterThan(0);
  // A busy machine may have missed a row just before.
  const [gap] = notSampled().sort((a, b) => b.to - b.from - (a.to - a.from));
  if (!gap) throw new Error('no gap');
  expect(gap.why).not.toBe('');
  // A sixth of a minute's chart is hatched: strokes with nothing between them, no line, no area.
  await expect.poll(() => hatchOnScreen(page, 30)).toBeGreaterThan(0.1);
  expect(await hatchOnScreen(page, 30)).toBeLessThan(0.6);
  await picture(page, 'hatched');
  await expectWholeCharts(page, dashcam, 55);
  const ledger = await settledLedger(page);
  expect(ledger.lost).toBe(0);
  expect(ledger.expected).toBe(ledger.received + ledger.filled);
  // The reason is on the chart when the time cursor stands in the gap.
  await page.evaluate((hash) => location.replace(hash), `#w=1m&at=${new Date((gap.from + gap.to) / 2).toISOString()}`);
  await expect.poll(async () => (await drawnTexts(page)).filter((text) => text.startsWith('not sampled'))).toEqual([`not sampled: ${gap.why}`]);
  await picture(page, 'reason');
});

test.describe('a host of its own', () => {
  test.use({ flags: [] });

  test('a server that was started anew is a boundary, not a splice', async ({ page, own: dashcam }) => {
    const told = follow(page);
    await watchPage(page);
    await page.goto(`${dashcam.url}#w=1m`);
    await live(page);
    await expect.poll(() => told.store.length).toBeGreaterThanOrEqual(4);
    const instance = told.store.instance;
    await dashcam.stop();
    await expect(word(page)).toHaveText('RETRYING');
    await dashcam.start();
    await expect.poll(() => told.store.instance).not.toBe(instance);
    await expect.poll(() => told.store.newest).toBeGreaterThanOrEqual(3);
    await live(page);
    const words = (await shownWords(page)).map((each) => each.word);
    expect(words).toContain('RESTARTED');
    expect(words.indexOf('RESTARTED')).toBeGreaterThan(words.indexOf('RETRYING'));
    expect(told.store.gaps(0, Date.now()).filter((gap) => gap.kind === 'restart')).toHaveLength(1);
    const ledger = await settledLedger(page);
    expect(ledger.lost).toBe(0);
    // What a page was too slow for is on its way again.
    await expect.poll(() => missingRows(told.store, told.store.oldest, told.store.newest)).toEqual([]);
  });
});

test.describe('a server that takes one page', () => {
  test.use({ flags: ['--demo', '--seed', '7', '--max-viewers', '1'] });

  test('another page is told that it is full and when it tries again, and gets in when there is room', async ({ page, context, dashcam }) => {
    await page.goto(dashcam.url);
    await live(page);
    const other = await context.newPage();
    await other.goto(dashcam.url);
    await expect(word(other)).toHaveText('FULL');
    await expect(other.locator('.state-time')).toHaveText(/retry\sin\s\d+\ss$/);
    await page.close();
    // The server has to see the other one go first.
    await expect(async () => {
      await other.keyboard.press('r');
      await expect(word(other)).toHaveText('LIVE', { timeout: 3000 });
    }).toPass({ timeout: 60_000 });
  });
});

test.describe('a row every 5 s', () => {
  // Long enough for a busy machine to look at what one row changes.
  test.use({ flags: ['--demo', '--seed', '7', '--interval', '5s'] });

  test('a hidden tab draws nothing, keeps its rows, asks once for its table and draws once', async ({ page, dashcam }) => {
    const told = follow(page);
    await watchPage(page);
    await page.goto(`${dashcam.url}#w=1m`);
    await live(page);
    await setHidden(page, true);
    // A frame that was already asked for may still be drawn.
    await page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
    const [draws, row, sockets, asked] = [await drawCount(page), told.store.newest, told.sockets, told.subscriptions.length];
    await expect.poll(() => told.store.newest).toBeGreaterThanOrEqual(row + 2);
    expect(await drawCount(page)).toBe(draws);
    const paints = await paintCount(page);
    // Woken right behind a row, so that the next one does not draw before it was looked.
    const next = told.store.newest + 1;
    await expect.poll(() => told.store.newest, { intervals: [20] }).toBeGreaterThanOrEqual(next);
    const woken = told.store.newest;
    await setHidden(page, false);
    await expect.poll(() => paintCount(page), { intervals: [20] }).toBeGreaterThan(paints);
    // Once for three rows and more; and once again when the lanes above the charts were asked for anew.
    await page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
    // And once for every row that came since then, where a busy machine took longer than to the next one.
    expect(await paintCount(page)).toBeLessThanOrEqual(paints + 2 + (told.store.newest - woken));
    await live(page);
    expect(told.sockets).toBe(sockets);
    expect(told.subscriptions.slice(asked)).toEqual([{ type: 'subscribe', topics: ['processes'] }]);
    await expectWholeCharts(page, dashcam, 45);
  });
});

test('a page of another build is loaded anew while nobody looks, once', async ({ page, dashcam }) => {
  await watchPage(page);
  let loads = 0;
  page.on('request', (request) => {
    if (request.isNavigationRequest()) loads++;
  });
  await page.addInitScript(() => {
    new MutationObserver(() => document.querySelector('meta[name="dashcam-build"]')?.setAttribute('content', 'another')).observe(document, { subtree: true, childList: true });
  });
  await page.goto(dashcam.url);
  // It is fed all the same, and says so in its popover.
  await expect(page.locator('.state-word')).toHaveText('LIVE');
  await page.locator('.connection-state').click();
  await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible();
  await picture(page, 'outdated');
  expect(loads).toBe(1);
  await setHidden(page, true);
  await expect.poll(() => loads).toBe(2);
  await live(page);
  await setHidden(page, true);
  await page.evaluate(() => new Promise<void>((done) => setTimeout(done)));
  expect(loads).toBe(2);
});

test.describe('five rows a second', () => {
  // What is away for a stretch misses as many rows in a fifth of the time.
  test.use({ flags: ['--demo', '--seed', '7', '--interval', '200ms'] });

  test('a network that is gone for 30 rows costs no sample, and the page says so', async ({ page, context, dashcam, complaints }) => {
    await watchPage(page);
    await page.goto(`${dashcam.url}#w=1m`);
    await live(page);
    await context.setOffline(true);
    await expect(word(page)).toHaveText('OFFLINE');
    await expect(page.locator('.matrix-cell.is-stale')).toHaveCount(5);
    await rowsLater(dashcam, await newestRow(dashcam), 30);
    await picture(page, 'offline');
    await context.setOffline(false);
    await expect(word(page)).toHaveText(/^(RESUMED|LIVE)$/);
    await picture(page, 'resumed');
    await live(page);
    await expectWholeCharts(page, dashcam, 55);
    const ledger = await settledLedger(page);
    await picture(page, 'ledger');
    expect(ledger.lost).toBe(0);
    expect(ledger.filled).toBeGreaterThanOrEqual(30);
    expect(ledger.expected).toBe(ledger.received + ledger.filled);
    expect(ledger.interruptions).toHaveLength(1);
    const [, length, filled, lost] = ledger.interruptions[0] ?? [];
    // A page that a busy machine lets lag for a row has that one filled in besides.
    expect(Number(filled)).toBeGreaterThanOrEqual(30);
    expect(Number(filled)).toBeLessThanOrEqual(ledger.filled);
    expect(lost).toBe('0');
    expect(length).toMatch(/^([5-9]|[1-9]\d) s$/);
    // How busy the machine is, and how long it takes to connect and to catch up, decides whether those are seen.
    const passing = new Set(['CONNECTING', 'SYNCING', 'RETRYING', 'LATE']);
    const words = (await shownWords(page)).map((each) => each.word).filter((each) => !passing.has(each));
    // Who was late meanwhile is live once more.
    expect(words.filter((each, i) => each !== words[i - 1])).toEqual(['LIVE', 'OFFLINE', 'RESUMED', 'LIVE']);
    await expect.poll(async () => (await page.locator('.state-counts').innerText()) === `${(await settledLedger(page)).filled} filled · 0 lost`).toBe(true);
    expect(complaints.filter((each) => !each.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
  });

  test('a machine that slept finds its link dead, asks once for what it missed and loses nothing', async ({ page, dashcam, browser }) => {
    const link = await linkTo(dashcam);
    const devtools = await browser.newBrowserCDPSession();
    try {
      const told = follow(page);
      await watchPage(page);
      await page.goto(`${link.url}#w=1m`);
      await live(page);
      const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
      const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
      expect(renderers.length).toBeGreaterThan(0);
      const [row, asked] = [await newestRow(dashcam), told.subscriptions.length];
      // Everything of the page stands still, its timers too, and what it was connected to goes.
      for (const id of renderers) process.kill(id, 'SIGSTOP');
      try {
        link.stall();
        await rowsLater(dashcam, row, 30);
      } finally {
        link.restore();
        for (const id of renderers) process.kill(id, 'SIGCONT');
      }
      await expect.poll(async () => (await shownWords(page)).map((each) => each.word)).toContain('RESUMED');
      await live(page);
      expect(told.subscriptions.slice(asked)).toMatchObject([{ topics: ['metrics', 'processes', 'verdict'], since: { instance: told.store.instance } }]);
      await expectWholeCharts(page, dashcam, 55);
      const ledger = await settledLedger(page);
      expect(ledger.lost).toBe(0);
      expect(ledger.filled).toBeGreaterThanOrEqual(28);
      expect(ledger.interruptions).toHaveLength(1);
    } finally {
      await devtools.detach();
      link.end();
    }
  });

  test('a page that comes out of the back-forward cache goes on where it was', async ({ playwright, dashcam }, info) => {
    const browser = await playwright.chromium.launch({ ...info.project.use.launchOptions, ...(wholeBrowser !== undefined && { executablePath: wholeBrowser }) });
    const page = await browser.newPage();
    await watchPage(page);
    await page.goto(`${dashcam.url}#w=1m`);
    await live(page);
    const row = await newestRow(dashcam);
    await page.goto('data:text/html,elsewhere');
    await expect.poll(async () => ((await (await fetch(`${dashcam.url}api/v1/health`)).json()) as { hub: { viewers: number } }).hub.viewers).toBe(0);
    await rowsLater(dashcam, row, 10);
    await page.evaluate(() => history.back()).catch(() => undefined);
    await live(page);
    expect(await persistedShows(page)).toEqual([false, true]);
    await expect.poll(async () => (await shownWords(page)).map((each) => each.word)).toContain('RESUMED');
    await expectWholeCharts(page, dashcam, 55);
    const ledger = await settledLedger(page);
    expect([ledger.lost, ledger.interruptions.length]).toEqual([0, 1]);
    await browser.close();
  });
});
