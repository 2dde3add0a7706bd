// Alerts on the page: the bell and its list, what raises them, and how they end. The simulated
// host has a file system that fills, which a rule finds in what it remembers. Other alerts come
// and go there every quarter of an hour: whoever counts takes a server that was just started.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page, Route } from '@playwright/test';
import { colours, expectAccessible, held, open } from './page';
import { Dashcam, expect, freePort, test } from './server';

const bell = (page: Page) => page.locator('.header-bar .alert-bell');
const phoneBell = (page: Page) => page.locator('.bottom-bar .alert-bell');
const list = (page: Page) => page.getByRole('dialog', { name: 'Alerts' });
const group = (page: Page, title: string) => list(page).locator('.alert-group').filter({ has: page.getByRole('heading', { name: title }) });
const filling = /^\/var is \d+ % full and will be full in \d+ hours at this rate$/;

interface Known {
  readonly alerts: readonly { readonly text: string; readonly sinceMs: number; readonly state: string }[];
}

async function sinceOf(dashcam: Dashcam, text: RegExp): Promise<number> {
  const known = (await (await fetch(`${dashcam.url}api/v1/alerts`)).json()) as Known;
  return known.alerts.find((alert) => text.test(alert.text))?.sinceMs ?? NaN;
}

test('by keys alone: the list opens, tells why, and leads to the second and the chart; a wall names the worst of it', async ({ page, own: dashcam, complaints }) => {
  await open(page, dashcam);
  await expect(bell(page)).toHaveAccessibleName('alerts: 1 firing');
  await page.keyboard.press('a');
  await expect(list(page)).toBeFocused();
  const alert = group(page, 'Firing').getByRole('button', { name: filling });
  await expect(alert).toBeVisible();
  // What was said while nothing was open is in the list, too.
  await expect(list(page).getByText('Resolved (')).toBeVisible();
  for (let i = 0; i < 4 && !(await alert.evaluate((el) => el === document.activeElement)); i++) await page.keyboard.press('Tab');
  await expect(alert).toBeFocused();
  await page.keyboard.press('Enter');
  await held(page);
  await expect(page).toHaveURL(new RegExp(`at=${new Date(await sinceOf(dashcam, filling)).toISOString()}`));

  // What can be done about it comes with the rules.
  await expect(list(page).getByRole('button', { name: 'Why', exact: true })).toBeVisible();
  await page.keyboard.press('Tab');
  for (const [i, name] of ['Chart', 'File', 'Why'].entries()) {
    if (i > 0) await page.keyboard.press('Tab');
    await expect(list(page).getByRole('button', { name, exact: true })).toBeFocused();
  }
  await page.keyboard.press('Enter');
  await expect(list(page).locator('.rule-text')).toContainText('Warning under 1 d with at least 60 % of it used for 30 m. Critical under 4 h with at least 80 % of it used for 10 m. Over above 1 d 12 h for 30 m.');
  for (const name of ['File', 'Chart']) {
    await page.keyboard.press('Shift+Tab');
    await expect(list(page).getByRole('button', { name, exact: true })).toBeFocused();
  }
  await page.keyboard.press('Enter');
  await expect(page.locator('.full-panel')).toBeVisible();
  // One step back each: the list, the chart, the second.
  for (const gone of [list(page), page.locator('.full-panel')]) {
    await page.keyboard.press('Escape');
    await expect(gone).toBeHidden();
  }
  await held(page);
  await page.goto(`${dashcam.url}?kiosk=1`);
  await expect(page.locator('.wall-alerts')).toHaveText(filling);
  expect(complaints).toEqual([]);
});

