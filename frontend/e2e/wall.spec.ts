// The wall of a hub, with the simulated fleet behind it.

import type { Page } from '@playwright/test';
import { linkTo } from './link';
import { colours, expectAccessible, live } from './page';
import { expect, test } from './server';

test.use({ flags: ['hub', '--demo', '--seed', '7'] });

const rows = (page: Page) => page.locator('.wall-scroll tbody tr:not(.table-spacer, .table-message)');
const names = (page: Page) => rows(page).locator('.wall-open').allInnerTexts();
const row = (page: Page, name: string) => rows(page).filter({ has: page.getByRole('link', { name, exact: true, includeHidden: true }) });

interface HostInfo {
  readonly id: string;
  readonly name: string;
  readonly online: boolean;
  readonly states: Readonly<Record<string, { readonly level: string }>>;
}

async function hostsOf(url: string): Promise<readonly HostInfo[]> {
  const { hosts } = (await (await fetch(`${url}api/v1/hosts`)).json()) as { readonly hosts: readonly HostInfo[] };
  return hosts;
}

const isBad = ({ online, states }: HostInfo): boolean => !online || Object.values(states).some(({ level }) => level === 'warn' || level === 'critical');

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await live(page);
  await expect(rows(page).first()).toBeVisible();
}

test('every host has a row, the worst first and then by name, and the sentence counts those that need somebody', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam.url);
  await expect(page.getByRole('grid')).toHaveAttribute('aria-rowcount', '41');
  // A state may change between the two answers: what the page says has to be what the hub said once.
  await expect
    .poll(async () => {
      const hosts = await hostsOf(dashcam.url);
      const shown = await names(page);
      const lead = await page.locator('.wall-sentence strong').innerText();
      return hosts.slice(0, shown.length).every(({ name }, i) => shown[i] === name) && lead.startsWith(`${hosts.filter(isBad).length} of 40 hosts need`);
    })
    .toBe(true);
  await expect
    .poll(async () => {
      const bad = (await hostsOf(dashcam.url)).find(isBad);
      return new RegExp(`^${bad?.name} .*(since|last word) `).test(await page.locator('.wall-sentence a').first().innerText());
    })
    .toBe(true);
  await expect(rows(page).first()).toHaveClass(/is-(critical|warn|silent)/);
  await expect(rows(page).first().locator('.wall-word')).toHaveText(/^(silent|(cpu|memory|disk|network|limits) (saturated|busy|filling|nearly full).*)$/);
  await expect(rows(page).first().locator('.wall-since')).toHaveText(/^(since|last word) .*\d\d:\d\d:\d\d$/);
  await expect(page).toHaveTitle(/of 40 hosts needs? attention · /);
  expect(complaints).toEqual([]);
});

test('a clock that is off, a clone and an old version say so', async ({ page, dashcam, complaints }) => {
  await open(page, `${dashcam.url}#f=cache-03`);
  await expect(row(page, 'cache-03').locator('.wall-name .wall-note')).toHaveText('clock +7.3 s');
  await page.locator('.wall-filter').fill('web-05');
  await expect(row(page, 'web-05').locator('.wall-name .wall-note')).toHaveText('clone of web-04');
  await page.locator('.wall-filter').fill('0.0.9');
  await expect(row(page, 'web-02').locator('.wall-version')).toHaveText(/^0\.0\.9\s*(old|not the hub’s)$/);
  expect(complaints).toEqual([]);
});

