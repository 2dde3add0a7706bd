// From a spike to the process that made it, by keys alone and by mouse alone; and what
// else a person can do with the page: explain, find, show in full, take along.

import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { cell, chart, expectAccessible, live, open, plot, watchNotes } from './page';
import { type Dashcam, expect, test } from './server';

const disk = (page: Page): Locator => cell(page, 'Disk');

/** The table names the program that made the simulated disk incident, first and marked. */
async function expectCulprit(page: Page): Promise<void> {
  await expect(page.locator('.process-title')).toHaveText(/^Processes at \d\d:\d\d:\d\d$/);
  await expect(page.locator('.process-note')).toHaveText(/^\d.* ago · by I\/O · \d+ remembered, \d+ others [<\d.]+ %$/);
  const rows = page.locator('.process-table tbody tr:not(.table-spacer)');
  await expect(rows.first().locator('.column-io .cell-culprit')).toBeVisible();
  // It dumps what the database reads for it: the two are on top, in either order.
  const suspects = rows.filter({ has: page.locator('.column-io .cell-culprit') }).locator('.process-open');
  await expect.poll(async () => (await suspects.allInnerTexts()).sort()).toEqual(['pg_dump', 'postgres']);
  await expect.poll(async () => (await page.locator('.process-open').allInnerTexts()).slice(0, 2).sort()).toEqual(['pg_dump', 'postgres']);
  // In one second of twenty-five neither of the two waits for the disk; in one of the next ones one does.
  const [title, blocked] = [page.locator('.process-title'), page.locator('.column-state.cell-blocked')];
  for (let steps = 0; steps < 5 && (await blocked.count()) === 0; steps++) {
    const before = await title.innerText();
    await page.keyboard.press('ArrowRight');
    await expect(title).not.toHaveText(before);
    await expect(page.locator('.table-waiting')).toHaveCount(0);
  }
  await expect(blocked.first()).toHaveText('D waiting for disk');
}

/**
 * A moment within the longest stretch of saturation of the last five minutes, in
 * milliseconds, as the history says it. The state lasts some seconds longer than what it
 * tells of, and a stretch at the edge may be only those.
 */
async function spikeTime(dashcam: Dashcam): Promise<number> {
  const { series } = (await (await fetch(`${dashcam.url}api/v1/series`)).json()) as { series: { id: number; name: string }[] };
  const state = series.find(({ name }) => name === 'state.disk');
  const now = Date.now();
  const answer = (await (await fetch(`${dashcam.url}api/v1/history?from=${now - 290_000}&to=${now}&points=300&match=state.disk`)).json()) as {
    t: number[];
    series: Record<string, { max: (number | null)[] }>;
  };
  const stretches: number[][] = [[]];
  answer.t.forEach((t, i) => {
    const level = answer.series[state?.id ?? -1]?.max[i] ?? null;
    // A second that a busy machine missed ends nothing.
    if (level === 2) stretches.at(-1)?.push(t);
    else if (level !== null) stretches.push([]);
  });
  const longest = stretches.reduce((best, each) => (each.length > best.length ? each : best));
  expect(longest.length, 'seconds of saturation in the last five minutes').toBeGreaterThan(15);
  return longest[Math.floor(longest.length / 3)] ?? NaN;
}

