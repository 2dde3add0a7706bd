import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from '@playwright/test';
import { browser, wholeBrowser } from './e2e/browser';

// Pictures are written by `make pictures` alone, and figures by `make measure`.
const alone = process.env.DASHCAM_MEASURE === '1' || process.env.DASHCAM_PICTURES === '1';

// What is measured is what a person has.
const executablePath = alone ? wholeBrowser : browser;
const ignored = [...(process.env.DASHCAM_PICTURES === '1' ? [] : ['pictures.spec.ts']), ...(process.env.DASHCAM_MEASURE === '1' ? [] : ['measure.spec.ts'])];

/** The files in an order that a seed makes, for whoever asks whether one depends on what ran before it. */
function shuffled(seed: number): readonly string[] {
  const files = readdirSync('e2e').filter((name) => name.endsWith('.spec.ts') && !ignored.includes(name)).sort();
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (let i = files.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [files[i], files[j]] = [files[j] ?? '', files[i] ?? ''];
  }
  return files;
}

const seed = process.env.DASHCAM_TEST_SHUFFLE;

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/build.ts',
  testIgnore: ignored.map((name) => `**/${name}`),
  // Projects run in the order in which they stand here, files of one in that of their names.
  ...(seed !== undefined && { projects: shuffled(Number(seed)).map((name) => ({ name, testMatch: `**/${name}` })) }),
  snapshotPathTemplate: '{testDir}/{testFilePath}-snapshots/{arg}-{platform}{ext}',
  outputDir: 'test-results',
  // A test waits for rows as long as it computes: two processors have room for four.
  // What is measured has the machine to itself.
  workers: alone ? 1 : Math.min(8, 2 * availableParallelism()),
  // A file of long tests must not be all that one worker does while the others are done.
  fullyParallel: !alone,
  forbidOnly: true,
  retries: 0,
  // Generous: a busy machine is no reason to fail, and what passes does not wait.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1440, height: 900 },
    // Recording costs a sixth of the run: DASHCAM_TRACE=1 when a failure is looked into.
    trace: process.env.DASHCAM_TRACE === '1' ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      ...(executablePath !== undefined && { executablePath }),
      // A person's browser has its back-forward cache; Playwright switches it off.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
      // Chromium's sandbox does not work for root, as in a container.
      // Letters and colours are drawn as on every other machine.
      args: ['--font-render-hinting=none', '--force-color-profile=srgb', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    },
  },
});
