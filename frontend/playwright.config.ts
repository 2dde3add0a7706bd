import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

// The browser of the system, or the one that CHROMIUM names; nothing is downloaded.
const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = candidates.find((path) => path !== undefined && path !== '' && existsSync(path));

export default defineConfig({
  testDir: 'e2e',
  // Pictures are written by `make pictures` alone, and figures by `make measure`.
  testIgnore: [...(process.env.DASHCAM_PICTURES === '1' ? [] : ['**/pictures.spec.ts']), ...(process.env.DASHCAM_MEASURE === '1' ? [] : ['**/measure.spec.ts'])],
  outputDir: 'test-results',
  // One browser alone leaves a core idle while it waits;
  // what is measured has the machine to itself.
  workers: process.env.DASHCAM_MEASURE === '1' || process.env.DASHCAM_PICTURES === '1' ? 1 : 2,
  fullyParallel: false,
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
