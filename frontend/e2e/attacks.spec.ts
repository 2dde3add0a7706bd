// What other sites, rebound names and hostile names try in a real browser, and signing in
// over TLS. The attempts that need no browser are in cmd/dashcam/attacks.

import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { live } from './page';
import { Dashcam, expect, freePort, test } from './server';

const linkOf = (dashcam: Dashcam): string => {
  const fragment = /(#token=\S+)/.exec(dashcam.output)?.[1];
  if (fragment === undefined) throw new Error(`no link in:\n${dashcam.output}`);
  return dashcam.url + fragment;
};

/** What a page could get out of dashcam. */
interface Loot {
  readonly frames: number;
  readonly read: readonly string[];
}

/** Another site: its page tries whatever a page can, with the cookies of whoever visits it, until each try has been answered, and for two seconds at least. */
async function otherSite(target: string): Promise<{ server: Server; origin: string }> {
  const script = `
    const target = ${JSON.stringify(target)};
    const loot = { frames: 0, read: [] };
    const tries = [new Promise((done) => setTimeout(done, 2000))];
    for (const protocols of [undefined, ['dashcam.v1']]) {
      const socket = new WebSocket(target.replace('http', 'ws') + 'ws', protocols);
      socket.onopen = () => socket.send('{"type":"subscribe","topics":["metrics","processes"],"window":60}');
      tries.push(new Promise((done) => {
        socket.onmessage = () => { loot.frames++; done(); };
        socket.onclose = done;
      }));
    }
    for (const credentials of ['include', 'omit']) {
      for (const path of ['api/v1/host', 'api/v1/processes', 'metrics', 'healthz', '']) {
        tries.push(fetch(target + path, { credentials }).then((r) => r.text()).then((text) => loot.read.push(path + ' ' + credentials + ' ' + text.slice(0, 40)), () => undefined));
      }
    }
    const post = (type) => fetch(target + 'api/v1/session', { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': type }, body: '{"secret":"x"}' }).catch(() => undefined);
    tries.push(post('text/plain'), post('application/json'));
    window.loot = Promise.all(tries).then(() => loot);`;
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', request.url === '/script.js' ? 'text/javascript' : 'text/html');
    response.end(request.url === '/script.js' ? script : `<!doctype html><title>other</title><iframe src="${target}"></iframe><script src="/script.js"></script>`);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const lootOf = (page: Page): Promise<Loot> => page.evaluate(() => (window as unknown as { loot: Promise<Loot> }).loot);

test.describe('a page on another port of the same host', () => {
  test.use({ flags: ['--demo', '--auth', 'token'] });
  test('gets no frame, reads nothing and shows no frame, even when its visitor is signed in', async ({ page, context, dashcam }) => {
    await page.goto(linkOf(dashcam));
    await live(page);
    const { server, origin } = await otherSite(dashcam.url);
    const other = await context.newPage();
    await other.goto(origin);
    expect(await lootOf(other)).toEqual({ frames: 0, read: [] });
    const framed = other.frames().filter((frame) => frame.url().startsWith(dashcam.url));
    for (const frame of framed) expect(await frame.locator('.state-word').count()).toBe(0);
    server.close();
    // The session of the visitor goes on.
    await page.reload();
    await live(page);
  });
});

test('a rebound name gets nothing', async ({ playwright, dashcam }, info) => {
  const options = info.project.use.launchOptions;
  const browser = await playwright.chromium.launch({ ...options, args: [...(options?.args ?? []), '--host-resolver-rules=MAP evil.test 127.0.0.1'] });
  const page = await browser.newPage();
  const answer = await page.goto(`http://evil.test:${dashcam.port}/`);
  expect(answer?.status()).toBe(421);
  // From there everything is of the same origin, as it is for an attacker.
  const loot = await page.evaluate(async () => {
    const statuses = await Promise.all(['api/v1/host', 'metrics', 'healthz', ''].map((path) => fetch(`/${path}`).then((r) => r.status)));
    const socket = new WebSocket(`ws://${location.host}/ws`);
    const ended = await new Promise((done) => {
      socket.onmessage = () => done('a frame');
      socket.onerror = () => done('refused');
    });
    return { statuses, ended };
  });
  expect(loot).toEqual({ statuses: [421, 421, 421, 421], ended: 'refused' });
  await browser.close();
});

test('sites that are let in use the API and the socket, or frame the page; others do neither', async ({ binary, page, context }) => {
  const port = await freePort();
  const target = `http://127.0.0.1:${port}/`;
  const [friend, stranger] = [await otherSite(target), await otherSite(target)];
  const dashcam = new Dashcam(binary, port, ['--demo', '--auth', 'token', '--allow-origin', friend.origin, '--allow-embed', friend.origin]);
  await dashcam.start();
  await page.goto(linkOf(dashcam));
  await live(page);
  const visits = await context.newPage();
  await visits.goto(friend.origin);
  const loot = await lootOf(visits);
  await expect.poll(async () => (await lootOf(visits)).frames).toBeGreaterThan(4);
  expect(loot.read.filter((text) => text.startsWith('api/v1/host include {'))).toHaveLength(1);
  expect(loot.read.filter((text) => text.includes(' omit ') && !text.includes('signed_out'))).toEqual([]);
  await expect(visits.frameLocator('iframe').locator('.state-word')).toHaveText('LIVE');
  await visits.goto(stranger.origin);
  expect(await lootOf(visits)).toEqual({ frames: 0, read: [] });
  expect(await visits.frameLocator('iframe').locator('.state-word').count()).toBe(0);
  friend.server.close();
  stranger.server.close();
  await dashcam.stop();
});

test.describe('names that a hostile process chose', () => {
  test.use({ flags: ['--interval', '200ms'] });
  test('are shown as they are, and do nothing', async ({ page, dashcam, complaints }) => {
    const names = ['<b>bold</b>', '<img src=x>', '</script>', '<svg/onload=x>', '"><i>', '&lt;b&gt;', '{{7*7}}', '${7*7}', 'javascript:x()', '`id`', '$(id)', 'a\u202egnp.exe', '__proto__', 'constructor', '%s%n%x', '\u001b[31mred'];
    const processes: ChildProcess[] = names.map((name) => spawn('sh', ['-c', 'printf %s "$0" >/proc/$$/comm; echo; read -r _', name], { stdio: ['pipe', 'pipe', 'inherit'] }));
    await Promise.all(processes.map((process) => new Promise((ready) => process.stdout?.once('data', ready))));
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs++;
      void dialog.dismiss();
    });
    await page.goto(dashcam.url);
    await live(page);
    await expect(page.locator('.process-name').first()).toBeVisible();
    for (const [i, name] of names.entries()) {
      await page.keyboard.press('p');
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type(String(processes[i]?.pid));
      await expect.poll(() => page.locator('tr', { has: page.locator('.column-pid', { hasText: new RegExp(`^${processes[i]?.pid}$`) }) }).locator('.process-open').first().textContent()).toBe(name);
      await page.keyboard.press('Escape');
    }
    expect(await page.locator('.process-name b, .process-name img, .process-name svg, .process-name i, .process-name script').count()).toBe(0);
    expect(dialogs).toBe(0);
    expect(complaints).toEqual([]);
    for (const process of processes) process.stdin?.end();
  });
});