test('an incident and its process are found by keys alone', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const critical = disk(page).and(page.locator('.is-critical'));
  const title = page.locator('.process-title');
  for (let presses = 0; presses < 15 && (presses === 0 || (await critical.count()) === 0); presses++) {
    const before = await title.innerText();
    await page.keyboard.press('[');
    // What is there is looked at when the page shows it, or the press goes past an incident.
    await expect(title).not.toHaveText(before);
    await expect(page.locator('.state-word')).toHaveText('HELD');
  }
  await expect(critical).toHaveCount(1);
  // One cell, one opinion: the number that is to blame has the colour of the state.
  const colour = (part: string) => critical.locator(part).first().evaluate((el) => getComputedStyle(el).color);
  const blamed = '.cell-value:is(.is-warn, .is-critical)';
  expect(await colour(blamed)).toBe(await colour('.cell-note'));
  // It is the loudest there is: larger than a calm one, in a cell that is tinted.
  const size = (of: Locator) => of.first().evaluate((el) => getComputedStyle(el).fontSize);
  expect([await size(critical.locator(blamed)), await size(cell(page, 'CPU').locator('.cell-value:not(.is-warn, .is-critical)'))]).toEqual(['20px', '15px']);
  expect(await critical.evaluate((el) => getComputedStyle(el).backgroundColor)).not.toBe(await cell(page, 'CPU').evaluate((el) => getComputedStyle(el).backgroundColor));
  await expect(critical.locator('.cell-note')).toHaveText(/^saturated since \d\d:\d\d:\d\d$/);
  await expect(critical.locator('.cell-note svg')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expectCulprit(page);
  // Two changes back, and one forward again.
  const places: string[] = [];
  for (const key of ['[', '[', ']']) {
    const before = await title.innerText();
    await page.keyboard.press(key);
    await expect(title).not.toHaveText(before);
    places.push(await title.innerText());
  }
  expect(places[1]).not.toBe(places[0]);
  expect(places[2]).toBe(places[0]);
  await page.keyboard.press('Escape');
  await live(page);
  await expect(page.locator('.process-title')).toHaveText('Processes');
  expect(complaints).toEqual([]);
});

test('an incident and its process are found by mouse alone, and are in the link', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const t = await spikeTime(dashcam);
  // What is held stands still however long a busy machine takes to look.
  await page.getByRole('button', { name: 'hold', exact: true }).click();
  const pinned = (): number => Date.parse(decodeURIComponent(/at=([^&]+)/.exec(page.url())?.[1] ?? ''));
  await expect.poll(pinned).toBeGreaterThan(t);
  const box = await plot(page, 'Disk throughput').boundingBox();
  if (!box) throw new Error('no chart');
  // The window ends with the newest second; its first pixels are the gutter.
  const gutter = 44;
  const x = box.x + gutter + (box.width - gutter) * (1 - (pinned() - t) / 300_000);
  await page.mouse.click(x, box.y + box.height / 2);
  await expect.poll(() => Math.abs(pinned() - t)).toBeLessThan(3000);
  await page.mouse.move(2, 2);
  await expectCulprit(page);
  await expect(page).toHaveURL(/at=/);
  await page.reload();
  await expect(page.locator('.state-word')).toHaveText('HELD');
  await expectCulprit(page);
  expect(complaints).toEqual([]);
});

test('scrubbing through five minutes asks for processes a handful of times', async ({ page, dashcam }) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('api/v1/tables/processes?')) asked.push(request.url());
  });
  await open(page, dashcam);
  // The small histories of the rows come from what is remembered, so that a scrub finds it here.
  await expect.poll(() => asked.length).toBeGreaterThanOrEqual(5);
  await page.keyboard.press('Space');
  for (let i = 0; i < 25; i++) await page.keyboard.press('Shift+ArrowLeft');
  await expect(page.locator('.process-note')).toContainText('remembered');
  await expect(page.locator('.process-name').first()).toBeVisible();
  expect(asked.length).toBeLessThanOrEqual(16);
});

test('a number says what it means when somebody points at it, and the page asks for that once', async ({ page, dashcam }) => {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('explain')) asked.push(request.url());
  });
  await open(page, dashcam);
  const tip = page.locator('.reason-tip');
  const value = disk(page).locator('[data-help]').first();
  const { series } = (await (await fetch(`${dashcam.url}api/v1/series`)).json()) as { series: { id: number; help: string }[] };
  expect(asked).toEqual([]);
  await value.hover();
  const id = Number(await value.getAttribute('data-help'));
  await expect(tip).toHaveText(series.find((each) => each.id === id)?.help ?? 'no such series');
  // It was asked once.
  await page.mouse.move(0, 0);
  await expect(tip).toBeHidden();
  await value.hover();
  await expect(tip).toBeVisible();
  expect(asked.filter((url) => url.endsWith(`id=${id}`))).toHaveLength(1);
});

