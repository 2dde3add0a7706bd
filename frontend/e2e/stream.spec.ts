// The stream loses nothing and says so: the real binary, a real browser, and a link that
// breaks in every way there is.

import type { Page } from '@playwright/test';
import { drawCount, drawnTexts, follow, ledgerOnScreen, missingRows, setHidden, shownWords, watchPage } from './observer';
import { type Dashcam, expect, test } from './server';

const word = (page: Page) => page.locator('.state-word');
const live = (page: Page) => expect(word(page)).toHaveText('LIVE', { timeout: 20_000 });

/** The newest row that the server has. */
async function newestRow(dashcam: Dashcam): Promise<number> {
  const health = (await (await fetch(`${dashcam.url}api/v1/health`)).json()) as { remembered: { newest: number } };
  return health.remembered.newest;
}

/** Waits until the server has so many rows more than a given one. */
async function rowsLater(dashcam: Dashcam, since: number, rows: number): Promise<void> {
  await expect.poll(() => newestRow(dashcam), { timeout: rows * 1000 + 30_000, intervals: [500] }).toBeGreaterThanOrEqual(since + rows);
}

/** The counts in the popover, once they are settled: nothing is drawn into one that is closed. */
async function settledLedger(page: Page): Promise<{ expected: number; received: number; filled: number; lost: number; interruptions: number; last: string }> {
  await page.locator('.connection-state').click();
  const read = async () => {
    const shown = await ledgerOnScreen(page);
    const count = (name: string): number => Number((shown[name] ?? 'NaN').replaceAll(',', ''));
    return {
      expected: count('rows expected'),
      received: count('received live'),
      filled: count('filled in afterwards'),
      lost: count('lost'),
      interruptions: count('interruptions'),
      last: shown['last interruption'] ?? '',
    };
  };
  await expect.poll(async () => (await read()).interruptions, { timeout: 20_000 }).toBeGreaterThan(0);
  return read();
}

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
    await expect.poll(clock, { timeout: 10_000 }).not.toBe(seen);
    expect(told.store.newest).toBeGreaterThan(row);
    await expect.poll(() => drawCount(page)).toBeGreaterThan(draws);
  }
  expect(await newestRow(dashcam)).toBeGreaterThanOrEqual(told.store.newest);
  expect(Array.from(told.hosts)).toEqual([new URL(dashcam.url).host]);
  expect(complaints).toEqual([]);
});

