// Writes the README's pictures anew (`make pictures`): the simulated host while its disk
// is saturated. It is no check, so the browser tests leave it out.

import { resolve } from 'node:path';
import { expect, test } from './server';

const folder = resolve(import.meta.dirname, '../../.github');

test('pictures of an incident', async ({ page, dashcam }) => {
  test.setTimeout(240_000);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${dashcam.url}?theme=dark`);
  // The disk of the simulated host is saturated every four minutes.
  await expect(page.locator('.matrix-cell.is-critical').filter({ hasText: 'Disk' })).toBeVisible({ timeout: 200_000 });
  await page.waitForTimeout(20_000);
  await page.screenshot({ path: `${folder}/dashboard-dark.png` });
  await page.goto(`${dashcam.url}?theme=light`);
  await page.waitForTimeout(3000);
  await page.screenshot({ path: `${folder}/dashboard-light.png` });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${dashcam.url}?theme=dark`);
  await page.waitForTimeout(3000);
  await page.screenshot({ path: `${folder}/dashboard-phone.png` });
});

test('pictures of the past and of a wall', async ({ page, dashcam }) => {
  test.setTimeout(120_000);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${dashcam.url}?theme=dark#w=15m`);
  await expect(page.locator('.process-table tbody tr').first()).toBeVisible();
  // Back from change to change, to one at which the disk became saturated, and into that.
  const disk = page.locator('.matrix-cell.is-critical').filter({ hasText: 'Disk' });
  await expect(async () => {
    await page.keyboard.press('[');
    await expect(disk).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.locator('.process-title')).toContainText('Processes at');
  await page.waitForTimeout(3000);
  await page.screenshot({ path: `${folder}/dashboard-held.png` });
  await page.goto(`${dashcam.url}?kiosk=1&theme=dark`);
  await expect(page.locator('.kiosk .matrix-cell').first()).toBeVisible();
  await page.waitForTimeout(3000);
  await page.screenshot({ path: `${folder}/dashboard-wall.png` });
});