test('a number explains itself by hover, by click and by key', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const said = page.locator('.explain-popover');
  await page.locator('.first-screen .legend-item').first().hover();
  await expect(said).toContainText('/proc/stat');
  await expect(said).toContainText('100 × Δmode ÷ Δ(');
  await expect(said).toContainText(/last reading\s*[\d,]+ of [\d,]+ at \d\d:\d\d:\d\d\.\d{3}/);
  await expect(said).toContainText('Other tools: top');
  await page.keyboard.press('Escape');
  await expect(said).toBeHidden();
  await page.mouse.move(2, 2);
  await disk(page).getByRole('button', { name: 'use of Disk: explain' }).click();
  await expect(said).toContainText('use.disk');
  await page.keyboard.press('i');
  await expect(said).toBeHidden();
  await page.keyboard.press('i');
  await expect(said).toContainText('use.disk');
  await page.keyboard.press('i');

  // In the past it speaks of the stored value of that second, and follows the cursor.
  await page.getByRole('slider', { name: 'time cursor, CPU', exact: true }).focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('i');
  await expect(said).toContainText('Raw readings are kept only for the newest second.');
  await expect(said).not.toContainText('last reading');
  const shown = async () => /stored([\d.<]+ %) at (\d\d:\d\d:\d\d), .+ ago/.exec((await said.textContent()) ?? '')?.slice(1);
  const legend = chart(page, 'CPU').locator('.legend-value').first();
  const clock = page.locator('.state-time');
  const same = async (): Promise<boolean> => (await shown())?.[0] === (await legend.textContent());
  await expect.poll(same).toBe(true);
  const [, at] = (await shown()) ?? [];
  await expect(clock).toContainText(at ?? 'nothing');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(async () => (await shown())?.[1]).not.toBe(at);
  await expect.poll(same).toBe(true);
  expect(complaints).toEqual([]);
});

test('the palette finds charts, processes, mounts and actions', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'find' });
  await page.keyboard.type('dlaten');
  await expect(palette.getByRole('option').first()).toContainText('Disk latency');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Disk latency in full' })).toBeVisible();
  await page.keyboard.press('Escape');
  for (const [typed, found, kind] of [
    ['/srv/back', '/srv/backup', 'mount'],
    ['eno1', 'eno1', 'interface'],
    ['postgr', 'postgres', 'process'],
  ] as const) {
    await page.keyboard.press('/');
    await page.keyboard.type(typed);
    await expect(palette.getByRole('option').first()).toHaveText(`${found}${kind}`);
    if (kind !== 'process') await page.keyboard.press('Escape');
  }
  // The key that follows Escape at once still comes from the closed palette.
  await palette.getByRole('combobox').evaluate((input) => {
    input.closest('dialog')?.close();
    input.dispatchEvent(new KeyboardEvent('keydown', { key: '/', code: 'Slash', bubbles: true, cancelable: true }));
  });
  await page.keyboard.type('postgr');
  await page.keyboard.press('Enter');
  await expect(page.locator('.process-filter')).toHaveValue('postgres');
  expect(complaints).toEqual([]);
});

