// For everyone: by keys and by ear, with reduced motion, in forced colours, at 200 % zoom.

import type { Page } from '@playwright/test';
import { chart, colours, expectAccessible, held, live, open, plot, pointIn } from './page';
import { expect, test } from './server';

const slider = (page: Page, title: string) => page.getByRole('slider', { name: `time cursor, ${title}`, exact: true });

/** Whether the connection is as it was is up to the machine. */
const passing = /^(late|catching up|connection lost|connected again)\b/;

/** What a screen reader would be told from now on, but for the resources, which change by the clock on the simulated host, and for rows that come late on a busy machine. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(globalThis, { dashcamSaid: said });
    const note = (node: Node): void => {
      const region = (node instanceof Element ? node : node.parentElement)?.closest('[aria-live], [role="status"], [role="alert"]');
      // A popover that is closed and text that is emptied are not read.
      if (region?.checkVisibility() === true && region.textContent !== '') said.push(region.textContent);
    };
    new MutationObserver((changes) => changes.forEach(({ target }) => note(target))).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  const said = () => page.evaluate(() => (globalThis as { dashcamSaid?: string[] }).dashcamSaid ?? []);
  return async () => {
    const told = (await said())
      .flatMap((text) => text.split('. '))
      .filter((text) => !text.includes(': ') && !passing.test(text));
    // After a row that was late it is said again what the page is: at first it was live.
    return told.filter((text, i) => text !== (told[i - 1] ?? 'live'));
  };
}

/** Waits until the page drew so many rows more. */
async function rows(page: Page, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const before = await page.locator('.state-time').innerText();
    await expect(page.locator('.state-time')).not.toHaveText(before);
  }
}

test('a walk by keys alone: the cursor speaks by keys and never by a tick, the page of changes of state only', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  // It is said within a second of its being shown.
  await expect(page.locator('[role="status"].visually-hidden')).toContainText('live');
  const said = await listen(page);
  await page.keyboard.press('j');
  await expect(slider(page, 'CPU')).toBeFocused();
  const spoken = async () => (await slider(page, 'CPU').getAttribute('aria-valuetext')) ?? '';
  await expect.poll(spoken).toMatch(/^now, \d\d:\d\d:\d\d, system [\d.]+ %/);
  const untold = await spoken();
  await rows(page, 3);
  expect(await spoken()).toBe(untold);
  expect(await said()).toEqual([]);

  await page.keyboard.press('ArrowLeft');
  await held(page);
  await expect.poll(spoken).toMatch(/^\d\d:\d\d:\d\d, system [\d.]+ %, user [\d.]+ %/);
  const first = await spoken();
  const legend = (await chart(page, 'CPU').locator('.legend-value').first().textContent()) ?? 'nothing';
  expect(first).toContain(`system ${legend}`);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(spoken).not.toBe(first);
  await expect.poll(said).toEqual(['held']);

  // On through the charts, into one, to its values, and out again.
  await page.keyboard.press('j');
  await expect(slider(page, 'Memory')).toBeFocused();
  await page.keyboard.press('Enter');
  const full = page.getByRole('region', { name: 'Memory in full' });
  await expect(full.getByRole('slider')).toBeFocused();
  await page.keyboard.press('d');
  await expect(full.getByRole('row').nth(2)).toContainText('GiB');
  await page.keyboard.press('Escape');
  await expect(slider(page, 'Memory')).toBeFocused();
  // By Tab through the table: its columns sort, its rows open.
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page.locator('.process-scroll')).toBeFocused();
  await page.keyboard.press('j');
  await expect(page.locator('.process-open').first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('.open-process')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.locator('.open-process')).toBeHidden();
  await expect(page.locator('.process-open').first()).toBeFocused();
  await page.keyboard.press('Escape');
  await live(page);
  await expect.poll(async () => (await said()).at(-1)).toBe('live');
  expect(complaints).toEqual([]);
});

