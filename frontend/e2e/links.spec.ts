// The address: what it carries, what it is when a moment is forgotten, and the way back.

import { drawnTexts, watchPage } from './observer';
import { cell, chart, held, live, open } from './page';
import { expect, test } from './server';

test('a link to a second that is no longer remembered says so, and names the oldest one kept', async ({ page, dashcam, complaints }) => {
  await watchPage(page);
  await page.goto(`${dashcam.url}#at=2020-02-02T02:02:02.000Z`);
  await held(page);
  const bar = page.getByRole('region', { name: 'not remembered' });
  await expect(bar).toHaveText(/^2020-02-02 0\d:02:02 is not remembered any more\. The oldest second kept is .*\d\d:\d\d:\d\d\./);
  await expect(page.locator('.process-note')).toHaveText('this second is not remembered');
  await expect(page.locator('.cell-value').first()).not.toHaveText(/\d/);
  // The charts have a stretch of their own for it.
  await expect.poll(() => drawnTexts(page)).toContain('not remembered');
  // Every lane has its name.
  for (const lane of ['cpu', 'mem', 'disk', 'net', 'lim']) await expect.poll(() => drawnTexts(page)).toContain(lane);
  const oldest = /kept is (?:\S+ )?(\d\d:\d\d:\d\d)\./.exec((await bar.textContent()) ?? '')?.[1];
  await bar.getByRole('button', { name: 'Show it' }).click();
  await expect(bar).toBeHidden();
  await expect(page.locator('.state-time')).toContainText(oldest ?? 'nothing');
  await expect(cell(page, 'Memory').locator('.cell-value').first()).toHaveText(/\d/);
  // A range that is gone says the same.
  await page.goto(`${dashcam.url}?x#from=2020-02-02T02:00:00.000Z&to=2020-02-02T02:05:00.000Z`);
  await expect(page.locator('.state-word')).toHaveText('RANGE');
  await expect(bar).toBeVisible();
  await bar.getByRole('button', { name: 'Live' }).click();
  await live(page);
  await expect(bar).toBeHidden();
  expect(complaints).toEqual([]);
});

test('every deliberate act is a step that the back button undoes', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await page.keyboard.press('3');
  await expect(page).toHaveURL(/#w=15m$/);
  await page.keyboard.press('Space');
  await held(page);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  // A chart alone, and one more switched on again: the choice is in the address by name.
  const legend = chart(page, 'Memory').locator('.legend-item');
  await legend.filter({ hasText: 'cache' }).click();
  await expect(legend.and(page.locator('[aria-pressed="true"]'))).toHaveCount(1);
  await expect(page).toHaveURL(/h=memory:slab,memory:used$/);
  await legend.filter({ hasText: 'used' }).click({ modifiers: ['Shift'] });
  await expect(page).toHaveURL(/h=memory:slab$/);
  await page.reload();
  await held(page);
  await expect(legend.and(page.locator('[aria-pressed="true"]'))).toHaveCount(2);

  await page.goBack();
  await expect(legend.and(page.locator('[aria-pressed="true"]'))).toHaveCount(1);
  await page.goBack();
  await expect(legend.and(page.locator('[aria-pressed="true"]'))).toHaveCount(3);
  await held(page);
  await page.goBack();
  await live(page);
  await expect(page).toHaveURL(/#w=15m$/);
  await page.goBack();
  await expect(page).not.toHaveURL(/w=/);
  await page.goForward();
  await expect(page).toHaveURL(/#w=15m$/);
  // A press on what is alone shows all again.
  await legend.filter({ hasText: 'cache' }).click();
  await legend.filter({ hasText: 'cache' }).click();
  await expect(legend.and(page.locator('[aria-pressed="true"]'))).toHaveCount(3);
  expect(complaints).toEqual([]);
});

test('units and zones change by a key, everywhere', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const network = chart(page, 'Network').locator('.legend-value').first();
  await expect(network).toHaveText(/bit\/s$/);
  // In the head stands what the chart is as high as: the larger of its curves.
  const [now = '', ...curves] = await chart(page, 'Network').evaluate((el) => Array.from(el.querySelectorAll('.chart-now, .legend-value'), ({ textContent }) => textContent));
  expect(curves).toHaveLength(2);
  expect(curves).toContain(now);
  await page.keyboard.press('u');
  await expect(network).toHaveText(/B\/s$/);
  await expect(chart(page, 'Disk throughput').locator('.legend-value').first()).toHaveText(/iB\/s$/);
  const clock = page.locator('.state-time');
  await expect(clock).toHaveText(/ \+0[12]:00$/);
  const seconds = async () => ((await clock.textContent()) ?? '').slice(0, 8).split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
  // The host is in Berlin, one hour ahead or two.
  const ahead = 3600 * Number(/\+0(\d):00$/.exec((await clock.textContent()) ?? '')?.[1]);
  const host = await seconds();
  await page.keyboard.press('z');
  await page.keyboard.press('z');
  await expect(clock).toHaveText(/ \+00:00$/);
  // So much less, but for the seconds that went by.
  const less = (host - (await seconds()) + 86_400) % 86_400;
  expect([less > ahead - 300, less <= ahead]).toEqual([true, true]);
  await page.keyboard.press('z');
  await expect(clock).toHaveText(/ \+0[12]:00$/);
  expect(complaints).toEqual([]);
});