test.describe('a command line', () => {
  test.use({ flags: ['--interval', '200ms', '--cmdline', 'redacted'] });
  test('is shown where that is asked for, without its secret', async ({ page, dashcam }) => {
    const process = spawn('sh', ['-c', 'echo; read -r _', '/opt/app/tool', '--port=8080', '--password', 'hunter2Xa'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((ready) => process.stdout.once('data', ready));
    await page.goto(dashcam.url);
    await live(page);
    await expect(page.locator('.process-name').first()).toBeVisible();
    await page.keyboard.press('p');
    await page.keyboard.type(String(process.pid));
    const row = page.locator('tr', { has: page.locator('.column-pid', { hasText: new RegExp(`^${process.pid}$`) }) });
    await row.locator('.process-open').click();
    await expect(page.locator('.open-facts')).toContainText('sh -c … /opt/app/tool --port=8080 --password …');
    expect(await page.content()).not.toContain('hunter2Xa');
    process.stdin.end();
  });
});

test.describe('over TLS', () => {
  test.use({ flags: ['--demo', '--tls-self-signed', '--auth', 'token'], ignoreHTTPSErrors: true });
  test('one signs in, is live over wss, and signs out', async ({ page, context, dashcam, complaints }) => {
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.goto(linkOf(dashcam));
    await live(page);
    expect(page.url()).toMatch(/^https:\/\//);
    expect(sockets.length).toBeGreaterThan(0);
    expect(sockets.filter((url) => !url.startsWith('wss://'))).toEqual([]);
    const [cookie, ...more] = await context.cookies();
    expect(more).toEqual([]);
    expect(cookie).toMatchObject({ name: `__Host-dashcam-${dashcam.port}`, secure: true, httpOnly: true, sameSite: 'Strict', path: '/' });
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.locator('.connection-state').click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.locator('.state-word')).toHaveText('SIGNED OUT');
    // The page may hear of it by its socket before the answer that takes the cookie has come.
    await expect.poll(() => context.cookies()).toEqual([]);
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });
});
