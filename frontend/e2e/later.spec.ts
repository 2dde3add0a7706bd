// What the first view does without: it comes when the page is idle, or when it is asked for.

import type { Page } from '@playwright/test';
import { linkTo } from './link';
import { held, live, open, openFirst, watchNotes } from './page';
import { expect, test } from './server';

const parts = '**/assets/later-parts.js*';

/** Lets the parts that come later wait until what it returns is called. */
async function holdBack(page: Page): Promise<() => void> {
  let release = (): void => undefined;
  const released = new Promise<void>((done) => (release = done));
  await page.route(parts, async (route) => {
    await released;
    await route.continue();
  });
  return () => release();
}

test('a part that is asked for before it has come opens once it has; the palette is there from the start', async ({ page, dashcam, complaints }) => {
  const release = await holdBack(page);
  await openFirst(page, dashcam);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toHaveCount(0);
  // The palette is there from the start: what is typed right after its key is in it.
  await page.keyboard.type('/disk lat');
  await expect(page.getByRole('dialog', { name: 'find' }).getByRole('combobox')).toHaveValue('disk lat');
  await page.keyboard.press('Escape');
  release();
  const help = page.getByRole('dialog', { name: 'Keys' });
  await expect(help).toBeVisible();
  await expect(help.getByRole('button', { name: 'close' })).toBeFocused();
  await page.keyboard.press('Escape');
  await page.locator('.connection-state').click();
  await expect(page.locator('#connection-popover')).toBeVisible();
  expect(complaints).toEqual([]);
});

test('everything opens when the server is gone, for it was fetched before', async ({ page, dashcam }) => {
  const link = await linkTo(dashcam);
  await open(page, link);
  link.cut();
  await expect(page.locator('.state-word')).toHaveText('RETRYING');
  for (const [key, overlay] of [
    ['?', '[aria-labelledby="help-title"]'],
    ['f', '.full-panel'],
  ] as const) {
    await page.keyboard.press(key);
    await expect(page.locator(overlay)).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.locator(overlay)).toBeHidden();
  }
  await page.getByRole('button', { name: 'settings' }).first().click();
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  link.end();
});

test('what is typed into the palette before there is anything to find is found and done', async ({ page, dashcam, complaints }) => {
  const release = await holdBack(page);
  await openFirst(page, dashcam);
  await page.keyboard.type('/disk lat');
  await page.keyboard.press('Enter');
  const palette = page.getByRole('dialog', { name: 'find' });
  await expect(palette.getByRole('status')).toHaveText('not fetched yet');
  release();
  await expect(page.locator('.full-panel')).toContainText('Disk latency');
  await expect(palette).toBeHidden();
  expect(complaints).toEqual([]);
});

/** Presses Space in the moment in which the word of the connection is there. */
const holdAtOnce = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const observer = new MutationObserver(() => {
      if (document.querySelector('.state-word') === null) return;
      observer.disconnect();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: ' ', code: 'Space', bubbles: true, cancelable: true }));
    });
    observer.observe(document, { childList: true, subtree: true });
  });

// A key between the first frame and the effects behind it was lost: on a machine with much to do they are apart.
test('a key works as soon as there is something to see', async ({ page, dashcam }) => {
  await holdAtOnce(page);
  await page.goto(dashcam.url);
  await held(page);
});

// Where the host is slow the page shows itself without rows: there was nothing to hold, and the key was lost.
test('a key works before there are rows', async ({ page, dashcam }) => {
  let release = (): void => undefined;
  const released = new Promise<void>((done) => (release = done));
  await page.routeWebSocket('**/ws', (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => void released.then(() => socket.send(message)));
  });
  await holdAtOnce(page);
  await page.goto(dashcam.url);
  await expect(page.locator('.state-word')).toHaveText('CONNECTING');
  release();
  await held(page);
});

test('what could not be fetched says so, and comes with the next try', async ({ page, dashcam }) => {
  let [gone, tried, failed] = [true, 0, 0];
  await page.route(parts, async (route) => {
    if (!gone) {
      await route.continue();
      return;
    }
    tried++;
    await route.abort();
  });
  page.on('requestfailed', (request) => {
    if (request.url().includes('/assets/later-parts.js')) failed++;
  });
  const notes = await watchNotes(page);
  await page.goto(dashcam.url);
  await live(page);
  await page.keyboard.press('?');
  await expect.poll(notes).toContain('this part of the page could not be fetched');
  // The page asks by itself, too, whenever it is live again: what was asked in vain has to be over before the next try.
  gone = false;
  await expect.poll(() => tried - failed).toBe(0);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible();
});

test('a link to a chart in full waits for it', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await page.keyboard.press('f');
  await expect(page.locator('.full-panel')).toBeVisible();
  await expect(page).toHaveURL(/p=/);
  const link = page.url();
  await page.goto('about:blank');
  await page.goto(link);
  await expect(page.locator('.full-panel .chart-slider').first()).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.locator('main')).not.toHaveAttribute('inert');
  expect(complaints).toEqual([]);
});
