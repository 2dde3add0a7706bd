// Starts the real binary for a test and ends it with the test.

import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { test as base, type Page } from '@playwright/test';

/** The binary under test, which build.ts made before the workers began. */
function binaryUnderTest(): string {
  const path = process.env.DASHCAM_BINARY;
  if (path === undefined) throw new Error('DASHCAM_BINARY is not set: expected the path that e2e/build.ts leaves in it');
  return path;
}

/** A port that nobody listens on. It lies below those that the system gives to connections, one of which could have it before the server does. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 11_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const free = await new Promise<boolean>((done) => server.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true)));
    if (!free) continue;
    await new Promise((done) => server.close(done));
    return port;
  }
}

/** A running dashcam. */
export class Dashcam {
  readonly #binary: string;
  readonly #arguments: readonly string[];
  readonly port: number;
  #process: ChildProcess | undefined;
  #output = '';

  constructor(binary: string, port: number, flags: readonly string[]) {
    this.#binary = binary;
    this.port = port;
    // Whoever runs the tests may be root; then one would have to sign in.
    const auth = flags.includes('--auth') ? [] : ['--auth', 'none'];
    this.#arguments = ['--listen', `127.0.0.1:${port}`, ...auth, ...flags];
  }

  /** What it has printed. */
  get output(): string {
    return this.#output;
  }

  get url(): string {
    return `${this.#arguments.includes('--tls-self-signed') ? 'https' : 'http'}://127.0.0.1:${this.port}/`;
  }

  async start(): Promise<void> {
    // What steers the tests is no setting of the binary, which refuses it.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DASHCAM_')));
    // It lives for a moment: memory is not what is short. Half of what it takes to make up a past is else the collection of garbage.
    env.GOGC ??= '400';
    const child = spawn(this.#binary, this.#arguments, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    const collect = (data: Buffer): void => void (this.#output += data.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const until = Date.now() + 60_000;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`dashcam ended with ${child.exitCode}:\n${this.#output}`);
      // Node does not trust the certificate of a binary that made its own.
      const ready = this.url.startsWith('https:')
        ? this.#output.includes('observes')
        : await fetch(`${this.url}readyz`).then((response) => response.ok || (response.status === 401 && this.#output.includes('observes')), () => false);
      if (ready) return;
      if (Date.now() > until) throw new Error(`dashcam is not ready after a minute:\n${this.#output}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** Ends it with SIGTERM and returns its exit status. */
  async stop(): Promise<number | null> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    child.kill('SIGTERM');
    return ended;
  }

  /** Ends it with SIGKILL, which it cannot know of. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode !== null) return;
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill('SIGKILL');
    await ended;
  }

  /** Lets it stand still, sockets open, as a machine that is suspended does. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  unpause(): void {
    this.#process?.kill('SIGCONT');
  }
}

/** The simulated host that most specs look at. */
const simulated: readonly string[] = ['--demo', '--seed', '7'];

/** The same with five rows a second. An hour of rows is then twelve minutes of past, behind which nothing happens for 100 s. */
const quiet: readonly string[] = [...simulated, '--interval', '200ms'];

interface Fixtures {
  /** Flags of the binary; a simulated host with a fixed seed unless a spec says otherwise. */
  readonly flags: readonly string[];
  /** A server to read from, shared by the tests of a worker that give the same flags: whoever stops it or changes what it has takes `own`. */
  readonly dashcam: Dashcam;
  /** A server of this test alone. */
  readonly own: Dashcam;
  /** One of this test alone, with a simulated host on which no resource changes its state for the first 100 s; its network had errors before. */
  readonly calm: Dashcam;
  /** What the browser complained about: policy violations, errors, requests to other hosts. */
  readonly complaints: string[];
}

interface WorkerFixtures {
  readonly binary: string;
  /** The servers that are shared, by their flags. */
  readonly shared: (flags: readonly string[]) => Promise<Dashcam>;
  /** The origins of all servers that this worker has started. */
  readonly origins: Set<string>;
}

/** A worker keeps the usual server, and one with the flags that it met last. */
async function share(binary: string, origins: Set<string>, use: (shared: WorkerFixtures['shared']) => Promise<void>): Promise<void> {
  const usual = simulated.join(' ');
  const kept = new Map<string, Dashcam>();
  await use(async (flags) => {
    const key = flags.join(' ');
    const known = kept.get(key);
    if (known) return known;
    for (const [other, running] of kept) {
      if (key === usual || other === usual) continue;
      await running.stop();
      kept.delete(other);
    }
    const dashcam = new Dashcam(binary, await freePort(), flags);
    origins.add(new URL(dashcam.url).origin);
    await dashcam.start();
    kept.set(key, dashcam);
    return dashcam;
  });
  for (const each of kept.values()) await each.stop();
}

async function serve(binary: string, flags: readonly string[], origins: Set<string>, use: (dashcam: Dashcam) => Promise<void>): Promise<void> {
  const dashcam = new Dashcam(binary, await freePort(), flags);
  origins.add(new URL(dashcam.url).origin);
  await dashcam.start();
  await use(dashcam);
  await dashcam.stop();
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  // Playwright reads what a fixture needs from the pattern of its first parameter.
  // eslint-disable-next-line no-empty-pattern
  binary: [async ({}, use) => use(binaryUnderTest()), { scope: 'worker' }],
  // eslint-disable-next-line no-empty-pattern
  origins: [async ({}, use) => use(new Set<string>()), { scope: 'worker' }],
  shared: [async ({ binary, origins }, use) => share(binary, origins, use), { scope: 'worker' }],
  flags: [simulated, { option: true }],
  dashcam: async ({ flags, shared }, use) => use(await shared(flags)),
  own: async ({ binary, flags, origins }, use) => serve(binary, flags, origins, use),
  calm: async ({ binary, origins }, use) => serve(binary, quiet, origins, use),
  complaints: async ({ page, origins }, use) => {
    const found: string[] = [];
    watch(page, origins, found);
    await use(found);
  },
});

function watch(page: Page, own: ReadonlySet<string>, found: string[]): void {
  page.on('console', (message) => {
    // A server that is stopped on purpose is not a mistake of the page.
    if (message.type() === 'error' && !/ERR_CONNECTION_REFUSED|WebSocket connection/.test(message.text())) found.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => found.push(String(error)));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && !own.has(origin)) found.push(`request to ${origin}`);
  });
}

export { expect } from '@playwright/test';
