import { viewDrawCount, watchPage } from './observer';
import { held, live } from './page';
import { expect, test } from './server';

test('charts draw history at once, without a policy violation', async ({ page, dashcam, complaints }) => {
  await page.goto(dashcam.url);
  await expect(page.locator('.plot canvas').first()).toBeVisible();
  await expect.poll(() => page.locator('.plot-canvas').count()).toBeGreaterThanOrEqual(6);
  expect(complaints).toEqual([]);
});

test('a held view draws nothing, charts, strips and trails included', async ({ page, dashcam, complaints }) => {
  await watchPage(page);
  await page.goto(dashcam.url);
  await live(page);
  await page.keyboard.press('Space');
  await held(page);
  // What was on its way when the view was held is drawn; then rows come and nothing is.
  let before = -1;
  await expect.poll(async () => {
    const [last, now] = [before, await viewDrawCount(page)];
    before = now;
    return now === last;
  }, { intervals: [3000] }).toBe(true);
  const row = await page.locator('.state-word').textContent();
  await page.keyboard.press('l');
  await live(page);
  await expect.poll(() => viewDrawCount(page)).toBeGreaterThan(before);
  expect(row).not.toBe('LIVE');
  expect(complaints).toEqual([]);
});