test('one metric is compared over all hosts, the highest or the lowest first, and who is unlike its siblings is named', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam.url);
  await page.keyboard.press('c');
  await expect(page.getByLabel('compare')).toBeFocused();
  await page.getByLabel('compare').selectOption('cpu use');
  const line = page.getByRole('group', { name: 'comparison' });
  await expect(line).toHaveText(/^cpu use: highest \S+ \d+ %, lowest \S+ \d+ %, median \d+ % · \d+ unlike (its|their) siblings of the same role: /);
  const values = async (): Promise<readonly number[]> => (await rows(page).locator('.wall-worst').allInnerTexts()).map((text) => parseInt(text, 10));
  await expect.poll(async () => (await values()).every((value, i, all) => i === 0 || value <= (all[i - 1] ?? 0))).toBe(true);
  await page.getByRole('button', { name: 'highest first' }).click();
  await expect.poll(async () => (await values()).every((value, i, all) => i === 0 || value >= (all[i - 1] ?? 100))).toBe(true);
  await expect(page).toHaveURL(/#m=cpu\.use&o=low$/);
  await page.goto(`${dashcam.url}#m=cpu.use&f=web-07`);
  await expect(row(page, 'web-07').locator('.wall-top')).toHaveText(/^\+\d+ · unlike its siblings \(role\)$/);
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test('a verdict stands on its row, and all alerts and events are in lists that lead to a host and a second', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam.url);
  // One host's file system is full all the time.
  await expect(row(page, 'db-06').locator('.wall-top')).toHaveText(/\/var\/lib is 96 % full|6 % of the TCP segments/);
  await expect(page.getByRole('button', { name: /^alerts: \d+ firing/ })).toBeVisible();
  await page.keyboard.press('a');
  const alerts = page.getByRole('dialog', { name: 'Alerts' });
  const full = alerts.locator('.alert-text', { hasText: '/var/lib is 96 % full' });
  await expect(full).toHaveText(/^db-06/);
  await expectAccessible(page, '#alert-drawer');
  await page.keyboard.press('Escape');
  await expect(alerts).toBeHidden();
  const lane = page.getByRole('region', { name: 'the last hour of all hosts' });
  await lane.getByRole('button', { name: /^\d+ × openssl/ }).first().click();
  const events = page.getByRole('dialog', { name: 'What happened' });
  const asked = events.locator('.is-asked');
  await expect(asked).toContainText(/openssl 3\.0\.15 → 3\.0\.17.*package · (39|40) hosts/);
  await expectAccessible(page, '#wall-events');
  await asked.getByRole('link', { name: 'web-03', exact: true }).click();
  await expect(page).toHaveURL(/\/h\/demo\d+\/#(.*&)?at=20/);
  await expect(page.locator('.header-name')).toHaveText('web-03');
  expect(complaints).toEqual([]);
});

test('a clone is split with one press', async ({ page, own, complaints }) => {
  await open(page, `${own.url}#f=web-05`);
  await row(page, 'web-05').getByRole('button', { name: 'split', includeHidden: true }).click();
  await expect(row(page, 'web-05').locator('.wall-name .wall-note')).toHaveText('');
  expect((await hostsOf(own.url)).find(({ name }) => name === 'web-05')).not.toHaveProperty('cloneOf');
  expect(complaints).toEqual([]);
});

test('the strips are drawn from the past that the hub remembers', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam.url);
  const painted = (): Promise<readonly number[]> =>
    rows(page)
      .first()
      .locator('canvas')
      .evaluate((canvas: HTMLCanvasElement) => {
        const data = canvas.getContext('2d')?.getImageData(0, canvas.height - 1, canvas.width, 1).data;
        const wide = canvas.width / 5;
        // How much of each of the five is drawn, at their bottom.
        return Array.from({ length: 5 }, (_, strip) => Array.from({ length: Math.floor(wide) }, (_, x) => data?.[4 * (Math.floor(strip * wide) + x) + 3] ?? 0).filter((alpha) => alpha > 0).length / wide);
      });
  await expect.poll(async () => (await painted()).every((share) => share > 0.4)).toBe(true);
  expect(complaints).toEqual([]);
});

