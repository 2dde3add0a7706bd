// What happened and what changed, beside the charts: by keys, and each entry leads to its second.

import type { Page } from '@playwright/test';
import { colours, expectAccessible, held, live, open } from './page';
import { type Dashcam, expect, test } from './server';

interface HostEvent {
  readonly t: number;
  readonly kind: string;
  readonly text: string;
}

async function eventsOf(dashcam: Dashcam, query: string): Promise<readonly HostEvent[]> {
  return ((await (await fetch(`${dashcam.url}api/v1/events?${query}`)).json()) as { events: readonly HostEvent[] }).events;
}

/** A second late in the newest storm on the disk that is over and was what hurt most, and when it began. */
async function storm(dashcam: Dashcam): Promise<{ began: number; t: number }> {
  const events = await eventsOf(dashcam, 'from=55m&kind=state');
  for (const ended of events.filter(({ text }) => text.startsWith('disk: ok')).toReversed()) {
    const began = events.findLast(({ t, text }) => t < ended.t && text.startsWith('disk: warn'));
    if (!began) continue;
    // It ends after ten rows in which all was well, and a busy machine misses some: from where it began there is room at both ends.
    const t = Math.min(ended.t - 12_000, began.t + 30_000);
    const { resource } = (await (await fetch(`${dashcam.url}api/v1/verdict?at=${t}`)).json()) as { resource: string };
    if (resource === 'disk') return { began: began.t, t };
  }
  throw new Error('the disk was well for an hour');
}

const drawer = (page: Page) => page.locator('.incident-drawer');
const entries = (page: Page) => drawer(page).locator('.incident-open');
const pinned = (page: Page): Promise<number> => page.evaluate(() => Date.parse(decodeURIComponent(/at=([^&]*)/.exec(location.hash)?.[1] ?? '')));

test('the list has what the API has, of a kind where one is chosen, and an event leads to its second, by keys', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await page.keyboard.press('n');
  await expect(entries(page).first()).toBeVisible();
  await drawer(page).getByRole('combobox', { name: 'kind of event' }).selectOption('state');
  const newest = (await eventsOf(dashcam, 'from=24h&kind=state&limit=50')).toReversed();
  for (const [i, each] of newest.slice(5, 10).entries()) await expect(entries(page).filter({ hasText: each.text }).first(), `event ${i}`).toBeVisible();
  await expect(drawer(page).locator('.incident-kind').filter({ hasNotText: 'state' })).toHaveCount(0);
  // j and k go through the entries, Enter goes to the second of one. What happens meanwhile stands above them.
  const start = await entries(page).first().elementHandle();
  await start.focus();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  const focused = (): Promise<{ behind: number; text: string }> =>
    page.evaluate((from) => {
      const all = Array.from(document.querySelectorAll('.incident-drawer .incident-open'));
      const at = document.activeElement;
      return { behind: at ? all.indexOf(at) - all.indexOf(from) : NaN, text: at?.querySelector('.incident-text')?.textContent ?? '' };
    }, start);
  await expect.poll(async () => (await focused()).behind).toBe(1);
  const { text } = await focused();
  await page.keyboard.press('Enter');
  await held(page);
  const times = (await eventsOf(dashcam, 'from=24h&kind=state')).filter((each) => each.text === text).map(({ t }) => t);
  await expect.poll(async () => times.includes(await pinned(page))).toBe(true);
  // Esc takes away one thing at a time, the uppermost first.
  await page.keyboard.press('Escape');
  await expect(drawer(page)).toHaveCount(0);
  await held(page);
  await page.keyboard.press('Escape');
  await live(page);
  expect(complaints).toEqual([]);
});

