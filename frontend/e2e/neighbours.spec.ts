// Two dashcams whose pages share a host: below one proxy, and on two ports.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { test as base, Dashcam, expect, freePort } from './server';

/** How long they are watched: `DASHCAM_MINUTES=60 npx playwright test neighbours` for an hour. */
const watched = process.env.DASHCAM_MINUTES === undefined ? 10_000 : Number(process.env.DASHCAM_MINUTES) * 60_000;

/** Two dashcams, each with the addresses that lead to it: below the proxy and on its port. */
const test = base.extend<{ neighbours: readonly { readonly dashcam: Dashcam; readonly urls: readonly [string, string] }[] }>({
  neighbours: async ({ binary }, use) => {
    const directory = mkdtempSync(join(tmpdir(), 'dashcam-neighbours-'));
    const port = await freePort();
    const dashcams: Dashcam[] = [];
    for (const seed of ['7', '8']) {
      const dashcam = new Dashcam(binary, await freePort(), ['--demo', '--seed', seed, '--auth', 'token', '--trusted-proxy', '127.0.0.1']);
      await dashcam.start();
      dashcams.push(dashcam);
    }
    const nginx = await proxy(directory, port, dashcams);
    await use(dashcams.map((dashcam, i) => ({ dashcam, urls: [`https://127.0.0.1:${port}/${paths[i]}/`, dashcam.url] })));
    for (const each of dashcams) await each.stop();
    const ended = new Promise((done) => nginx.once('exit', done));
    nginx.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true });
  },
});

const paths = ['a', 'b'];

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }; // where Debian has nginx
test.skip(spawnSync('nginx', ['-v'], { env }).status !== 0 && process.env.DASHCAM_TEST_REQUIRE !== '1', 'nginx is not installed (Debian: apt-get install nginx)');
test.setTimeout(watched + 240_000);
test.use({ ignoreHTTPSErrors: true });

/** What one page was told. */
class Ledger {
  readonly name: string;
  readonly page: Page;
  readonly rows = new Set<number>();
  readonly wrong: string[] = [];
  refused = 0;
  signedOut = 0;
  sockets = 0;
  reloads = 0;

  constructor(name: string, page: Page) {
    this.name = name;
    this.page = page;
    page.on('response', (response) => {
      if (response.status() === 401) this.refused++;
      if (response.status() >= 400) this.wrong.push(`${response.status()} ${response.url()}`);
    });
    page.on('pageerror', (error) => this.wrong.push(String(error)));
    page.on('websocket', (socket) => {
      this.sockets++;
      socket.on('framereceived', ({ payload }) => this.#take(JSON.parse(payload.toString()) as { type: string; seq?: number | number[]; reason?: string }));
    });
  }

  #take(message: { type: string; seq?: number | number[]; reason?: string }): void {
    if (message.type === 'bye') this.wrong.push(`bye: ${message.reason}`);
    if (message.type === 'frame' || message.type === 'history') for (const seq of [message.seq ?? []].flat()) this.rows.add(seq);
  }

  /** Rows between the first and the last one that never came. */
  get lost(): number {
    return this.rows.size === 0 ? 0 : Math.max(...this.rows) - Math.min(...this.rows) + 1 - this.rows.size;
  }

  async look(): Promise<void> {
    if (await this.page.getByRole('dialog', { name: 'Sign in to dashcam' }).isVisible()) this.signedOut++;
  }

  async reload(): Promise<void> {
    this.reloads++;
    await this.page.reload();
    await expect(this.page.locator('.state-word')).toHaveText('LIVE');
  }

  toString(): string {
    const { name, rows, lost, refused, signedOut, sockets, reloads } = this;
    return `${name}: ${rows.size} rows, ${lost} lost, ${refused} × 401, ${signedOut} × signed out, ${sockets} sockets, ${reloads} reloads`;
  }
}

/** nginx as cmd/dashcam/deploy ships it, with one dashcam below /a/ and one below /b/. */
async function proxy(directory: string, port: number, upstreams: readonly Dashcam[]): Promise<ChildProcess> {
  const [certificate, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', certificate]);
  if (made.status !== 0) throw new Error(`openssl: ${String(made.stderr)}`);
  const shipped = readFileSync(resolve(import.meta.dirname, '../../cmd/dashcam/deploy/nginx.conf'), 'utf8');
  const [begin, end] = [shipped.indexOf('    location = /dashcam {'), shipped.lastIndexOf('}')];
  const locations = upstreams.map((each, i) =>
    shipped.slice(begin, end).replaceAll('/dashcam', `/${paths[i]}`).replace('http://127.0.0.1:7272/', each.url));
  const site = (shipped.slice(0, begin) + locations.join('') + shipped.slice(end))
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
    .replace('/etc/ssl/example.com.pem', certificate)
    .replace('/etc/ssl/example.com.key', key);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path ${directory}/${each};`).join('\n');
  const file = join(directory, 'nginx.conf');
  writeFileSync(file, `daemon off;\nmaster_process off;\npid ${directory}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary}\n${site}}\n`);
  const child = spawn('nginx', ['-p', directory, '-e', 'stderr', '-c', file], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => void (said += data.toString()));
  await expect
    .poll(async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
      // Whoever can listen there is the only one.
      const server = createServer();
      const free = await new Promise<boolean>((done) => server.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true)));
      if (free) await new Promise((done) => server.close(done));
      return free;
    })
    .toBe(false);
  return child;
}

async function signIn(context: BrowserContext, url: string, dashcam: Dashcam): Promise<Ledger> {
  const token = /#token=(\S+)/.exec(dashcam.output)?.[1];
  if (token === undefined) throw new Error(`no link in:\n${dashcam.output}`);
  const page = await context.newPage();
  const ledger = new Ledger(url, page);
  await page.goto(`${url}#token=${token}`);
  await expect(page.locator('.state-word')).toHaveText('LIVE');
  return ledger;
}

test('two dashcams below one proxy, and on two ports of a host, leave each other signed in', async ({ context, neighbours }) => {
  const ledgers: Ledger[] = [];
  for (const how of [0, 1] as const) for (const { dashcam, urls } of neighbours) ledgers.push(await signIn(context, urls[how], dashcam));
  const [first, second] = ledgers;
  if (first === undefined || second === undefined) throw new Error('no pages');
  const tell = (): boolean => process.stdout.write(`\n${ledgers.join('\n')}\n`);

  // They are looked at every second, and one after another is loaded anew.
  const began = Date.now();
  for (let i = 0; i < ledgers.length || Date.now() - began < watched; i++) {
    await ledgers[i % ledgers.length]?.reload();
    const until = Date.now() + Math.max(1000, watched / 100);
    do {
      for (const each of ledgers) await each.look();
      await first.page.waitForTimeout(1000);
    } while (Date.now() < until);
    if (i % 8 === 7) tell();
  }
  tell();
  for (const each of ledgers) {
    expect(each.rows.size, each.name).toBeGreaterThan((0.9 * watched) / 1000);
    // What a page was too slow for is on its way again.
    await expect.poll(() => each.lost, each.name).toBe(0);
    expect(each, each.name).toMatchObject({ refused: 0, signedOut: 0, wrong: [] });
    await expect(each.page.locator('.state-word')).toHaveText('LIVE');
  }
  // Who signs out of one stays signed in to the other.
  await first.page.locator('.connection-state').click();
  await first.page.getByRole('button', { name: 'Sign out' }).click();
  await expect(first.page.getByRole('dialog', { name: 'Sign in to dashcam' })).toBeVisible();
  await second.reload();
  await second.look();
  expect(second).toMatchObject({ refused: 0, signedOut: 0 });
});
