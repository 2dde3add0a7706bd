// The services: the other face of the table of the first screen.

import type { Page } from '@playwright/test';
import { expectAccessible, held, live, open } from './page';
import { type Dashcam, expect, test } from './server';

const face = (page: Page) => page.locator('.service-face');
const rows = (page: Page) => face(page).locator('tbody tr');
const names = (page: Page) => rows(page).locator('th').allInnerTexts();

/** A second of the simulated host, counted from the first that it remembers. */
async function at(dashcam: Dashcam, seconds: number): Promise<string> {
  const { t } = (await (await fetch(`${dashcam.url}api/v1/row?seq=1`)).json()) as { t: readonly [number] };
  return `#w=5m&at=${new Date(t[0] + seconds * 1000).toISOString()}`;
}

test('who is throttled stands first, marked, at the second that is pinned, and not in calm', async ({ page, dashcam, complaints }) => {
  // A processor burns from 885 to 920 s, and nobody was killed in the five minutes before.
  await page.goto(`${dashcam.url}${await at(dashcam, 900)}`);
  await held(page);
  await expect(page.locator('.process-open').first()).toBeVisible();
  await page.keyboard.press('v');
  await expect(face(page).locator('.process-title')).toHaveText(/^Services at \d/);
  await expect(rows(page).first().locator('th')).toContainText(/^api\.service\s*throttled 45 % of the time$/);
  await expect(rows(page).first()).toHaveClass(/is-warn/);
  await expect(rows(page).first().locator('th svg')).toBeVisible();
  // It has the CPU, too, which is what is bad in this second.
  await expect(rows(page).first().locator('.column-cpu .cell-culprit')).toHaveText(/^a large share, \d/);
  await expect(face(page).locator('.process-note')).toHaveText(/remembered · .* ago · by CPU/);
  await expectAccessible(page, '.service-face');

  // It is another second than now: in calm, thirty seconds before, nobody hurts himself.
  await page.goto('about:blank');
  await page.goto(`${dashcam.url}${await at(dashcam, 850)}`);
  await expect(face(page).locator('.process-title')).toHaveText(/^Services at \d/);
  await expect(rows(page).filter({ hasText: 'api.service' })).toHaveCount(1);
  expect((await names(page)).filter((name) => name.includes('throttled'))).toEqual([]);
  expect(complaints).toEqual([]);
});

test('the face is kept, filtered, and a process leads to its service', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await page.getByRole('radio', { name: 'services', exact: true }).check();
  await expect(face(page).locator('.process-title')).toHaveText('Services');
  await expect.poll(async () => (await names(page)).length).toBeGreaterThan(5);
  await page.reload();
  await live(page);
  await expect(rows(page).first()).toBeVisible();
  await page.keyboard.press('p');
  await page.keyboard.type('postgres');
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).locator('th')).toContainText('postgresql@16-main.service');
  await page.keyboard.press('Escape');
  await page.keyboard.press('v');
  const link = page.locator('.service-link[data-service="redis-server.service"]').first();
  await link.click();
  await expect(face(page).locator('tr.is-opened th')).toContainText('redis-server.service');
  await expect(face(page).locator('tr.is-opened')).toBeInViewport();
  // Going back closes nothing that the other part of the page looks at.
  await page.keyboard.press('v');
  await expect(page.locator('.process-open').first()).toBeVisible();
  expect(complaints).toEqual([]);
});

test('a phone shows five services', async ({ page, dashcam }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.addInitScript(() => localStorage.setItem('dashcam.face', 'services'));
  await page.goto(dashcam.url);
  await live(page);
  await expect(rows(page)).toHaveCount(5);
  await expect(rows(page).locator('td.column-cpu').first()).toHaveText(/%$/);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await expectAccessible(page, '.service-face');
});
