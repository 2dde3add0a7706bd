// What a pointer, a finger and a key do with the time cursor and the view.

import type { CDPSession, Page } from '@playwright/test';
import { chart, gutter, held, live, open, plot, pointIn } from './page';
import { expect, test } from './server';

const bar = (page: Page) => page.locator('.state-time');
const title = (page: Page) => page.locator('.process-title');
const param = (page: Page, name: string): string | undefined => new RegExp(`[#&]${name}=([^&]+)`).exec(decodeURIComponent(page.url()))?.[1];

/** The range in the address, in milliseconds. */
async function range(page: Page): Promise<{ from: number; to: number }> {
  await expect(page).toHaveURL(/from=.*to=/);
  return { from: Date.parse(param(page, 'from') ?? ''), to: Date.parse(param(page, 'to') ?? '') };
}

const entries = (page: Page): Promise<number> => page.evaluate(() => history.length);

/** noteTexts notes from now on what stands in the bar and over the table: what is there for ten seconds a busy machine may look at too late. */
async function noteTexts(page: Page): Promise<{ heldFor(): Promise<number[]>; titles(): Promise<string[]> }> {
  await page.evaluate(() => {
    const noted: [bar: string[], title: string[]] = [[], []];
    Object.assign(globalThis, { dashcamNoted: noted });
    new MutationObserver(() => {
      for (const [i, part] of ['.state-time', '.process-title'].entries()) {
        const text = document.querySelector(part)?.textContent ?? '';
        if (noted[i]?.at(-1) !== text) noted[i]?.push(text);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  const of = (i: number): Promise<string[]> => page.evaluate((which) => (globalThis as { dashcamNoted?: string[][] }).dashcamNoted?.[which] ?? [], i);
  return {
    // Its spaces are those at which no text breaks.
    heldFor: async () => (await of(0)).flatMap((text) => /^held\sby\spointer,\s(\d+)\ss$/.exec(text)?.[1] ?? []).map(Number),
    titles: () => of(1),
  };
}

test('a pointer holds the view and says how much longer; at rest or away, it follows again', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const at = await pointIn(plot(page, 'CPU'), 0.5);
  const first = await noteTexts(page);
  await page.mouse.move(at.x, at.y);
  await expect.poll(async () => (await first.titles()).some((text) => text.startsWith('Processes at'))).toBe(true);
  await expect.poll(async () => (await first.heldFor()).length).toBeGreaterThan(0);
  // A page that is late at first says so before.
  expect((await first.heldFor())[0]).toBeLessThanOrEqual(10);
  await page.mouse.move(2, 2);
  await expect(title(page)).toHaveText('Processes');
  await expect(bar(page)).toHaveText(/^\d\d:\d\d:\d\d/);
  // At rest it counts down, and then lets go by itself.
  const again = await noteTexts(page);
  await page.mouse.move(at.x, at.y);
  await expect.poll(async () => (await again.heldFor()).length).toBeGreaterThan(1);
  await expect(bar(page)).toHaveText(/^\d\d:\d\d:\d\d/);
  await expect(title(page)).toHaveText('Processes');
  const seconds = await again.heldFor();
  expect(seconds).toEqual([...seconds].sort((a, b) => b - a));
  expect(seconds.at(-1)).toBeLessThan(7);
  expect(complaints).toEqual([]);
});

test('a press pins, a second one zooms out instead, and each is one step back', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const at = await pointIn(plot(page, 'Memory'), 0.6);
  const before = await entries(page);
  // One that lasts is none.
  await page.mouse.click(at.x, at.y, { delay: 450 });
  await page.mouse.move(2, 2);
  await live(page);
  expect(page.url()).not.toContain('at=');
  await page.mouse.click(at.x, at.y);
  await held(page);
  await expect(page).toHaveURL(/at=/);
  expect(await entries(page)).toBe(before + 1);
  await page.goBack();
  await live(page);
  await page.mouse.move(2, 2);
  await page.mouse.dblclick(at.x, at.y);
  await expect(page).toHaveURL(/#w=15m$/);
  await live(page);
  await page.mouse.move(2, 2);
  // The first of the two presses pinned, which is the step before.
  await page.goBack();
  await held(page);
  await page.goBack();
  await live(page);
  expect(param(page, 'w')).toBeUndefined();
  expect(complaints).toEqual([]);
});

test('shift and drag pan, ctrl and the wheel zoom at the pointer, a plain wheel scrolls', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const at = await pointIn(plot(page, 'CPU'), 0.5);
  const box = await plot(page, 'CPU').boundingBox();
  const width = (box?.width ?? NaN) - gutter;
  await page.keyboard.down('Shift');
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x + 60, at.y, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await expect(page.locator('.state-word')).toHaveText('RANGE');
  // The address follows what moves once it rests.
  await expect.poll(async () => Date.now() - (await range(page)).to).toBeGreaterThan((0.9 * 60 * 300_000) / width);
  const first = await range(page);
  expect(first.to - first.from).toBe(300_000);
  // A range stands still by itself, so what is pulled goes exactly as far as the pointer: half a pixel is less than the gutter would be.
  await page.keyboard.down('Shift');
  await page.mouse.down();
  await page.mouse.move(at.x + 160, at.y, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  const msPerPx = 300_000 / width;
  await expect.poll(async () => Math.abs(first.from - (await range(page)).from - 100 * msPerPx)).toBeLessThan(msPerPx / 2);
  const panned = await range(page);
  expect(panned.to - panned.from).toBe(300_000);

  await page.mouse.move(at.x, at.y);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -120);
  await page.keyboard.up('Control');
  await expect.poll(async () => (await range(page)).to - (await range(page)).from).toBeLessThan(250_000);
  const zoomed = await range(page);
  // What was under the pointer stays there.
  const share = (at.x - (box?.x ?? NaN) - gutter) / width;
  const under = ({ from, to }: { from: number; to: number }): number => from + share * (to - from);
  expect(Math.abs(under(zoomed) - under(panned))).toBeLessThan(5000);

  expect(await page.evaluate(() => scrollY)).toBe(0);
  await page.mouse.wheel(0, 300);
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(100);
  expect(await range(page)).toEqual(zoomed);
  await page.keyboard.press('l');
  await live(page);
  expect(complaints).toEqual([]);
});

test('keys step through samples, to the ends, and zoom; Esc closes one thing, L all', async ({ page, own: dashcam, complaints }) => {
  await open(page, dashcam);
  const at = async (): Promise<number> => {
    await expect(page).toHaveURL(/at=/);
    return Date.parse(param(page, 'at') ?? '');
  };
  await page.keyboard.press('Space');
  await held(page);
  const newest = await at();
  await page.keyboard.press('Home');
  await expect.poll(async () => newest - (await at())).toBeGreaterThanOrEqual(299_000);
  // The past that a host begins with has a row for every second. Of those that come live a busy machine misses some, and a server that is shared has five minutes of them.
  const oldest = await at();
  for (const [key, distance] of [['ArrowRight', 1], ['Shift+ArrowRight', 11], ['ArrowLeft', 10], ['Shift+ArrowLeft', 0]] as const) {
    await page.keyboard.press(key);
    await expect.poll(async () => Math.round(((await at()) - oldest) / 1000)).toBe(distance);
  }
  await page.keyboard.press('End');
  await expect.poll(at).toBe(newest);
  // Nearer, with the newest second in view; wider; and back to five minutes.
  await page.keyboard.press('Shift+ArrowLeft');
  for (let i = 0; i < 12; i++) await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('+');
  await expect(page).toHaveURL(/w=1m/);
  await expect.poll(() => page.locator('.plot-overlay').first().evaluate((el: HTMLCanvasElement) => {
    const { data } = el.getContext('2d')?.getImageData(0, Math.floor(el.height / 3), el.width, 1) ?? { data: [] };
    return Array.from(data).some((value) => value > 0);
  })).toBe(true);
  await page.keyboard.press('-');
  await page.keyboard.press('-');
  await expect(page).toHaveURL(/w=15m/);
  await page.keyboard.press('0');
  await expect(page).not.toHaveURL(/w=/);

  await page.locator('.process-open').first().click();
  await chart(page, 'CPU').getByRole('slider').focus();
  await page.keyboard.press('f');
  await expect(page.locator('.full-panel')).toBeVisible();
  await page.keyboard.press('i');
  const open_ = () => Promise.all(['.explain-popover:popover-open', '.full-panel', '.open-process'].map((each) => page.locator(each).count())).then((counts) => [...counts].map(Boolean));
  await expect.poll(open_).toEqual([true, true, true]);
  for (const left of [[false, true, true], [false, false, true], [false, false, false]]) {
    await held(page);
    await page.keyboard.press('Escape');
    await expect.poll(open_).toEqual(left);
  }
  await page.keyboard.press('Escape');
  await live(page);
  await page.keyboard.press('Space');
  await page.keyboard.press('f');
  await page.keyboard.press('l');
  await live(page);
  await expect(page.locator('.full-panel')).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test('in a long window the cursor is the peak second of a stretch, and the table says so', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  for (const [key, length] of [['4', 10_000], ['5', 60_000], ['6', 300_000]] as const) {
    // A press is obeyed although what is under it has not come.
    let answer = (): void => undefined;
    const answered = new Promise<void>((done) => {
      answer = done;
    });
    // That of the charts: the lanes ask for their largest values only, at a moment of their own.
    const asked = page.waitForRequest(/api\/v1\/history\?(?!.*&only=)/);
    await page.route(/api\/v1\/history/, async (route) => {
      await answered;
      await route.continue();
    });
    await page.keyboard.press(key);
    await asked;
    // The simulated host remembers an hour, which is at the right of a longer window.
    const at = await pointIn(plot(page, 'Disk throughput'), 1 - 1_200_000 / { 4: 3_600_000, 5: 21_600_000, 6: 86_400_000 }[key]);
    await page.mouse.move(2, 2);
    await page.mouse.click(at.x, at.y);
    await held(page);
    answer();
    const note = page.locator('.process-note');
    await expect(note).toHaveText(/^peak second of \d\d:\d\d:\d\d–\d\d:\d\d:\d\d · /);
    const clocks = /of (\S+)–(\S+) /.exec((await note.textContent()) ?? '')?.slice(1) ?? [];
    const seconds = (clock: string): number => clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
    expect((seconds(clocks[1] ?? '') - seconds(clocks[0] ?? '') + 86_400) % 86_400).toBe(length / 1000);
    const shown = /\d\d:\d\d:\d\d/.exec((await title(page).textContent()) ?? '')?.[0] ?? '';
    expect((seconds(shown) - seconds(clocks[0] ?? '') + 86_400) % 86_400).toBeLessThan(length / 1000);
    await page.keyboard.press('Escape');
    await live(page);
  }
  expect(complaints).toEqual([]);
});

test.describe('by touch', () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  /**
   * Fingers on the screen, each a list of the points it goes through. They wait for no answer
   * of the page: what takes long because a machine is busy would be a long press.
   */
  async function touch(session: CDPSession, fingers: readonly (readonly { x: number; y: number }[])[], { holdFirst = 0 } = {}): Promise<void> {
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', i: number): Promise<unknown> =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : fingers.map((path, id) => ({ ...(path[Math.min(i, path.length - 1)] ?? { x: 0, y: 0 }), id })) });
    const sent = [send('touchStart', 0)];
    if (holdFirst > 0) await new Promise((done) => setTimeout(done, holdFirst));
    const steps = Math.max(...fingers.map((path) => path.length));
    for (let i = 1; i < steps; i++) sent.push(send('touchMove', i));
    sent.push(send('touchEnd', steps));
    await Promise.all(sent);
  }

  const path = (from: { x: number; y: number }, dx: number): { x: number; y: number }[] => Array.from({ length: 9 }, (_, i) => ({ x: from.x + (dx * i) / 8, y: from.y }));

  test('a tap pins, a sideways drag scrubs, a long press selects, two fingers zoom and pan', async ({ page, dashcam, complaints }) => {
    await page.goto(dashcam.url);
    await live(page);
    await chart(page, 'CPU').scrollIntoViewIfNeeded();
    await expect(plot(page, 'CPU').locator('canvas').first()).toBeVisible();
    const session = await page.context().newCDPSession(page);
    const at = await pointIn(plot(page, 'CPU'), 0.5);
    const clock = () => bar(page).textContent();

    await touch(session, [[at]]);
    await held(page);
    const tapped = await clock();
    await page.keyboard.press('l');
    await live(page);

    // What is dragged along is one entry of the history, however far it goes.
    const before = await entries(page);
    await touch(session, [path(at, -80)]);
    await held(page);
    expect(await clock()).not.toBe(tapped);
    expect(await entries(page)).toBe(before + 1);
    await page.keyboard.press('l');
    await live(page);

    await touch(session, [path(at, -80)], { holdFirst: 700 });
    await expect(page.getByRole('region', { name: 'selected time' })).toBeVisible();
    await page.keyboard.press('Escape');

    await touch(session, [path({ x: at.x - 30, y: at.y }, -40), path({ x: at.x + 30, y: at.y }, 40)]);
    await expect(page.locator('.state-word')).toHaveText('RANGE');
    // The address follows what moves once it rests, on a busy machine in between, too: it is read when the fingers, 60 px apart and then 140, have done all they do.
    const length = async (): Promise<number> => (await range(page)).to - (await range(page)).from;
    const wanted = (300_000 * 60) / 140;
    await expect.poll(async () => Math.abs((await length()) - wanted)).toBeLessThan(2000);
    const zoomed = await range(page);
    const msPerPx = wanted / (((await plot(page, 'CPU').boundingBox())?.width ?? NaN) - gutter);
    await touch(session, [path({ x: at.x - 30, y: at.y }, 40), path({ x: at.x + 30, y: at.y }, 40)]);
    await expect.poll(async () => Math.abs(zoomed.from - (await range(page)).from - 40 * msPerPx)).toBeLessThan(2 * msPerPx);
    expect(Math.abs((await length()) - wanted)).toBeLessThan(2000);

    // Up and down belongs to the page.
    const top = await page.evaluate(() => scrollY);
    await touch(session, [Array.from({ length: 9 }, (_, i) => ({ x: at.x, y: at.y - i * 12 }))]);
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(top + 30);
    expect(complaints).toEqual([]);
  });
});

test('in the overview a press goes to the peak of its lane, and the brush is moved by its tab', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const lanes = page.locator('.lanes');
  const box = await lanes.boundingBox();
  if (!box) throw new Error('no overview');
  // The third lane is the disk, which the simulated host saturates every few minutes.
  await page.mouse.click(box.x + box.width * 0.5, box.y + 11 + 2 * 9 + 4);
  await held(page);
  await page.mouse.move(2, 2);
  await expect(page.locator('.matrix-cell').filter({ has: page.getByRole('heading', { name: 'Disk', exact: true }) })).toHaveClass(/is-critical/);
  await page.keyboard.press('l');
  await live(page);
  // Above them is all that is remembered, which is more the longer the program runs.
  const { remembered } = (await (await fetch(`${dashcam.url}api/v1/health`)).json()) as { remembered: { oldestT: number } };
  const spanMs = (): number => Date.now() - remembered.oldestT;
  // The window of five minutes is at the right edge; its tab is in the middle of it.
  const tab = box.x + box.width - (300_000 / spanMs() / 2) * (box.width - 34);
  await page.mouse.move(tab, box.y + 4);
  await page.mouse.down();
  await page.mouse.move(tab - 200, box.y + 4, { steps: 5 });
  await page.mouse.up();
  await expect.poll(async () => Date.now() - (await range(page)).to).toBeGreaterThan(400_000);
  const moved = await range(page);
  expect(moved.to - moved.from).toBe(300_000);
  expect(Date.now() - moved.to).toBeLessThan((300 / (box.width - 34)) * spanMs());
  // Beside the brush a drag chooses another range.
  await page.mouse.move(box.x + 200, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + 350, box.y + 30, { steps: 5 });
  await page.mouse.up();
  const wanted = (150 / (box.width - 34)) * spanMs();
  await expect.poll(async () => Math.abs((await range(page)).to - (await range(page)).from - wanted)).toBeLessThan(20_000);
  expect((await range(page)).to).toBeLessThan(moved.from);
  expect(complaints).toEqual([]);
});
