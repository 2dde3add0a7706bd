import { expect, test } from './server';

test('charts draw history at once, without a policy violation', async ({ page, dashcam, complaints }) => {
  await page.goto(dashcam.url);
  await expect(page.locator('.plot canvas').first()).toBeVisible();
  await expect.poll(() => page.locator('.plot-canvas').count()).toBeGreaterThanOrEqual(6);
  expect(complaints).toEqual([]);
});
