// What the first screen looks like, against the pictures beside this file. After a change
// that is meant, `npm run e2e -- looks --update-snapshots` writes them anew: look at them.

import type { Page } from '@playwright/test';
import { BEGIN, standAt } from './looks';
import { type Dashcam, expect, test } from './server';

/** Five minutes with the backup in them, pinned where it fills the disk; an hour of past is there from the start. */
const range = (): string => {
  const at = (seconds: number): string => new Date(BEGIN + seconds * 1000).toISOString();
  return `#from=${at(2800)}&to=${at(3100)}&at=${at(3000)}`;
};

// One seed, one scale, no motion, and letters drawn in grey without hints: what differs
// between machines is then the edges of curves and letters. A thousandth of a picture is
// about 1300 pixels at 1440 by 900, less than a line of a chart that moved by three pixels
// or a word in another colour; a pixel counts from a tenth of the way
// from black to white.
test.use({
  deviceScaleFactor: 1,
  reducedMotion: 'reduce',
  timezoneId: 'UTC',
});

const TOLERANCE = { maxDiffPixelRatio: 0.001, threshold: 0.1, animations: 'disabled', caret: 'hide' } as const;

/**
 * What goes on while the page stands in the past: the clock, ages, and the lanes up to now.
 * Since when a state lasts is the value of a series, which nothing moves.
 */
const moving = (page: Page) => ['.state-time', '.header-cost', '.process-note', '.overview', '.cell-note'].map((part) => page.locator(part));

/** The share of its width over which the small history of a row is drawn; all of it where there is no room for any. */
const drawnShare = (page: Page, row: number): Promise<number> =>
  page.evaluate((at) => {
    const [place, sheet] = [document.querySelectorAll('.trail-place')[at], document.querySelector<HTMLCanvasElement>('.process-trails')];
    const ctx = sheet?.getContext('2d');
    if (!place?.checkVisibility()) return 1;
    if (!sheet || !ctx || sheet.width === 0) return 0;
    const [box, whole] = [place.getBoundingClientRect(), sheet.getBoundingClientRect()];
    const { data, width, height } = ctx.getImageData(box.left - whole.left, box.top - whole.top, box.width, box.height);
    const drawn = Array.from({ length: width }, (_, x) => Array.from({ length: height }, (__, y) => data[4 * (y * width + x) + 3] ?? 0).some((alpha) => alpha > 0));
    return drawn.filter(Boolean).length / width;
  }, row);

async function hold(page: Page, dashcam: Dashcam): Promise<void> {
  await standAt(page, dashcam);
  await page.goto(`${dashcam.url}${range()}`);
  // A busy machine is late with rows, which are then filled in and counted: that takes room in the bar.
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('.state-counts { display: none }');
    document.adoptedStyleSheets.push(sheet);
  });
  await expect(page.locator('.state-word')).toHaveText(/HELD|RANGE/);
  // What cannot be seen is not drawn: on a low screen the table is below it.
  await page.locator('.process-scroll').scrollIntoViewIfNeeded();
  await expect(page.locator('.process-title')).toContainText('10:50:00');
  await expect(page.locator('.process-open').first()).toBeVisible();
  // The small histories come in blocks, one after the other: a process that was always there has all of it.
  await expect.poll(() => drawnShare(page, 2)).toBeGreaterThan(0.95);
  await page.evaluate(() => scrollTo(0, 0));
  await expect(page.locator('.matrix-cell.is-critical').first()).toBeVisible();
  // A busy machine may have been late meanwhile, and says so.
  await expect(page.locator('.state-word')).toHaveText('RANGE');
}

for (const [name, width, height, colorScheme] of [
  ['desk-dark', 1440, 900, 'dark'],
  ['desk-light', 1440, 900, 'light'],
  ['wide-light', 1920, 1080, 'light'],
  ['small-dark', 1024, 768, 'dark'],
  ['phone-dark', 390, 844, 'dark'],
] as const) {
  test(`the first screen in the past: ${name}`, async ({ page, dashcam }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height });
    await hold(page, dashcam);
    await expect(page).toHaveScreenshot(`${name}.png`, { ...TOLERANCE, mask: moving(page) });
  });
}

test('the first screen in the past, in forced colours', async ({ page, dashcam }) => {
  await page.emulateMedia({ colorScheme: 'dark', forcedColors: 'active', reducedMotion: 'reduce' });
  await hold(page, dashcam);
  await expect(page).toHaveScreenshot('desk-forced.png', { ...TOLERANCE, mask: moving(page) });
});

test('the page before the host has said what there is', async ({ page, dashcam }) => {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.routeWebSocket('**/ws', () => undefined);
  await page.goto(dashcam.url);
  await expect(page.locator('.state-word')).toHaveText('CONNECTING');
  await expect(page).toHaveScreenshot('desk-empty.png', { ...TOLERANCE, mask: [page.locator('.overview')] });
});