// A millisecond behind it: a busy machine may say within a second that it was late.
test('a mark that is left is in the list and in the API, and a page that comes later finds it by [', async ({ page, calm: dashcam, complaints }) => {
  await page.addInitScript(() => {
    const read: string[] = [];
    Object.assign(globalThis, { dashcamRead: read });
    const original = Object.getOwnPropertyDescriptor(Response.prototype, 'json')?.value as () => Promise<unknown>;
    Response.prototype.json = async function (this: Response) {
      const answer = await original.call(this);
      read.push(this.url);
      return answer;
    };
  });
  await open(page, dashcam);
  await page.keyboard.press('b');
  const field = page.getByRole('textbox', { name: 'text of a mark' });
  await expect(field).toBeFocused();
  await page.keyboard.type('deploy 4711 <b>');
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('');
  await expect(entries(page).filter({ hasText: 'deploy 4711 <b>' })).toHaveCount(1);
  const marks = await eventsOf(dashcam, 'from=1h&kind=mark');
  expect(marks.map(({ text }) => text)).toEqual(['deploy 4711 <b>']);

  const t = marks[0]?.t ?? NaN;
  await page.goto('about:blank');
  await page.goto(`${dashcam.url}#at=${new Date(t + 1).toISOString()}`);
  await held(page);
  // What happened before the page came has come, and was read.
  await expect.poll(() => page.evaluate(() => (globalThis as { dashcamRead?: string[] }).dashcamRead?.some((url) => /api\/v1\/events\?.*kind=-exec/.test(url)))).toBe(true);
  await page.keyboard.press('[');
  await expect.poll(() => pinned(page)).toBe(t);
  expect(complaints).toEqual([]);
});

test('c in an incident ranks what changed with it, and an entry opens its chart where it began', async ({ page, dashcam, complaints }) => {
  const { began, t } = await storm(dashcam);
  await page.goto(`${dashcam.url}#at=${new Date(t).toISOString()}`);
  await held(page);
  await expect(page.locator('.verdict-line')).toHaveText(/disk/);
  await page.keyboard.press('c');
  await expect(entries(page).first()).toBeVisible();
  await expect(drawer(page).locator('.incident-head')).toContainText('compared with the 5 m before');
  const api = (await (await fetch(`${dashcam.url}api/v1/changes?from=${began}&to=${t}`)).json()) as { changes: readonly { kind: string; since: number }[] };
  // Which series changed most depends on the storm; one that began with it is among them.
  const which = api.changes.filter(({ kind }) => kind === 'series').findIndex(({ since }) => Math.abs(since - began) < 15_000);
  expect(which).toBeGreaterThanOrEqual(0);
  // Beside the list charts and columns are narrow: no curve loses its name, no process what it waits for.
  await expect(page.locator('.cell-blocked').first()).toBeVisible();
  expect(await page.locator('.first-screen .legend').evaluateAll((all) => all.filter((el) => el.scrollWidth > el.clientWidth || el.scrollHeight > el.clientHeight).map((el) => el.textContent))).toEqual([]);
  expect(await page.locator('td.column-state').evaluateAll((all) => {
    const text = document.createRange();
    return all.filter((cell) => (text.selectNodeContents(cell), text.getBoundingClientRect().right > cell.getBoundingClientRect().right)).length;
  })).toBe(0);
  const series = entries(page).filter({ has: page.locator('.change-strip path.is-after') }).nth(which);
  await expect(series).toBeVisible();
  await series.press('Enter');
  await expect(page.locator('.full-panel')).toBeVisible();
  await expect(drawer(page)).toBeVisible();
  await expect.poll(async () => Math.abs((await pinned(page)) - began)).toBeLessThan(20_000);
  expect(complaints).toEqual([]);
});

test('of a stretch that is selected, too', async ({ page, dashcam }) => {
  await open(page, dashcam);
  const plot = page.locator('.first-screen .plot').first();
  const box = await plot.boundingBox();
  if (!box) throw new Error('no chart');
  await page.mouse.move(box.x + box.width * 0.5, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 30, { steps: 5 });
  await page.mouse.up();
  await page.getByRole('button', { name: 'What changed' }).click();
  await expect(drawer(page).locator('.incident-head')).toContainText('compared with');
  await expect(drawer(page)).not.toContainText('could not be fetched');
});

test('axe finds nothing in either list, in both themes, and nothing is wider than the window, on a phone too', async ({ page, dashcam }) => {
  await open(page, dashcam);
  for (const [width, colorScheme, rules] of [[1440, 'light', undefined], [1440, 'dark', colours], [390, 'light', undefined]] as const) {
    await page.setViewportSize({ width, height: 844 });
    await page.emulateMedia({ colorScheme });
    await page.keyboard.press('n');
    await expect(entries(page).first()).toBeVisible();
    await expectAccessible(page, '.incident-drawer', rules);
    await page.keyboard.press('c');
    await expect(drawer(page).locator('.incident-head')).toContainText('compared with');
    await expectAccessible(page, '.incident-drawer', rules);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    await page.keyboard.press('Escape');
    await expect(drawer(page)).toHaveCount(0);
  }
});
