// What a person prefers: kept in the browser, taken along as a file.

import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { chart, expectAccessible, live, open } from './page';
import { type Dashcam, expect, test } from './server';

async function openSettings(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'settings' }).click();
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await expect(settings).toBeVisible();
  return settings;
}

const titles = (page: Page): Promise<string[]> => page.locator('.first-screen .chart-title').allInnerTexts();

async function reload(page: Page, dashcam: Dashcam): Promise<void> {
  await page.goto(dashcam.url);
  await page.reload();
  await live(page);
}

test('settings are kept, and letters can be switched off', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const settings = await openSettings(page);
  await expectAccessible(page, '.settings-dialog');
  await settings.getByRole('radio', { name: 'bytes/s' }).check();
  await settings.getByRole('radio', { name: 'dense' }).check();
  await settings.getByRole('radio', { name: 'off' }).check();
  await page.keyboard.press('Escape');
  await expect(settings).toBeHidden();
  await reload(page, dashcam);
  await expect(chart(page, 'Network').locator('.legend-value').first()).toHaveText(/B\/s$/);
  const row = await page.locator('.process-table tbody tr').nth(1).boundingBox();
  expect(row?.height).toBe(18);
  await page.keyboard.press('3');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'find' })).toBeVisible();
  expect(page.url()).not.toContain('w=15m');
  expect(complaints).toEqual([]);
});

test('charts change their places, are hidden, and go to another browser in a file', async ({ page, browser, dashcam, complaints }) => {
  await open(page, dashcam);
  const before = await titles(page);
  const settings = await openSettings(page);
  await settings.getByRole('button', { name: 'move Memory up' }).click();
  await settings.getByRole('checkbox', { name: 'Pressure' }).first().uncheck();
  await settings.getByRole('checkbox', { name: 'Sensors' }).uncheck();
  const arranged = ['Memory', 'CPU', ...before.slice(3)];
  await expect.poll(() => titles(page)).toEqual(arranged);
  await expect(page.locator('#section-sensors')).toHaveCount(0);
  await reload(page, dashcam);
  await expect.poll(() => titles(page)).toEqual(arranged);

  await openSettings(page);
  const saved = page.waitForEvent('download');
  await settings.getByRole('button', { name: 'Save as a file' }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe('dashcam-settings.json');
  const path = await file.path();
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ dashcam: 'settings', version: 1, panels: { hidden: ['pressure', 'sensors'] } });

  const other = await (await browser.newContext()).newPage();
  await other.goto(dashcam.url);
  await live(other);
  await openSettings(other);
  await other.getByLabel('file with settings').setInputFiles({ name: 'settings.json', mimeType: 'application/json', buffer: await readFile(path) });
  await expect(other.locator('.settings-file [role="status"]')).toHaveText('settings.json is in use.');
  await expect.poll(() => titles(other)).toEqual(arranged);
  await other.getByRole('button', { name: 'Reset order and visibility' }).click();
  await expect.poll(() => titles(other)).toEqual(before);
  await other.context().close();
  expect(complaints).toEqual([]);
});

test('a file that is wrong says what is wrong and changes nothing', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const settings = await openSettings(page);
  const status = page.locator('.settings-file [role="status"]');
  for (const [text, said] of [
    ['{"theme":', /^mine\.json was not taken up\. This is not JSON: .+/],
    ['{"dashcam":"settings","version":1,"theme":"purple"}', 'mine.json was not taken up. "theme" is "purple", expected "system", "light" or "dark".'],
    ['{"dashcam":"settings","version":1,"density":"dense","colour":1}', /"colour" is not a setting, expected "theme"/],
  ] as const) {
    await page.getByLabel('file with settings').setInputFiles({ name: 'mine.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    await expect(status).toHaveText(said);
    await expect(status).toHaveClass('settings-wrong');
  }
  await expectAccessible(page, '.settings-dialog');
  await expect(settings.getByRole('radio', { name: 'normal' })).toBeChecked();
  expect(complaints).toEqual([]);
});
