// What a person takes along: the values of a chart, a picture of it, a summary, a link.

import { readFile } from 'node:fs/promises';
import { drawnTexts, watchPage } from './observer';
import { chart, held, open, plot, pointIn } from './page';
import { expect, test } from './server';

test('a chart is saved as a picture with its title, host, time and legend in it', async ({ page, dashcam, complaints }) => {
  await watchPage(page);
  await open(page, dashcam);
  const at = await pointIn(plot(page, 'Memory'), 0.5);
  await page.mouse.click(at.x, at.y);
  await held(page);
  await page.getByRole('slider', { name: 'time cursor, Memory', exact: true }).focus();
  await page.keyboard.press('f');
  const full = page.getByRole('region', { name: 'Memory in full' });
  await expect(full.locator('.plot canvas').first()).toBeVisible();
  await expect(full.locator('.legend-value').first()).toHaveText(/iB$/);
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
  // Twice as many pixels as on screen, whatever that has.
  expect(seen.width).toBe(2 * (Math.ceil(box?.width ?? NaN) + 32));
  expect(seen.height).toBeGreaterThan(2 * (box?.height ?? Infinity));
  // What stands beside the canvas of a chart is written into it.
  for (const text of await full.locator('.plot-value').allInnerTexts()) expect(texts).toContain(text);
  const counts = new Map(seen.counts);
  const panel = await full.locator('.chart-panel').evaluate((el) => getComputedStyle(el).backgroundColor);
  expect(counts.get(panel)).toBeGreaterThan(1000);
  const swatch = await full.locator('.legend-swatch').first().evaluate((el) => getComputedStyle(el).backgroundColor);
  expect(counts.get(swatch), `${swatch} of the legend`).toBeGreaterThan(50);
  // The largest area is a layer of the stack, not emptiness.
  expect(seen.counts.filter(([color, count]) => color !== panel && count > 5000).length).toBeGreaterThanOrEqual(2);
  expect(complaints).toEqual([]);
});

test.describe('on a sharp screen', () => {
  test.use({ deviceScaleFactor: 2 });

  test('a picture is drawn by the painter: its pixels are those on screen', async ({ page, dashcam, complaints }) => {
    await open(page, dashcam);
    await page.keyboard.press('Space');
    await held(page);
    await chart(page, 'Disk throughput').getByRole('slider').focus();
    await page.keyboard.press('/');
    await page.keyboard.type('picture');
    const saved = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    const picture = await readFile(await (await saved).path());
    const same = await page.evaluate(async (bytes) => {
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: 'image/png' }));
      const figure = Array.from(document.querySelectorAll('.first-screen .chart-panel')).find((each) => each.querySelector('.chart-title')?.textContent === 'Disk throughput');
      const onScreen = figure?.querySelector<HTMLCanvasElement>('.plot-canvas');
      if (!onScreen) return NaN;
      const { width, height } = onScreen;
      const read = (image: CanvasImageSource, x: number, y: number): Uint32Array => {
        const ctx = new OffscreenCanvas(width, height).getContext('2d');
        ctx?.drawImage(image, -x, -y);
        return new Uint32Array(ctx?.getImageData(0, 0, width, height).data.buffer ?? new ArrayBuffer());
      };
      const [shown, drawn] = [read(onScreen, 0, 0), read(bitmap, 2 * (16 + 44), 2 * 46)];
      return shown.reduce((count, pixel, i) => count + Number(pixel === drawn[i]), 0) / shown.length;
    }, Array.from(picture));
    // The cursor at the right edge lies over the picture, and is a canvas of its own on screen.
    expect(same).toBeGreaterThan(0.99);
    expect(complaints).toEqual([]);
  });
});

test('on paper charts stand in the light theme, and on screen in the one that was chosen', async ({ page, dashcam, complaints }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await open(page, dashcam);
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const image = plot(page, 'Memory').locator('.print-image');
  await expect(image).toBeVisible();
  const [size, ground] = await image.evaluate((el: HTMLCanvasElement) => [el.width / el.clientWidth, Array.from(el.getContext('2d')?.getImageData(0, el.height - 1, 1, 1).data ?? [])] as const);
  expect([size, ground]).toEqual([3, [255, 255, 255, 255]]);
  await expect(page.locator('.print-image')).toHaveCount(7);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await page.emulateMedia({ media: null, colorScheme: 'dark' });
  await expect(page.locator('.print-image')).toHaveCount(0);
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBeUndefined();
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
