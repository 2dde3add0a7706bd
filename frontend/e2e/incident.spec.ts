// The incident that the page is made for, on the real host: a process burns the processors
// for eight seconds while another writes to the disk with fsync. When both have ended, each
// is found from its spike, by keys alone and by mouse alone.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { gutter, held, live, plot } from './page';
import { type Dashcam, expect, test } from './server';

test.use({ flags: [] });

const lengthMs = 8000;

/**
 * What both programs begin with. They end by themselves. On a machine that is busy already
 * they would be lost in the crowd, so that they ask for more than their share, each in a
 * session of its own, since that is what Linux shares processors among.
 */
const preamble = `
const until = Date.now() + ${lengthMs};
try {
  require('node:os').setPriority(-15);
  require('node:fs').writeFileSync('/proc/self/autogroup', '-15');
} catch { /* not root, or no such sessions */ }
`;

const burner = `${preamble}
const { Worker } = require('node:worker_threads');
for (let i = 1; i < ${availableParallelism()}; i++) new Worker('while (Date.now() < ' + until + ');', { eval: true });
while (Date.now() < until);
`;

const writer = `${preamble}
const fs = require('node:fs');
const file = fs.openSync(process.argv[1], 'w');
const block = Buffer.alloc(1 << 20, 7);
// The file stays small: it is written over again and again.
for (let i = 0; Date.now() < until; i++) {
  fs.writeSync(file, block, 0, block.length, (i % 32) * block.length);
  fs.fsyncSync(file);
}
`;

/** Runs a program under a name of its own until it ends. */
function run(folder: string, name: string, program: string, ...rest: readonly string[]): Promise<void> {
  const path = join(folder, name);
  symlinkSync(process.execPath, path);
  return new Promise((done, fail) => {
    const child = spawn(path, ['-e', program, ...rest], { stdio: 'inherit', detached: true });
    child.once('error', fail);
    child.once('exit', (status) => (status === 0 ? done() : fail(new Error(`${name} ended with ${status}`))));
  });
}

/** Lets it happen, and returns the middle of it in Unix milliseconds. */
async function happen(): Promise<number> {
  // In the tree and not among temporary files: those may be in memory.
  const results = resolve(import.meta.dirname, '../test-results');
  mkdirSync(results, { recursive: true });
  const folder = mkdtempSync(join(results, 'incident-'));
  try {
    const began = Date.now();
    await Promise.all([run(folder, 'burns-cpu', burner), run(folder, 'writes-disk', writer, join(folder, 'data'))]);
    return began + lengthMs / 2;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function newestTime(dashcam: Dashcam): Promise<number> {
  const health = (await (await fetch(`${dashcam.url}api/v1/health`)).json()) as { remembered: { newestT: number } };
  return health.remembered.newestT;
}

const order = (page: Page, by: string) => page.locator('.process-bar .segment').filter({ hasText: by });
const firstRow = (page: Page) => page.locator('.process-open').first();
/** Others on this machine write too, in a single second perhaps more: it is among the first. */
const amongFirst = (page: Page, name: string) => expect.poll(async () => (await page.locator('.process-open').allTextContents()).slice(0, 4)).toContain(name);

/** The second at the cursor, as the slider of the CPU chart says it. */
async function spoken(page: Page): Promise<string> {
  return /\d\d:\d\d:\d\d/.exec((await page.getByRole('slider', { name: 'time cursor, CPU', exact: true }).getAttribute('aria-valuetext')) ?? '')?.[0] ?? '';
}

async function openPage(page: Page, dashcam: Dashcam): Promise<void> {
  await page.goto(dashcam.url);
  await live(page);
  await expect(page.locator('.first-screen .plot')).toHaveCount(6);
  await expect(firstRow(page)).toBeVisible();
  // A host that was just started is shown by the minute.
  await page.keyboard.press('2');
}

test('who burned the processors and who wrote to the disk is found by keys alone, and by mouse alone', async ({ page, context, dashcam, complaints }) => {
  const halfway = await happen();
  await expect.poll(() => newestTime(dashcam)).toBeGreaterThan(halfway + lengthMs / 2 + 3000);
  // The row nearest to it: a machine that is as busy as this misses some.
  const [middle] = ((await (await fetch(`${dashcam.url}api/v1/row?at=${halfway}`)).json()) as { t: readonly [number] }).t;
  expect(Math.abs(middle - halfway)).toBeLessThan(lengthMs / 2 - 1000);

  // By keys: to the CPU chart, back to the spike, and the first row says who.
  await openPage(page, dashcam);
  await page.keyboard.press('z');
  await page.keyboard.press('z');
  await page.keyboard.press('j');
  const wanted = new Date(middle).toISOString().slice(11, 19);
  await page.keyboard.press('ArrowLeft');
  for (let presses = 0; presses < 200 && (await spoken(page)) > wanted; presses++) await page.keyboard.press('ArrowLeft');
  expect(await spoken(page)).toBe(wanted);
  await held(page);
  await expect(page.locator('.process-title')).toHaveText(`Processes at ${wanted}`);
  await sortByKeys(page, 'processes by cpu');
  await expect(firstRow(page)).toHaveText('burns-cpu');
  await sortByKeys(page, 'processes by i/o');
  await amongFirst(page, 'writes-disk');

  // By mouse: a click on the spike.
  const other = await context.newPage();
  await openPage(other, dashcam);
  await order(other, 'CPU').click();
  await pressAtTime(other, 'CPU', middle);
  await expect(other.locator('.process-title')).toHaveText(/^Processes at/);
  await expect(firstRow(other)).toHaveText('burns-cpu');
  await held(other);
  await order(other, 'I/O').click();
  await amongFirst(other, 'writes-disk');
  // One more press, and what it did stands over time.
  await other.locator('.process-open').getByText('writes-disk', { exact: true }).click();
  await expect(other.locator('.open-process')).toHaveAttribute('aria-label', /^process writes-disk, pid \d+$/);
  await expect(other.locator('.history-line').filter({ hasText: 'I/O' }).locator('.history-value')).toHaveText(/[KMG]iB\/s$/);
  expect(complaints).toEqual([]);
});

async function sortByKeys(page: Page, typed: string): Promise<void> {
  await page.keyboard.press('/');
  await page.keyboard.type(typed);
  await page.keyboard.press('Enter');
}

/** Presses at a time in a chart that shows the last five minutes. What is held stands still, however long a busy machine takes to get there. */
async function pressAtTime(page: Page, title: string, t: number): Promise<void> {
  await page.getByRole('button', { name: 'hold', exact: true }).click();
  await expect(page).toHaveURL(/at=/);
  const newest = Date.parse(decodeURIComponent(/at=([^&]+)/.exec(page.url())?.[1] ?? ''));
  const box = await plot(page, title).boundingBox();
  if (!box) throw new Error('no chart');
  await page.mouse.click(box.x + gutter + (box.width - gutter) * (1 - (newest - t) / 300_000), box.y + box.height / 2);
  await expect(page).not.toHaveURL(new RegExp(`at=${new Date(newest).toISOString()}`));
}