test('filter and groups are in the address, and a reload shows the same', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam.url);
  await page.keyboard.press('p');
  await page.keyboard.type('role=db');
  await expect(page.getByRole('grid')).toHaveAttribute('aria-rowcount', '11');
  expect((await names(page)).every((name) => name.startsWith('db-'))).toBe(true);
  await page.getByLabel('group by').selectOption('site');
  const groups = page.locator('tr.is-group');
  await expect(groups.first()).toBeVisible();
  const first = await groups.first().locator('.wall-open').innerText();
  const before = Number(await page.getByRole('grid').getAttribute('aria-rowcount'));
  // By its name: another one may come to stand first.
  await groups.filter({ hasText: first }).click();
  await expect(groups.filter({ hasText: first })).toHaveClass(/is-closed/);
  expect(Number(await page.getByRole('grid').getAttribute('aria-rowcount'))).toBeLessThan(before);
  await expect(page).toHaveURL(new RegExp(`#f=role%3Ddb&g=site&c=${first}$`));
  await page.reload();
  await expect(page.locator('.wall-filter')).toHaveValue('role=db');
  await expect(groups.filter({ hasText: first })).toHaveClass(/is-closed/);
  // A label of a row is added to the filter.
  await page.getByRole('button', { name: 'open all' }).click();
  await page.locator('.wall-label[data-label="env=prod"]').first().click();
  await expect(page.locator('.wall-filter')).toHaveValue('role=db env=prod');
  expect(complaints).toEqual([]);
});

test('a host opens, and Backspace or its mark leads back to the same place', async ({ page, dashcam, complaints }) => {
  await page.setViewportSize({ width: 1440, height: 500 });
  await open(page, `${dashcam.url}#f=role%3D`);
  for (let i = 0; i < 25; i++) await page.keyboard.press('ArrowDown');
  const chosen = page.locator('tr.is-chosen');
  await expect(chosen).toBeInViewport();
  await expect(page.getByRole('grid')).toHaveAttribute('aria-activedescendant', 'wall-chosen');
  const name = await chosen.locator('.wall-open').innerText();
  const href = await chosen.locator('.wall-open').getAttribute('href');
  const top = await page.locator('.wall-scroll').evaluate((box) => box.scrollTop);
  expect(top).toBeGreaterThan(0);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${dashcam.url}${href}`);
  await live(page);
  await expect(page.locator('.first-screen .plot')).toHaveCount(6);
  await expect(page.getByRole('link', { name: 'all hosts' })).toBeVisible();
  for (const lead of [() => page.keyboard.press('Backspace'), () => page.getByRole('link', { name: 'all hosts' }).click()]) {
    await lead();
    await expect(page).toHaveURL(`${dashcam.url}#f=role%3D`);
    await expect(page.locator('tr.is-chosen .wall-open')).toHaveText(name);
    expect(await page.locator('.wall-scroll').evaluate((box) => box.scrollTop)).toBe(top);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('link', { name: 'all hosts' })).toBeVisible();
  }
  expect(complaints).toEqual([]);
});

test('g h and a name find a host, on the wall and from another host', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam.url);
  const [first, second] = ['worker-07', 'db-03'];
  const ids = new Map((await hostsOf(dashcam.url)).map(({ id, name }) => [name, id]));
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.keyboard.type(first);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${dashcam.url}h/${ids.get(first)}/`);
  await expect(page.getByRole('link', { name: 'all hosts' })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await expect(page.locator('.palette-input')).toBeFocused();
  await page.keyboard.type(second);
  await expect(page.locator('.palette-list li').first()).toContainText(second);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${dashcam.url}h/${ids.get(second)}/`);
  expect(complaints).toEqual([]);
});

test('only the rows that are seen exist', async ({ page, dashcam }) => {
  await page.setViewportSize({ width: 1440, height: 500 });
  await open(page, dashcam.url);
  expect(await rows(page).count()).toBeLessThan(18);
  await page.keyboard.press('End');
  await expect(rows(page).last()).toHaveAttribute('aria-rowindex', '41');
  expect(await rows(page).count()).toBeLessThan(18);
  await expect(page.locator('tr.is-chosen')).toBeInViewport();
});