test('a chart in full has statistics, and its values as a table', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(page.getByRole('slider', { name: 'time cursor, Memory', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  const full = page.getByRole('region', { name: 'Memory in full' });
  await expect(full.getByRole('row').first()).toHaveText(/lastminmeanmax$/);
  await expect(full.getByRole('row', { name: /^available/ })).toContainText('GiB');
  await expect(page).toHaveURL(/p=memory/);
  // What it is now stands beside the tools, not under them.
  const [value, tools] = [await full.locator('.chart-now').boundingBox(), await full.locator('.full-tools').boundingBox()];
  expect((value?.x ?? NaN) + (value?.width ?? NaN)).toBeLessThan(tools?.x ?? NaN);
  await page.keyboard.press('d');
  await expect.poll(() => full.getByRole('row').count()).toBeGreaterThan(250);
  await page.keyboard.press('ArrowLeft');
  await expect(page.locator('.state-word')).toHaveText('HELD');
  // Each Esc closes exactly one thing.
  await page.keyboard.press('Escape');
  await expect(full).toBeHidden();
  await expect(page.locator('.state-word')).toHaveText('HELD');
  await page.keyboard.press('Escape');
  await live(page);
  expect(complaints).toEqual([]);
});

test('a selected range is copied, saved and zoomed into', async ({ page, context, dashcam, complaints }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const notes = await watchNotes(page);
  await open(page, dashcam);
  const box = await plot(page, 'CPU').boundingBox();
  if (!box) throw new Error('no chart');
  const y = box.y + 30;
  await page.mouse.move(box.x + box.width * 0.4, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, y, { steps: 4 });
  await page.mouse.move(box.x + box.width * 0.7, y, { steps: 4 });
  await page.mouse.up();
  const bar = page.getByRole('region', { name: 'selected time' });
  await expect(bar).toContainText(/\d m/);
  const saved = page.waitForEvent('download');
  await bar.getByRole('button', { name: 'Export' }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toMatch(/^dashcam-db-01-.*\.csv$/);
  const lines = (await readFile(await download.path(), 'utf8')).trim().split(/\r?\n/);
  // The one layout of CSV, as the API and the commands have it.
  expect(lines[0]).toMatch(/^time,seq,missed,why,"cpu\.usage\{mode=""system""\} \(percent\)",/);
  expect(lines.length).toBeGreaterThan(60);
  expect(lines.length).toBeLessThan(140);
  // Before a row a busy machine may have missed some, and why is said.
  expect(lines[1]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z,\d+,(0,|[1-9]\d*,[^,]+),[\d.]+,/);
  await bar.getByRole('button', { name: 'Copy link' }).click();
  await expect.poll(notes).toContain('link copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/#from=.*&to=/);
  await bar.getByRole('button', { name: 'Zoom' }).click();
  await expect(page).toHaveURL(/from=.*to=/);
  await expect(bar).toBeHidden();
  expect(complaints).toEqual([]);
});

test('dashcam tells what each of its collectors costs', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  const table = page.locator('.collector-table');
  await table.scrollIntoViewIfNeeded();
  await expect(table.getByRole('row', { name: /^Disks/ })).toHaveText(/^Disksok1 s.*(ms|µs|s)/);
  await expect(table.getByRole('row')).toHaveCount(16);
  await expectAccessible(page, '.collector-table');
  expect(complaints).toEqual([]);
});

test('an explanation stays when the page changes under a pointer at rest', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const rows = page.locator('.process-table tbody tr:not(.table-spacer)');
  await rows.nth(3).hover();
  await page.getByRole('slider', { name: 'time cursor, CPU', exact: true }).focus();
  await page.keyboard.press('i');
  await expect(page.locator('.explain-popover')).toContainText('/proc/stat');
  // Another row comes to lie under the pointer, which the browser tells like a move.
  const first = await rows.first().innerText();
  await page.locator('.process-scroll').evaluate((el) => (el.scrollTop = 900));
  await expect.poll(() => rows.first().innerText()).not.toBe(first);
  const clock = page.locator('.state-time');
  for (let seconds = 0; seconds < 2; seconds++) {
    const before = await clock.innerText();
    await expect.poll(() => clock.innerText()).not.toBe(before);
  }
  await expect(page.locator('.explain-popover')).toBeVisible();
  expect(complaints).toEqual([]);
});

test('a section is brought to the top on a phone, where all before it grow on the way', async ({ page, dashcam }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(dashcam.url);
  await live(page);
  // Not every browser keeps in place what is seen while what is above it grows.
  await page.evaluate(() => document.documentElement.style.setProperty('overflow-anchor', 'none'));
  await expect(page.locator('#section-limits')).toBeAttached();
  await page.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)));
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await expect.poll(async () => (await page.locator('#section-limits > summary').boundingBox())?.y ?? NaN).toBeGreaterThan(0);
  await expect.poll(async () => (await page.locator('#section-limits > summary').boundingBox())?.y ?? NaN).toBeLessThan(120);
});