// The sentence of a chart is written every ten seconds. On a host that was just started nothing is higher in the next ones: the next dump begins after 100 s.
test('the highest second of the window is called the peak', async ({ page, own: dashcam }) => {
  await open(page, dashcam);
  const caption = chart(page, 'Disk throughput').locator('p.visually-hidden');
  await expect(caption).toHaveText(/^Disk throughput [\d.]+ \S+B\/s, (steady|rising|falling), highest [\d.]+ \S+B\/s at \d\d:\d\d:\d\d$/);
  const at = /at (\d\d:\d\d:\d\d)$/.exec((await caption.textContent()) ?? '')?.[1] ?? '';
  await slider(page, 'Disk throughput').focus();
  const spoken = async () => (await slider(page, 'Disk throughput').getAttribute('aria-valuetext')) ?? '';
  await page.keyboard.press('ArrowLeft');
  await expect.poll(spoken).toMatch(/^\d\d:/);
  // How far it is, midnight or not.
  const seconds = (clock: string): number => clock.slice(0, 8).split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
  const behind = async (): Promise<number> => ((seconds(await spoken()) - seconds(at) + 129_600) % 86_400) - 43_200;
  for (let i = 0; i < 40 && (await behind()) > 0; i++) await page.keyboard.press('Shift+ArrowLeft');
  for (let i = 0; i < 10 && (await behind()) < 0; i++) await page.keyboard.press('ArrowRight');
  await expect.poll(spoken).toMatch(new RegExp(`^${at}, .*, peak$`));
  await page.keyboard.press('ArrowLeft');
  await expect.poll(spoken).not.toMatch(/peak$/);
});

/** What is read on the page, by the size of its letters, in pixels. */
const sizes = (page: Page): Promise<Readonly<Record<string, string>>> =>
  page.evaluate(() => {
    const found = new Map<number, string>();
    for (const el of document.querySelectorAll<HTMLElement>('body *')) {
      if (!Array.from(el.childNodes).some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim() !== '') || !el.checkVisibility()) continue;
      found.set(parseFloat(getComputedStyle(el).fontSize), el.closest('[class]:not(span)')?.getAttribute('class') ?? el.tagName);
    }
    return Object.fromEntries(found);
  });

/** Nothing but colours is another in the dark. */
async function accessible(page: Page, parts?: string | readonly string[]): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' });
  await expectAccessible(page, parts);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page, parts, colours);
}

test('axe finds nothing on the page, live and held, in both themes', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await accessible(page);
  // Three sizes for all that is read, and one for figures; one that is to blame has a larger one.
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const read = await sizes(page);
    expect(Object.keys(read).filter((size) => size !== '20'), JSON.stringify(read)).toEqual(['11', '12', '13', '15']);
  }
  // Held in the past, with a process opened and a stretch selected.
  const at = await pointIn(plot(page, 'Disk throughput'), 0.5);
  await page.mouse.click(at.x, at.y);
  await held(page);
  await page.locator('.process-open').first().click();
  await page.mouse.move(at.x - 80, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x - 20, at.y, { steps: 4 });
  await page.mouse.up();
  await expect(page.locator('.selection-bar')).toBeVisible();
  await accessible(page, ['.header-bar', '.matrix', '.selection-bar', '.process-table']);
  expect(complaints).toEqual([]);
});

test('axe finds nothing in what lies over the page, in both themes', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const overlays: readonly (readonly [keys: readonly string[], overlay: string])[] = [
    [['?'], '[aria-labelledby="help-title"]'],
    [['/', 'd'], '.palette-dialog'],
    [['f'], '.full-panel'],
    [['d'], '.full-numbers'],
    [['i'], '.explain-popover'],
  ];
  for (const [keys, overlay] of overlays) {
    for (const key of keys) await page.keyboard.press(key);
    await expect(page.locator(overlay)).toBeVisible();
    await accessible(page, overlay);
    await page.keyboard.press('Escape');
    await expect(page.locator(overlay)).toBeHidden();
  }
  await page.locator('.connection-state').click();
  await accessible(page, '#connection-popover');
  await page.keyboard.press('Escape');
  await expect(page.locator('#connection-popover')).toBeHidden();
  expect(complaints).toEqual([]);
});

