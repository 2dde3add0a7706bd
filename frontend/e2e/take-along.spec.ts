// What a person takes along: the values of a chart, a picture of it, a summary, a link.

import { readFile } from 'node:fs/promises';
import { drawnTexts, watchPage } from './observer';
import { chart, expectAccessible, open, plot, pointIn } from './page';
import { expect, test } from './server';

test('a chart is saved as a picture with its title, host, time and legend in it', async ({ page, dashcam, complaints }) => {
  await watchPage(page);
  await open(page, dashcam);
  const at = await pointIn(plot(page, 'Memory'), 0.5);
  await page.mouse.click(at.x, at.y);
  await page.getByRole('slider', { name: 'time cursor, Memory', exact: true }).focus();
  await page.keyboard.press('f');
  const full = page.getByRole('region', { name: 'Memory in full' });
  await expect(full.locator('.plot canvas').first()).toBeVisible();
  await expect(full.locator('.legend-value').first()).toHaveText(/iB$/);
  await expectAccessible(page, '.full-panel');
  const saved = page.waitForEvent('download');
  await full.getByRole('button', { name: 'Picture' }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toMatch(/^dashcam-db-01-memory-\d{4}-\d\d-\d\dT\d{6}Z\.png$/);
  const picture = await readFile(await file.path());
  expect(picture.subarray(1, 4).toString()).toBe('PNG');
  const texts = await drawnTexts(page);
  for (const text of ['Memory', 'db-01', 'used', 'cache', 'available']) expect(texts).toContain(text);
  expect(texts.find((text) => /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d – \d\d:\d\d:\d\d [+-]\d\d:\d\d · values at \d\d:\d\d:\d\d$/.test(text))).toBeDefined();
  const value = await full.locator('.legend-value').first().innerText();
  expect(texts).toContain(value);
  // In it are the colours of the chart and of its background, as they are on screen.
  const seen = await page.evaluate(async (bytes) => {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const ctx = canvas.getContext('2d');
    ctx?.drawImage(bitmap, 0, 0);
    const { data } = ctx?.getImageData(0, 0, bitmap.width, bitmap.height) ?? { data: new Uint8ClampedArray() };
    const counts = new Map<string, number>();
    for (let i = 0; i < data.length; i += 4) {
      const color = `rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`;
      counts.set(color, (counts.get(color) ?? 0) + 1);
    }
    return { width: bitmap.width, height: bitmap.height, counts: Array.from(counts) };
  }, Array.from(picture));
  const box = await full.locator('.chart-body').boundingBox();
  expect(seen.width).toBeGreaterThan(box?.width ?? Infinity);
  expect(seen.height).toBeGreaterThan(box?.height ?? Infinity);
  const counts = new Map(seen.counts);
  const panel = await full.locator('.chart-panel').evaluate((el) => getComputedStyle(el).backgroundColor);
  expect(counts.get(panel)).toBeGreaterThan(1000);
  const swatch = await full.locator('.legend-swatch').first().evaluate((el) => getComputedStyle(el).backgroundColor);
  expect(counts.get(swatch), `${swatch} of the legend`).toBeGreaterThan(50);
  // The largest area is a layer of the stack, not emptiness.
  expect(seen.counts.filter(([color, count]) => color !== panel && count > 5000).length).toBeGreaterThanOrEqual(2);
  expect(complaints).toEqual([]);
});

test('values are saved as CSV by key and as JSON from the palette, the picture too', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const byKey = page.waitForEvent('download');
  await page.keyboard.press('e');
  const csv = await byKey;
  expect(csv.suggestedFilename()).toMatch(/^dashcam-db-01-.*\.csv$/);
  const lines = (await readFile(await csv.path(), 'utf8')).trim().split('\n');
  expect(lines[0]).toMatch(/^time,seq,missed,why,"cpu\.usage\{mode=""system""\} \(percent\)",.*net\.bytes\{/);
  expect(lines.length).toBeGreaterThan(250);

  const fromPalette = async (typed: string) => {
    await page.keyboard.press('/');
    await page.keyboard.type(typed);
    const saved = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    return saved;
  };
  const processes = await fromPalette('processes of this time');
  expect(processes.suggestedFilename()).toMatch(/^dashcam-db-01-processes-.*\.csv$/);
  const seen = (await readFile(await processes.path(), 'utf8')).trim().split('\n');
  expect(seen[0]).toMatch(/^time,seq,others,partial,key,pid,.*name,.*cpu \(percent\)/);
  expect(seen.length).toBeGreaterThan(250);
  const json = await fromPalette('as json');
  const read = JSON.parse(await readFile(await json.path(), 'utf8')) as { host: string; stepMs: number; t: number[]; series: { panel: string; title: string; unit: string; values: (number | null)[] }[] };
  expect(read.host).toBe('db-01');
  expect(read.t.length).toBeGreaterThan(250);
  const user = read.series.find(({ panel, title }) => panel === 'CPU' && title === 'user');
  expect(user?.unit).toBe('percent');
  expect(user?.values).toHaveLength(read.t.length);

  await chart(page, 'Network').getByRole('slider').focus();
  const picture = await fromPalette('picture');
  expect(picture.suggestedFilename()).toMatch(/^dashcam-db-01-net-.*\.png$/);
  expect(complaints).toEqual([]);
});