test('by keys alone: an alert is silenced with a reason, and the silence ended; what is refused changes nothing', async ({ page, own: dashcam, complaints }) => {
  await open(page, dashcam);
  // The last process that was killed may be told of for five seconds more, by where the clock stands.
  await expect(bell(page)).toHaveAccessibleName('alerts: 1 firing');
  await page.keyboard.press('a');
  const refuse = (route: Route): Promise<void> => (route.request().method() === 'POST' ? route.fulfill({ status: 403, json: { error: { code: 'origin' } } }) : route.continue());
  await page.route('**/api/v1/silences', refuse);
  await group(page, 'Firing').getByRole('button', { name: 'Silence' }).press('Enter');
  await list(page).getByRole('textbox', { name: 'reason' }).fill('a try');
  await page.keyboard.press('Enter');
  await expect(list(page).getByRole('status').first()).toHaveText('Silencing it did not work: origin');
  await expect(group(page, 'Firing').locator('.alert-text')).toHaveText(filling);
  await page.unroute('**/api/v1/silences', refuse);
  // The browser complains of what was refused here.
  expect(complaints.splice(0)).toHaveLength(1);

  await group(page, 'Firing').getByRole('button', { name: 'Silence' }).press('Enter');
  const form = list(page).getByRole('form', { name: /^silence: \/var/ });
  await form.getByRole('radio', { name: '1 h' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(form.getByRole('radio', { name: '8 h' })).toBeChecked();
  // Without a reason nothing is silenced.
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(form).toBeVisible();
  await page.keyboard.type('it is being cleared');
  await page.keyboard.press('Enter');
  await expect(group(page, 'Firing')).toContainText('Nothing fires.');
  await expect(group(page, 'Silenced').locator('.alert-text')).toHaveText(filling);
  await expect(group(page, 'Silenced').locator('.silence-line')).toContainText(/^filesystem-fills \/var until .+: it is being cleared/);
  await expect(bell(page)).toHaveAccessibleName('alerts: none');
  const { silences } = (await (await fetch(`${dashcam.url}api/v1/silences`)).json()) as { silences: { matchers: unknown; endMs: number; startMs: number }[] };
  expect(silences.map(({ matchers }) => matchers)).toEqual([{ rule: 'filesystem-fills', labels: { mount: '/var' } }]);
  expect(Math.abs((silences[0]?.endMs ?? 0) - (silences[0]?.startMs ?? 0) - 8 * 3_600_000)).toBeLessThan(60_000);

  await group(page, 'Silenced').getByRole('button', { name: 'End' }).press('Enter');
  await expect(group(page, 'Firing').locator('.alert-text')).toHaveText(filling);
  await expect(group(page, 'Silenced')).toHaveCount(0);
  await expect(bell(page)).toHaveAccessibleName('alerts: 1 firing');

  // Until it is armed the list says that nobody is told, and one press arms.
  const learning = list(page).getByRole('region', { name: 'learning' });
  await expect(learning).toContainText(/^Learning until .+\. Receivers are not told yet\./);
  await learning.getByRole('button', { name: 'Arm now' }).click();
  await expect(learning).toHaveCount(0);
  const known = (await (await fetch(`${dashcam.url}api/v1/alerts`)).json()) as { learning: { armed: boolean } };
  expect(known.learning.armed).toBe(true);
  await expect(group(page, 'Receivers')).toContainText('Nobody is told: --notify names who is.');
  expect(complaints).toEqual([]);
});

test('the list tells who was told, and who could not be', async ({ page, binary, origins, complaints }) => {
  const bodies: string[] = [];
  const hook = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.end();
    });
  });
  const port = await freePort();
  await new Promise<void>((done) => hook.listen(port, '127.0.0.1', done));
  // Nobody listens at the other one.
  const told = ['--notify', `http://127.0.0.1:${port}/hook`, '--notify', `http://127.0.0.1:${await freePort()}/gone`];
  const dashcam = new Dashcam(binary, await freePort(), ['--demo', '--seed', '7', ...told]);
  origins.add(new URL(dashcam.url).origin);
  try {
    await dashcam.start();
    await open(page, dashcam);
    // Alerts that begin together are told together, half a minute later.
    await expect.poll(() => bodies.join()).toContain('/var is');
    await bell(page).click();
    const deliveries = group(page, 'Firing').locator('.alert-deliveries > li');
    await expect(deliveries.filter({ hasText: /: delivered \d\d:\d\d:\d\d$/ })).toHaveCount(1);
    await expect(deliveries.filter({ hasText: /: fails, \d+ (try|tries), next .*refused/ })).toHaveClass('is-warn-text');
    const receivers = group(page, 'Receivers').locator('li');
    await expect(receivers).toHaveCount(2);
    await expect(receivers.filter({ hasText: /: reached / })).toHaveCount(1);
    await expect(receivers.filter({ hasText: /: fails since .*refused.*, 1 waits$/ })).toHaveClass('is-warn-text');
    await group(page, 'Receivers').getByRole('button', { name: 'Send a test message' }).click();
    await expect(group(page, 'Receivers').getByRole('status')).toHaveText(/took it; .* did not take it: .*refused|did not take it: .*refused.*; .* took it/);
    // Who gives a receiver has armed.
    await expect(list(page).getByRole('region', { name: 'learning' })).toHaveCount(0);
    expect(complaints).toEqual([]);
  } finally {
    await dashcam.stop();
    await new Promise((done) => hook.close(done));
  }
});

