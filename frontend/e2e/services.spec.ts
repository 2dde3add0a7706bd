// The services: the other face of the table of the first screen.

import type { Page } from '@playwright/test';
import { cell, expectAccessible, held, live, open } from './page';
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
  // Who hurts himself is among the limits, too.
  await expect(page.locator('.limits-cell .limit.is-warn').filter({ hasText: 'throttled api.service' }).locator('.limit-value')).toHaveText('45 %');
  await expectAccessible(page, '.service-face');

  // It is another second than now: in calm, thirty seconds before, nobody hurts himself.
  await page.goto('about:blank');
  await page.goto(`${dashcam.url}${await at(dashcam, 850)}`);
  await expect(face(page).locator('.process-title')).toHaveText(/^Services at \d/);
  await expect(rows(page).filter({ hasText: 'api.service' })).toHaveCount(1);
  expect((await names(page)).filter((name) => name.includes('throttled'))).toEqual([]);
  expect(complaints).toEqual([]);
});

test('who writes, and who was killed for memory, stand first and marked at their second', async ({ page, dashcam, complaints }) => {
  const first = rows(page).first();
  const errors = cell(page, 'Memory').locator('.cell-row').filter({ hasText: 'err' });
  // A backup fills the disk from 100 to 140 s, before anybody was killed.
  await page.goto(`${dashcam.url}${await at(dashcam, 120)}`);
  await held(page);
  await expect(page.locator('.process-open').first()).toBeVisible();
  await expect(errors.locator('.cell-value')).toHaveText(/^0/);
  await expect(errors).toBeHidden();
  await page.keyboard.press('v');
  await expect(face(page).locator('.process-note')).toHaveText(/ · by I\/O$/);
  await expect(first.locator('th')).toContainText(/^(backup|postgresql@16-main)\.service/);
  await expect(first.locator('.cell-culprit')).toHaveText(/^a large share, \d/);
  // The section below says who took most over the window, what that was in this second, and marks them in its table as here.
  const section = page.locator('#section-services');
  const io = section.locator('.largest-column').filter({ hasText: 'I/O by service' });
  // What is above grows while it comes.
  await expect(async () => {
    await section.locator('.instance-table').scrollIntoViewIfNeeded();
    await expect(io.locator('.history-line')).toHaveCount(7, { timeout: 2000 });
  }).toPass();
  await expect(io.locator('.history-title').last()).toHaveText('all others');
  const writer = io.locator('.history-line').filter({ hasText: 'postgresql@16-main.service' });
  await expect(writer.locator('.history-value')).toHaveText(/^\d+(\.\d)? MiB\/s$/);
  await expect(writer.locator('.history-most')).toHaveText(/^highest \d+ MiB\/s$/);
  const mark = section.locator('.instance-table .cell-culprit svg').first();
  await expect(mark).toBeVisible();
  expect(await mark.evaluate((icon) => icon.getBoundingClientRect().width)).toBe(9);
  await expectAccessible(page, '.largest-services');
  await page.evaluate(() => scrollTo(0, 0));

  // A report grows from 200 s on until it is killed at its limit, which stands for five minutes.
  await page.goto('about:blank');
  await page.goto(`${dashcam.url}${await at(dashcam, 400)}`);
  await expect(face(page).locator('.process-title')).toHaveText(/^Services at \d/);
  await expect(first.locator('th')).toContainText(/^report\.service\s*.*killed/);
  await expect(first.locator('th svg')).toBeVisible();
  await expect(first).toHaveClass(/is-(warn|critical)/);
  // The cell counts the errors of the five minutes before the second: that one came after 290 s.
  for (const [seconds, count] of [[400, '1'], [585, '1'], [595, '0']] as const) {
    await page.evaluate((hash) => location.replace(hash), await at(dashcam, seconds));
    await expect(errors.locator('.cell-value'), `at ${seconds} s`).toHaveText(new RegExp(`^${count}\\s*in 5 m$`));
    await expect(errors).toBeVisible({ visible: count !== '0' });
  }
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
  const link = page.locator('.service-link[data-service="/system.slice/redis-server.service"]').first();
  // Rows stand still once the pointer is among them: which one it is, is looked up again then.
  await link.hover();
  await link.click();
  await expect(face(page).locator('tr.is-opened th')).toContainText('redis-server.service');
  await expect(face(page).locator('tr.is-opened')).toBeInViewport();
  // Going back closes nothing that the other part of the page looks at.
  await page.keyboard.press('v');
  await expect(page.locator('.process-open').first()).toBeVisible();
  expect(complaints).toEqual([]);
});

