// Signing in and out, against the real binary.

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { colours, expectAccessible, live } from './page';
import { type Dashcam, expect, test } from './server';

test.use({ flags: ['--demo', '--auth', 'token'] });

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Sign in to dashcam' });
const tokenOf = (dashcam: Dashcam): string => {
  const token = /#token=(\S+)/.exec(dashcam.output)?.[1];
  if (token === undefined) throw new Error(`no link in:\n${dashcam.output}`);
  return token;
};

test('the printed link shows the live page at once, and is gone from the address', async ({ page, dashcam, complaints }) => {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(`${dashcam.url}#token=${tokenOf(dashcam)}`);
  await live(page);
  await expect(dialog(page)).toBeHidden();
  expect(page.url()).toBe(dashcam.url);
  expect(requests.filter((url) => url.includes(tokenOf(dashcam)))).toEqual([]);
  expect(complaints).toEqual([]);
  // The session lasts, also for the page of the host by its id: no token is needed again, and scripts cannot read it.
  const id = await page.evaluate(async () => {
    const headers = { 'Dashcam-Key': localStorage.getItem('dashcam.key:/') ?? '' };
    const answer: unknown = await (await fetch('api/v1/host', { headers })).json();
    return /"id":"([^"]+)"/.exec(JSON.stringify(answer))?.[1] ?? '';
  });
  const ofHost = await page.context().newPage();
  await ofHost.goto(`${dashcam.url}h/${id}/`);
  await live(ofHost);
  await page.reload();
  await live(page);
  expect(await page.evaluate(() => document.cookie)).toBe('');
  await page.goBack();
  expect(page.url()).not.toContain('token');
});

// Whoever tries too often has to wait, from wherever: this server is of no use to other tests.
test('without a session the page asks in place, says what is wrong, and goes on', async ({ page, own: dashcam }) => {
  await page.goto(dashcam.url);
  await expect(dialog(page)).toBeVisible();
  await expect(page.locator('.state-word')).toHaveText('SIGNED OUT');
  const field = page.getByLabel('Token');
  await expect(field).toBeFocused();
  for (const [colorScheme, rules] of [['light', undefined], ['dark', colours]] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, undefined, rules);
  }
  await page.keyboard.press('Escape');
  await expect(dialog(page)).toBeVisible();

  await field.fill('nonsense');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: 'not the right token' })).toBeVisible();
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  // The sixth has to wait and comes back by itself; what it is called shows meanwhile. One more is let in every twelve seconds, in which a busy machine tries few.
  const said = await page.evaluateHandle(() => {
    const texts = new Set<string>();
    new MutationObserver(() => document.querySelectorAll('[role="alert"]').forEach(({ textContent }) => texts.add(textContent))).observe(document.body, { subtree: true, childList: true, characterData: true });
    return texts;
  });
  const answers: number[] = [];
  while (answers.at(-1) !== 429 && answers.length < 20) {
    await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeEnabled();
    const answered = page.waitForResponse((response) => response.request().method() === 'POST' && response.url().endsWith('/api/v1/session'));
    await field.fill(`nonsense ${answers.length}`);
    await page.keyboard.press('Enter');
    answers.push((await answered).status());
  }
  expect(answers.slice(0, 4)).toEqual([401, 401, 401, 401]);
  expect(answers.at(-1)).toBe(429);
  await expect.poll(async () => (await said.evaluate((texts) => Array.from(texts))).some((text) => text.includes('Trying yours again in'))).toBe(true);
  await expect(page.getByRole('alert').filter({ hasText: 'not the right token' })).toBeVisible();

  await field.fill(tokenOf(dashcam));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await live(page);
  await expect(dialog(page)).toBeHidden();
});

test('signing out ends every page of the session, and signing in again brings all of them back', async ({ page, context, dashcam }) => {
  await page.goto(`${dashcam.url}#token=${tokenOf(dashcam)}`);
  await live(page);
  const other = await context.newPage();
  let told = false;
  other.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => (told ||= String(payload).startsWith('{"type":"bye"'))));
  await other.goto(dashcam.url);
  await live(other);

  await page.locator('.connection-state').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(dialog(page)).toBeVisible();
  // Its socket is told, and it need not ask.
  await expect.poll(() => told).toBe(true);
  await expect(dialog(other)).toBeVisible();
  await expect(other.locator('.state-word')).toHaveText('SIGNED OUT');
  await expect.poll(() => context.cookies()).toEqual([]);

  await page.getByLabel('Token').fill(tokenOf(dashcam));
  await page.keyboard.press('Enter');
  await live(page);
  // The other page looks when a person comes back to it.
  await other.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(other.locator('.state-word')).toHaveText(/RESUMED|LIVE/);
  await expect(dialog(other)).toBeHidden();
});

test('the palette finds the sign-out and does it', async ({ page, context, dashcam }) => {
  await page.goto(`${dashcam.url}#token=${tokenOf(dashcam)}`);
  await live(page);
  await page.keyboard.press('/');
  await page.keyboard.type('sign out');
  // Whether there is a session is asked when the palette opens.
  await expect(page.getByRole('option').first()).toContainText(/sign out/i);
  await page.keyboard.press('Enter');
  await expect(dialog(page)).toBeVisible();
  await expect.poll(() => context.cookies()).toEqual([]);
});

test('a link pasted into a page that asks signs it in', async ({ page, dashcam }) => {
  await page.goto(dashcam.url);
  await expect(dialog(page)).toBeVisible();
  await page.evaluate((token) => void (window.location.hash = `token=${token}`), tokenOf(dashcam));
  await live(page);
  expect(page.url()).not.toContain('token');
});

test('a link that is not right says so', async ({ page, dashcam }) => {
  await page.goto(`${dashcam.url}#token=${'x'.repeat(43)}`);
  await expect(dialog(page)).toBeVisible();
  await expect(page.getByRole('alert').filter({ hasText: 'This link is not right' })).toBeVisible();
  await expect(dialog(page)).toContainText('part of the link that dashcam printed');
});

test.describe('with a token in a file', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'dashcam-token-')), 'token');
  test.use({ flags: ['--demo', '--auth', 'token', '--auth-token-file', file] });

  test('a link that was used says so, and where the token is', async ({ page, browser, dashcam }) => {
    const link = `${dashcam.url}#token=${tokenOf(dashcam)}`;
    await page.goto(link);
    await live(page);
    const other = await (await browser.newContext()).newPage();
    await other.goto(link);
    await expect(dialog(other)).toBeVisible();
    await expect(other.getByRole('alert').filter({ hasText: 'used already' })).toBeVisible();
    await expect(dialog(other)).toContainText('--auth-token-file');
    await other.getByLabel('Token').fill(readFileSync(file, 'utf8').trim());
    await other.keyboard.press('Enter');
    await live(other);
    await other.context().close();
  });
});

test('a cookie of the same name from another port does not lock the page out', async ({ page, context, dashcam }) => {
  await page.goto(`${dashcam.url}#token=${tokenOf(dashcam)}`);
  await live(page);
  const [session] = await context.cookies();
  if (session === undefined) throw new Error('no cookie');
  await context.addCookies([{ name: session.name, value: 'tossed', domain: session.domain, path: '/api' }]);
  await page.reload();
  await live(page);
  const status = await page.evaluate(async () => {
    const headers = { 'Dashcam-Key': localStorage.getItem('dashcam.key:/') ?? '' };
    return [(await fetch('api/v1/host', { headers })).status, (await fetch('api/v1/host')).status];
  });
  expect(status).toEqual([200, 401]);
});