test('nothing is moved by what arrives, from the first paint on', async ({ page, dashcam }) => {
  await page.addInitScript(() => {
    const shifts: string[] = ((globalThis as { shifts?: string[] }).shifts = []);
    /** Whose words the sentence has changes with the state of the hosts, as at a full hour, and where it stands does not. */
    const isWord = (node: Node | null): boolean => (node?.parentElement?.closest('.wall-sentence p') ?? null) !== null;
    const told = (node: Node | null): string => (node instanceof Element ? `${node.tagName} ${node.className}` : (node?.textContent ?? 'what is gone'));
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries() as (PerformanceEntry & { value: number; sources: readonly { node: Node | null }[] })[])
        if (sources.length === 0 || !sources.every(({ node }) => isWord(node))) shifts.push(`${value}: ${sources.map(({ node }) => told(node)).join(', ')}`);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await open(page, dashcam.url);
  const seen = await page.locator('.wall-sentence').evaluate(() => performance.now());
  await expect.poll(() => page.evaluate(() => performance.now())).toBeGreaterThan(seen + 3000);
  expect(await page.evaluate(() => (globalThis as { shifts?: string[] }).shifts)).toEqual([]);
});

test('axe finds nothing on the wall, on a phone and in groups, in both themes', async ({ page, dashcam }) => {
  await open(page, `${dashcam.url}#g=role`);
  for (const [width, height] of [[1440, 900], [390, 844]] as const) {
    await page.setViewportSize({ width, height });
    await expect(rows(page).nth(1)).toBeVisible();
    for (const [colorScheme, rules] of [['light', undefined], ['dark', colours]] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page, undefined, rules);
    }
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

test('as a kiosk it is tiles, all of them, with nothing to press', async ({ page, dashcam, complaints }) => {
  await page.goto(`${dashcam.url}?kiosk=1`);
  await live(page);
  const tiles = page.locator('.wall-tiles li');
  await expect(tiles).toHaveCount(40);
  await expect(tiles.first()).toHaveClass(/is-(critical|warn|silent)/);
  await expect(tiles.last()).toBeInViewport();
  await expect(page.locator('button:visible, input:visible')).toHaveCount(1);
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

test('the page of a host that is silent says since when, and what the hub has of it', async ({ page, dashcam }) => {
  const host = (await hostsOf(dashcam.url)).find(({ name }) => name === 'db-01');
  const id = host?.id ?? '';
  await page.route(`**/api/v1/hosts/${id}`, (route) => route.fulfill({ json: { ...host, online: false, lastSeenMs: Date.now() - 90_000, verdict: '' } }));
  // The rows of the host stop, as they do when it is gone; the wall hears its hub.
  let open = true;
  await page.routeWebSocket(/\/ws/, (ws) => {
    const server = ws.connectToServer();
    server.onMessage((message) => {
      if (open || !ws.url().includes('/h/')) ws.send(message);
    });
  });
  await page.goto(`${dashcam.url}h/${id}/`);
  await live(page);
  open = false;
  await expect(page.getByRole('region', { name: 'this host is silent' })).toContainText(/^db-01 is silent since .*, 1 m.* ago\. The hub has its rows from \S+ to \S+, and its states/);
  await page.getByRole('region', { name: 'this host is silent' }).getByRole('link', { name: 'All hosts' }).click();
  await expect(rows(page).first()).toBeVisible();
});

test('a page that hears nothing of the hub withdraws its colours', async ({ page, dashcam }) => {
  const link = await linkTo(dashcam);
  await open(page, link.url);
  link.stall();
  await expect(page.locator('.wall-scroll')).toHaveClass(/is-stale/);
  await expect(page.locator('.wall-sentence')).toHaveClass(/is-stale/);
  link.restore();
  await live(page);
  await expect(page.locator('.wall-scroll')).not.toHaveClass(/is-stale/);
  link.end();
});