test('a network that is gone for 20 s costs no row, and the page says so', async ({ page, context, dashcam, complaints }) => {
  test.setTimeout(120_000);
  const told = follow(page);
  await watchPage(page);
  await page.goto(dashcam.url);
  await live(page);
  await expect.poll(() => told.store.newest).toBeGreaterThan(0);
  const first = told.store.oldest;
  const cut = await newestRow(dashcam);
  await context.setOffline(true);
  await expect(word(page)).toHaveText('OFFLINE');
  await expect(page.locator('.matrix-cell.is-stale')).toHaveCount(5);
  await rowsLater(dashcam, cut, 20);
  await context.setOffline(false);
  await live(page);
  const ledger = await settledLedger(page);
  expect(ledger.lost).toBe(0);
  expect(ledger.filled).toBeGreaterThanOrEqual(19);
  expect(ledger.interruptions).toBe(1);
  expect(ledger.last).not.toBe('—');
  expect(ledger.expected).toBe(ledger.received + ledger.filled);
  expect(missingRows(told.store, first, told.store.newest)).toEqual([]);
  // How long it takes to connect and to catch up decides whether those are seen.
  const passing = new Set(['CONNECTING', 'SYNCING', 'RETRYING']);
  expect((await shownWords(page)).map((each) => each.word).filter((each) => !passing.has(each))).toEqual(['LIVE', 'OFFLINE', 'RESUMED', 'LIVE']);
  await expect(page.locator('.state-counts')).toHaveText(`${ledger.filled} filled · 0 lost`);
  expect(complaints.filter((each) => !each.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
});

test('a server that stands still for 10 s is late, then a hatched gap with its reason', async ({ page, dashcam }) => {
  test.setTimeout(120_000);
  const told = follow(page);
  await watchPage(page);
  await page.goto(`${dashcam.url}#w=1m`);
  await live(page);
  await expect.poll(() => told.store.newest).toBeGreaterThan(0);
  const before = told.store.newest;
  const stopped = Date.now();
  dashcam.pause();
  try {
    await expect(word(page)).toHaveText(/^(LATE|RETRYING)$/, { timeout: 20_000 });
    await expect(page.locator('.matrix-cell.is-stale')).toHaveCount(5);
    // What the machine has to stand still for is a length of time, and nothing else.
    await expect.poll(() => Date.now() - stopped, { timeout: 30_000 }).toBeGreaterThan(10_000);
  } finally {
    dashcam.unpause();
  }
  const late = (await shownWords(page)).find((each) => each.word === 'LATE' || each.word === 'RETRYING');
  expect((late?.at ?? Infinity) - stopped).toBeLessThanOrEqual(3000);
  await live(page);
  const notSampled = () => told.store.gaps(stopped - 5000, Date.now()).filter((gap) => gap.kind === 'not-sampled');
  await expect.poll(() => notSampled().length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(notSampled()[0]?.why).not.toBe('');
  expect(missingRows(told.store, before, told.store.newest)).toEqual([]);
  expect((await settledLedger(page)).lost).toBe(0);
  // The reason is on the chart when the time cursor stands in the gap.
  const [gap] = notSampled();
  if (!gap) throw new Error('no gap');
  await page.evaluate((hash) => location.replace(hash), `#w=1m&at=${new Date((gap.from + gap.to) / 2).toISOString()}`);
  await expect.poll(async () => (await drawnTexts(page)).filter((text) => text.startsWith('not sampled'))).toEqual([`not sampled: ${gap.why}`]);
});

test.describe('a host of its own', () => {
  test.use({ flags: [] });

  test('a server that was started anew is a boundary, not a splice', async ({ page, dashcam }) => {
    test.setTimeout(120_000);
    const told = follow(page);
    await watchPage(page);
    await page.goto(`${dashcam.url}#w=1m`);
    await live(page);
    await expect.poll(() => told.store.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
    const instance = told.store.instance;
    await dashcam.stop();
    await expect(word(page)).toHaveText('RETRYING');
    await dashcam.start();
    await expect.poll(() => told.store.instance, { timeout: 30_000 }).not.toBe(instance);
    await expect.poll(() => told.store.newest, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
    await live(page);
    const words = (await shownWords(page)).map((each) => each.word);
    expect(words).toContain('RESTARTED');
    expect(words.indexOf('RESTARTED')).toBeGreaterThan(words.indexOf('RETRYING'));
    expect(told.store.gaps(0, Date.now()).filter((gap) => gap.kind === 'restart')).toHaveLength(1);
    const ledger = await settledLedger(page);
    expect(ledger.lost).toBe(0);
    expect(missingRows(told.store, told.store.oldest, told.store.newest)).toEqual([]);
  });
});

test('a hidden tab draws nothing, keeps its rows, and catches up once', async ({ page, dashcam }) => {
  test.setTimeout(90_000);
  const told = follow(page);
  await watchPage(page);
  await page.goto(dashcam.url);
  await live(page);
  const sockets = told.sockets;
  await setHidden(page, true);
  // A frame that was already asked for may still be drawn.
  await page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
  const [draws, row] = [await drawCount(page), told.store.newest];
  await expect.poll(() => told.store.newest, { timeout: 20_000 }).toBeGreaterThanOrEqual(row + 4);
  expect(await drawCount(page)).toBe(draws);
  const first = told.store.oldest;
  await setHidden(page, false);
  await expect.poll(() => drawCount(page)).toBeGreaterThan(draws);
  await live(page);
  expect(told.sockets).toBe(sockets);
  expect(missingRows(told.store, first, told.store.newest)).toEqual([]);
});