test('a service opens with its lines, its limits and its processes, by the pointer and by keys', async ({ page, dashcam, complaints }) => {
  await page.addInitScript(() => localStorage.setItem('dashcam.face', 'services'));
  await page.goto(`${dashcam.url}${await at(dashcam, 900)}`);
  await held(page);
  await expect(rows(page).first().locator('th')).toContainText('api.service');
  await rows(page).first().click();
  const opened = page.locator('.open-service');
  await expect(opened.locator('.open-name')).toHaveText('api.service');
  await expect(opened.locator('.open-note')).toHaveText('throttled 45 % of the time');
  await expect(opened.locator('.history-line')).toHaveCount(4);
  await expect(opened.locator('.history-title')).toHaveText(['CPU %', 'memory', 'I/O', 'throttled']);
  await expect(opened.locator('.history-most').first()).toHaveText(/^highest .* of 300\s?%$/);
  await expect(opened.locator('.history-most').last()).toHaveText(/^highest 45/);
  await expect(opened.locator('dd').last().getByRole('button').first()).toBeVisible();
  await expectAccessible(page, '.service-face');

  // Keys go through the rows, and what is open follows.
  await rows(page).first().locator('.service-open').focus();
  await page.keyboard.press('j');
  const second = (await names(page))[1] ?? '';
  await expect(opened.locator('.open-name')).toHaveText(second);
  await page.keyboard.press('k');
  await expect(opened.locator('.open-name')).toHaveText('api.service');
  await page.keyboard.press('Enter');
  await expect(opened).toHaveCount(0);
  // The focus stays on its button, which opens it again.
  await expect(rows(page).first().locator('.service-open')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(opened.locator('.open-name')).toHaveText('api.service');
  // A process of it is shown on the other face.
  await opened.locator('dd').last().getByRole('button').first().click();
  await expect(page.locator('.open-process .open-name')).toBeVisible();
  await expect(page.locator('.process-title')).toHaveText(/^Processes at/);
  expect(complaints).toEqual([]);
});

test('services are ordered by the heads of their columns, and stand in a tree with their processes', async ({ page, dashcam, complaints }) => {
  await page.addInitScript(() => localStorage.setItem('dashcam.face', 'services'));
  await page.goto(dashcam.url);
  await live(page);
  await expect.poll(async () => (await names(page)).length).toBeGreaterThan(5);
  const head = (title: string) => face(page).getByRole('columnheader', { name: title, exact: true });
  await head('service').getByRole('button').click();
  await expect(head('service')).toHaveAttribute('aria-sort', 'ascending');
  await expect.poll(async () => (await names(page)).every((name, i, all) => i === 0 || name.localeCompare(all[i - 1] ?? '', 'en', { numeric: true }) >= 0)).toBe(true);
  await head('memory').getByRole('button').click();
  await expect(head('memory')).toHaveAttribute('aria-sort', 'descending');
  await expect(face(page).locator('.process-note')).toHaveText(/· by memory$/);
  await expect.poll(async () => Number(await rows(page).first().locator('.column-memory').evaluate((cell) => getComputedStyle(cell).getPropertyValue('--share')))).toBe(1);
  await head('memory').getByRole('button').click();
  await expect(head('memory')).toHaveAttribute('aria-sort', 'ascending');

  await page.keyboard.press('h');
  const group = rows(page).filter({ has: page.locator('td', { hasText: /^group$/ }) }).first();
  await expect(group.locator('th')).toContainText('slice');
  const process = face(page).locator('tr.is-process').first();
  // Rows stand still while the pointer is among them.
  await process.hover();
  const name = (await process.locator('th').innerText()).replace(/ \d+$/, '');
  await process.click();
  await expect(page.locator('.open-process .open-name')).toHaveText(name);
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
  // A name that has no room ends with an ellipsis, and not in the middle of a letter.
  const long = rows(page).filter({ hasText: 'postgresql@16-main.service' }).locator('.service-open');
  expect(await long.evaluate((button) => button.scrollWidth > button.clientWidth && getComputedStyle(button).textOverflow === 'ellipsis')).toBe(true);
  // Nothing behind it asks for a second one.
  expect(await long.locator('..').evaluate((head) => head.scrollWidth - head.clientWidth)).toBe(0);
  await expectAccessible(page, '.service-face');
});