test('axe finds nothing on a phone, on a wall and in one section alone', async ({ page, dashcam, complaints }) => {
  // A phone, with its sections opened and its menu. Its colours are those of the desk.
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, dashcam);
  // Sections come when there is time for them, and charts that come into view get their height above it.
  await expect(async () => {
    await page.evaluate(() => document.querySelectorAll('details').forEach((each) => (each.open = true)));
    await page.locator('#section-network .instance-table').scrollIntoViewIfNeeded();
    await expect(page.locator('#section-network .instance-table tbody tr')).toHaveCount(2, { timeout: 2000 });
  }).toPass();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'More' }).click();
  await accessible(page, '.more-popover');
  for (const [address, what] of [['?kiosk=1', '.kiosk .matrix-cell'], ['?embed=disk', '.plot']] as const) {
    await page.goto(`${dashcam.url}${address}`);
    await expect(page.locator(what).first()).toBeVisible();
    await accessible(page);
  }
  expect(complaints).toEqual([]);
});

test('with reduced motion nothing moves but the data', async ({ page, dashcam }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, dashcam);
  await page.evaluate(() => {
    const moved = new Set<string>();
    Object.assign(globalThis, { dashcamMoved: moved });
    for (const kind of ['animationstart', 'transitionrun']) document.addEventListener(kind, ({ target }) => moved.add(target instanceof Element ? target.outerHTML.slice(0, 80) : ''), true);
  });
  await rows(page, 3);
  await page.keyboard.press('Space');
  await page.keyboard.press('?');
  await page.keyboard.press('Escape');
  await page.keyboard.press('l');
  await rows(page, 2);
  // Nor does the dot beat.
  expect(await page.locator('.state-dot[data-beat] .dot-point').evaluate((point) => getComputedStyle(point).visibility)).toBe('hidden');
  expect(await page.evaluate(() => Array.from((globalThis as { dashcamMoved?: Set<string> }).dashcamMoved ?? []))).toEqual([]);
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test('in forced colours everything is told by shape and word, and charts are drawn', async ({ page, dashcam }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await open(page, dashcam);
  const limits = page.locator('.matrix-cell').filter({ has: page.getByRole('heading', { name: 'Limits', exact: true }) });
  await expect(limits.locator('.cell-note')).toHaveText(/filling since/);
  await expect(limits.locator('.cell-note svg')).toBeVisible();
  await page.keyboard.press('Space');
  await held(page);
  const drawn = await plot(page, 'CPU').locator('canvas').first().evaluate((el: HTMLCanvasElement) => {
    const { data } = el.getContext('2d')?.getImageData(0, 0, el.width, el.height) ?? { data: [] };
    return Array.from(data).filter((value, i) => i % 4 === 3 && value > 0).length;
  });
  expect(drawn).toBeGreaterThan(2000);
  // What is chosen of a few is not told by colour alone.
  const [chosen, other] = await page.locator('.header-windows .segment-text').evaluateAll((all) => all.slice(0, 2).reverse().map((el) => getComputedStyle(el).fontWeight));
  expect(Number(chosen)).toBeGreaterThan(Number(other));
  await expectAccessible(page);
});

test('at 200 % zoom everything is there, and nothing is wider than the window', async ({ browser, dashcam }) => {
  // A window of 1440 × 900 at 200 %.
  const context = await browser.newContext({ viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 });
  const page = await context.newPage();
  await page.goto(dashcam.url);
  await live(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(720);
  for (const what of ['.matrix-cell', '.chart-panel', '.process-table', '#section-cpu', '#section-gaps']) {
    await page.locator(what).first().scrollIntoViewIfNeeded();
    await expect(page.locator(what).first()).toBeVisible();
    const box = await page.locator(what).first().boundingBox();
    expect((box?.x ?? NaN) + (box?.width ?? NaN), what).toBeLessThanOrEqual(720);
  }
  const cut = await page.locator('.header-row').evaluate((el) => el.scrollWidth - el.clientWidth);
  expect(cut).toBeLessThanOrEqual(0);
  await page.keyboard.press('?');
  const help = await page.getByRole('dialog', { name: 'Keys' }).boundingBox();
  expect((help?.height ?? NaN) + (help?.y ?? NaN)).toBeLessThanOrEqual(450);
  await context.close();
});