test('the palette finds what fires, and goes there', async ({ page, dashcam }) => {
  await open(page, dashcam);
  await expect(bell(page)).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('will be full');
  await expect(page.getByRole('dialog', { name: 'find' }).getByRole('option').first()).toHaveText(/^\/var is .*alert$/);
  await page.keyboard.press('Enter');
  await held(page);
  await expect(page).toHaveURL(new RegExp(`at=${new Date(await sinceOf(dashcam, filling)).toISOString()}`));
});

test('the help explains every rule with its numbers and their source', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const { rules } = (await (await fetch(`${dashcam.url}api/v1/rules`)).json()) as { rules: { title: string; why: string }[] };
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keys' });
  await help.getByText('What raises an alert').press('Enter');
  await expect(help.locator('.rule-list > li')).toHaveCount(rules.length);
  expect(rules.length).toBeGreaterThan(18);
  for (const [i, { title, why }] of rules.entries()) {
    await expect(help.locator('.rule-list > li').nth(i)).toContainText(title);
    await expect(help.locator('.rule-list > li').nth(i)).toContainText(why);
  }
  await expect(help.locator('.rule-list > li').first()).toContainText('Warning from 90 % with less than 20.0 GiB space left for 5 m. Critical from 97 % with less than 5.0 GiB space left for 1 m. Over below 87 % for 5 m.');
  expect(complaints).toEqual([]);
});

test('a backtest tells what would have fired, and leads there', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await page.keyboard.press('/');
  await page.keyboard.type('what would have fired');
  await page.keyboard.press('Enter');
  await expect(list(page).getByText('What would have fired')).toBeFocused();
  await page.keyboard.press('Tab');
  // What the page was told: asked again a moment later there may be one more.
  const answered = page.waitForResponse(/api\/v1\/backtest\?/);
  await page.keyboard.press('Enter');
  const { alerts } = (await (await answered).json()) as Known;
  const part = list(page).locator('#alert-backtest');
  await expect(part.getByRole('status')).toHaveText(new RegExp(`^Would have fired ${alerts.length} times in 1 h.*, which is all that is remembered. Here they are:$`));
  await expect(part.locator('.alert-line')).toHaveCount(alerts.length);
  await part.locator('.alert-text').filter({ hasText: filling }).click();
  await held(page);
  expect(complaints).toEqual([]);
});

test('an alert is a bar over the lanes, and a press on it leads to where it began', async ({ page, dashcam }) => {
  await open(page, dashcam);
  await expect(bell(page)).toBeVisible();
  const since = await sinceOf(dashcam, filling);
  const { remembered } = (await (await fetch(`${dashcam.url}api/v1/health`)).json()) as { remembered: { oldestT: number; newestT: number } };
  const box = (await page.locator('.overview').boundingBox()) ?? { x: 0, y: 0, width: 0 };
  const gutter = 34;
  const x = box.x + gutter + ((since - remembered.oldestT) / (remembered.newestT - remembered.oldestT)) * (box.width - gutter);
  await page.mouse.click(x + 1, box.y + 9);
  await held(page);
  await expect(page).toHaveURL(new RegExp(`at=${new Date(since).toISOString()}`));
});

test('the browser is asked for notifications by a press alone', async ({ page, context, dashcam }) => {
  await page.addInitScript(() => {
    const state = { asked: 0 };
    Object.assign(globalThis, { dashcamAsked: state });
    const ask = Notification.requestPermission.bind(Notification);
    Notification.requestPermission = () => {
      state.asked++;
      return ask();
    };
    Object.defineProperty(Notification, 'permission', { get: () => (state.asked > 0 ? 'granted' : 'default') });
  });
  await context.grantPermissions(['notifications']);
  await open(page, dashcam);
  await bell(page).click();
  const choice = list(page).getByRole('button', { name: 'Notify in this browser' });
  await expect(choice).toHaveAttribute('aria-pressed', 'false');
  const asked = () => page.evaluate(() => (globalThis as unknown as { dashcamAsked: { asked: number } }).dashcamAsked.asked);
  expect(await asked()).toBe(0);
  await choice.click();
  await expect(choice).toHaveAttribute('aria-pressed', 'true');
  expect(await asked()).toBe(1);
  await expect(list(page)).toContainText('This browser notifies you while the page is open.');
});

