// What was seen outlives the program that saw it: killed and started again, the page
// shows the time before, where and why it broke off, and who ran in the last second.

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Store } from '../src/data/store';
import { drawnTexts, follow, missingRows, watchPage } from './observer';
import { held, live } from './page';
import { type Dashcam, expect, test } from './server';

const WHY = 'dashcam was killed';

interface ProcessesAnswer {
  readonly observations: readonly { readonly seq: number; readonly t: number; readonly rows: readonly (readonly [string, { readonly name?: string }])[] }[];
}

const remembered = async (dashcam: Dashcam, seq: number): Promise<ProcessesAnswer['observations']> =>
  ((await (await fetch(`${dashcam.url}api/v1/processes?from=${seq}&to=${seq}`)).json()) as ProcessesAnswer).observations;

const goTo = (page: Page, hash: string): Promise<void> => page.evaluate((to) => location.replace(to), hash);

const restarts = (store: Store) => store.gaps(0, Date.now()).filter((gap) => gap.kind === 'restart');

test.describe('a history on disk', () => {
  test.use({ flags: ['--state-dir', join(mkdtempSync(join(tmpdir(), 'dashcam-tape-')), 'state')] });

  test('a kill leaves everything up to the last second, and says that it was one', async ({ page, own: dashcam, complaints }) => {
    const told = follow(page);
    await watchPage(page);
    await page.goto(`${dashcam.url}#w=1m`);
    await live(page);
    await expect.poll(() => told.store.length).toBeGreaterThanOrEqual(6);
    const before = await (async () => {
      for (;;) {
        const { newest } = told.store;
        const found = await remembered(dashcam, newest);
        // A row has two where one came too late for the row before: the later one counts.
        const observation = found.at(-1);
        if (observation && observation.rows.length > 0) return { newest, t: told.store.time(told.store.rowAt(newest)), observation: found };
        await expect.poll(() => told.store.newest).toBeGreaterThan(newest);
      }
    })();
    const instance = told.store.instance;
    // The row that is told as it is killed may be handed over too late.
    await expect.poll(() => told.store.newest).toBeGreaterThan(before.newest);
    await dashcam.kill();
    await expect(page.locator('.state-word')).toHaveText('RETRYING');
    await dashcam.start();

    // The page that was open goes on, and knows where it broke off.
    await expect.poll(() => told.store.instance).not.toBe(instance);
    await expect.poll(() => told.store.newest - before.newest).toBeGreaterThanOrEqual(3);
    expect(told.store.oldest).toBe(1);
    // What a page was too slow for is on its way again.
    await expect.poll(() => missingRows(told.store, 1, told.store.newest)).toEqual([]);
    expect(restarts(told.store)).toMatchObject([{ why: WHY }]);

    // So does one that is opened now: the rows from before come with the first ones.
    const later = await page.context().newPage();
    const toldLater = follow(later);
    await watchPage(later);
    await later.goto(`${dashcam.url}#w=1m`);
    await live(later);
    await expect.poll(() => toldLater.store.rowAt(before.newest)).toBeGreaterThanOrEqual(0);
    const [gap] = restarts(toldLater.store);
    if (!gap) throw new Error('no boundary');
    expect(gap.why).toBe(WHY);
    await goTo(later, `#w=1m&at=${new Date((gap.from + gap.to) / 2).toISOString()}`);
    await expect.poll(() => drawnTexts(later)).toContain(`restarted: ${WHY}`);

    // The processes of the last second, as they were told before the kill: at the time of the row that has them.
    expect(await remembered(dashcam, before.newest)).toEqual(before.observation);
    await goTo(later, `#w=1m&at=${new Date(before.t).toISOString()}`);
    await held(later);
    await expect(later.locator('.process-title')).toHaveText(/^Processes at \d\d:\d\d:\d\d$/);
    const names = before.observation.at(-1)?.rows.map(([, cells]) => cells.name ?? '') ?? [];
    await expect.poll(async () => (await later.locator('.process-open').allInnerTexts()).every((name) => names.includes(name))).toBe(true);
    expect(await later.locator('.process-name').count()).toBeGreaterThan(0);

    // What it takes on the disk stands among what dashcam costs.
    const costs = later.locator('#section-self');
    if ((await costs.getAttribute('open')) === null) await costs.locator('summary').first().click();
    const onDisk = costs.locator('.chart-panel').filter({ has: later.getByRole('heading', { name: 'History on disk', exact: true }) });
    await onDisk.scrollIntoViewIfNeeded(); // what is not seen is not drawn
    await expect(onDisk).toContainText(/used ?[\d.]+ [KM]iB/);
    await expect(onDisk).toContainText(/limit ?1\.0 GiB/);

    // And a month has them, too, with the boundary.
    const asked: string[] = [];
    later.on('request', (request) => {
      if (request.url().includes('api/v1/history?')) asked.push(request.url());
    });
    await goTo(later, '#w=30d');
    await expect.poll(() => asked.length).toBeGreaterThan(0);
    await later.close();
    expect(complaints).toEqual([]);
  });
});