test('g and a letter go to a section; y and m fill the clipboard', async ({ page, dashcam, context, complaints }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const notes = await watchNotes(page);
  await open(page, dashcam);
  await page.keyboard.press('g');
  await page.keyboard.press('n');
  await expect(page.locator('#section-network > summary')).toBeFocused();
  await expect(page.locator('#section-network > summary')).toBeInViewport();
  await page.keyboard.press('3');
  await page.keyboard.press('y');
  await expect.poll(notes).toContain('link copied');
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  expect(await clipboard()).toBe(`${dashcam.url}#w=15m`);
  await page.keyboard.press('m');
  await expect.poll(notes).toContain('summary copied');
  const text = await clipboard();
  expect(text).toMatch(/^\*\*db-01\*\* at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d\n/);
  expect(text).toMatch(/\n\| CPU \| .* \| use [\d.]+ %/);
  expect(text).toMatch(/\n\| process \| pid \|.*\n\|---.*\n\| \S+ \| \d+ \|/);
  expect(complaints).toEqual([]);
});

test('a wall gets the matrix and the lanes, and nothing to click', async ({ page, dashcam, complaints }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.goto(`${dashcam.url}?kiosk=1`);
  await live(page);
  await expect(page.locator('.kiosk .matrix-cell')).toHaveCount(5);
  await expect(page.locator('.matrix button')).toHaveCount(0);
  await expect(page.locator('.chart-panel')).toHaveCount(0);
  const size = await page.locator('.kiosk .matrix-cell').first().locator('.cell-value').first().evaluate((el) => el.getBoundingClientRect().height);
  expect(size).toBeGreaterThan(50);
  expect(await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight])).toEqual([1920, 1080]);
  expect(complaints).toEqual([]);
});

test('one chart, or a section, stands alone', async ({ page, dashcam, complaints }) => {
  await page.goto(`${dashcam.url}?embed=disk.latency`);
  await expect(page.locator('.plot')).toHaveCount(1);
  await expect(page.locator('.legend-value').first()).toHaveText(/\d m?s$/);
  await expectAccessible(page, '.embed');
  await page.goto(`${dashcam.url}?embed=memory&x=1`);
  await expect(page.locator('.plot')).toHaveCount(1);
  // A threshold is a line with its name.
  await page.goto(`${dashcam.url}?embed=filesystem&x=2`);
  await expect(page.locator('.chart-panel').filter({ hasText: 'Space used' }).locator('.plot-level')).toHaveText(['warn', 'critical']);
  // They lie over neither each other nor the state at the top.
  const boxes = await page.locator('.chart-panel').filter({ hasText: 'Space used' }).locator('.plot, .plot-level').evaluateAll((all) => all.map((el) => el.getBoundingClientRect().toJSON() as DOMRect));
  const [whole, warn, critical] = boxes;
  expect((warn?.right ?? NaN) <= (critical?.left ?? NaN)).toBe(true);
  expect((critical?.top ?? NaN) - (whole?.top ?? NaN)).toBeGreaterThanOrEqual(6);
  await page.goto(`${dashcam.url}?embed=nothing`);
  await expect(page.locator('.embed-empty')).toHaveText('This host has no chart or section "nothing".');
  expect(complaints).toEqual([]);
});