test('a phone has its bell below, where it moves nothing, and the list leads back to the page', async ({ page, dashcam, complaints }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, dashcam);
  await expect(phoneBell(page)).toHaveAccessibleName(/^alerts: [1-9]\d* firing/);
  await expect(bell(page)).toBeHidden();
  expect((await phoneBell(page).boundingBox())?.height).toBeGreaterThanOrEqual(44);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await phoneBell(page).click();
  await expect(list(page)).toBeVisible();
  expect(await list(page).evaluate((el) => el.scrollWidth - el.clientWidth)).toBeLessThanOrEqual(0);
  await group(page, 'Firing').getByRole('button', { name: filling }).click();
  await expect(list(page)).toBeHidden();
  await held(page);
  expect(complaints).toEqual([]);
});

test('axe finds nothing in the list, in both themes, and it says by more than colour how bad an alert is, in forced colours too', async ({ page, dashcam }) => {
  await open(page, dashcam);
  await bell(page).click();
  await list(page).getByRole('button', { name: 'Why' }).first().click();
  await list(page).getByText('What raises an alert').click();
  await expect(list(page).locator('.rule-list > li').first()).toBeVisible();
  for (const [colorScheme, rules] of [['light', undefined], ['dark', colours]] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, '#alert-drawer', rules);
    await expectAccessible(page, '.header-tools', rules);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await expectAccessible(page, '#alert-drawer');
  await page.keyboard.press('Escape');
  for (const [colorScheme, rules] of [['light', undefined], ['dark', colours]] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, '.bottom-bar', rules);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ forcedColors: 'active' });
  await bell(page).click();
  await expect(group(page, 'Firing').locator('.alert-facts').first()).toHaveText(/^warning · since /);
  const count = page.locator('.header-bar .alert-count');
  await expect(count).toHaveCSS('border-style', 'solid');
  const [ink, ground] = await count.evaluate((el) => [getComputedStyle(el).color, getComputedStyle(el).backgroundColor]);
  expect(ink).not.toBe(ground);
});

test.describe('an alert that lasts until it is seen', () => {
  const directory = mkdtempSync(join(tmpdir(), 'dashcam-alerts-'));
  const state = join(directory, 'state');
  const text = 'sdz failed 3 requests in 10 minutes';
  test.use({ flags: ['--state-dir', state] });
  test.afterAll(() => rmSync(directory, { recursive: true }));

  test('is ended by a press, and every other page hears of it without asking', async ({ page, context, own: dashcam, complaints }) => {
    // The state of a dashcam that ran before: it goes on.
    await dashcam.stop();
    mkdirSync(state, { recursive: true });
    const since = Date.now() - 60_000;
    const alert = { id: 'a1', rule: 'disk-errors', state: 'firing', level: 'critical', labels: { device: 'sdz' }, sinceMs: since, firedMs: since, text, value: 3, unit: 'count', peak: 3, notify: true };
    writeFileSync(join(state, 'alerts.json'), JSON.stringify({ version: 1, last: since, instances: [{ rule: 'disk-errors', label: 'device', name: 'sdz', machine: { phase: 'firing', level: 'critical' }, alert }], resolved: [] }), { mode: 0o600 });
    await dashcam.start();
    await open(page, dashcam);
    const other = await context.newPage();
    await open(other, dashcam);
    const asked: string[] = [];
    other.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await expect(bell(other)).toHaveAccessibleName('alerts: 1 firing');
    await expect(bell(page)).toHaveClass(/is-critical/);
    asked.length = 0;

    await bell(page).click();
    await expect(group(page, 'Firing').getByRole('button', { name: text })).toBeVisible();
    await list(page).getByRole('button', { name: 'Seen' }).click();
    await expect(group(page, 'Firing')).toContainText('Nothing fires.');
    await expect(bell(other)).toHaveAccessibleName('alerts: none');
    await expect(other.getByRole('log', { name: 'changes of alerts' })).toHaveText(`over: ${text}`);
    expect(asked.filter((path) => path.endsWith('/alerts'))).toHaveLength(1);
    expect(complaints).toEqual([]);
  });
});
