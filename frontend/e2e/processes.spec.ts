// The process table beside what it shows at the cursor: an opened row, the tree, the share
// of the machine.

import { expectAccessible, expectPointed, held, live, open, plot, pointIn } from './page';
import { expect, test } from './server';

test('a row opens beside the table, keys go on through the rows, and Esc closes it', async ({ page, dashcam, complaints }) => {
  // Those of one service: what an incident of the simulated host starts, stops or lets wait is not among them.
  await open(page, dashcam, '#f=api.service');
  const opened = page.locator('.open-process');
  const first = page.locator('.process-open').first();
  await first.click();
  await expect(first).toHaveAttribute('aria-expanded', 'true');
  await expect(opened).toHaveAttribute('aria-label', new RegExp(`^process ${await first.innerText()}, pid \\d+$`));
  for (const [line, value] of [['CPU %', /%$/], ['memory', /iB$/], ['I/O', /B\/s$/]] as const) {
    const strip = opened.locator('.history-line').filter({ hasText: line });
    await expect(strip.locator('.history-value')).toHaveText(value);
    await expect(strip.locator('.history-most')).toHaveText(/^highest \d/);
  }
  await expect(opened.locator('dt')).toHaveText(['parent', 'user', 'state', 'started', 'threads', 'I/O', 'cgroup']);
  await expect(opened).toContainText(/S sleeping|R running/);
  await expect(opened).toContainText(/\d+ d before/);

  // j and k go through the rows, and the opened process with them.
  const before = await opened.getAttribute('aria-label');
  await page.keyboard.press('j');
  await expect(opened).not.toHaveAttribute('aria-label', before ?? '');
  await expect(page.locator('.process-open[aria-expanded="true"]')).toBeFocused();
  await page.keyboard.press('k');
  await expect(opened).toHaveAttribute('aria-label', before ?? '');

  // Its parent is a press away; the focus comes back to a row.
  await opened.getByRole('button', { name: /^systemd/ }).click();
  await expect(opened).toHaveAttribute('aria-label', 'process systemd, pid 1');
  await page.keyboard.press('Escape');
  await expect(opened).toBeHidden();
  await live(page);
  expect(complaints).toEqual([]);
});

test('an opened process has the time cursor too, and says when it is not among the remembered', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await page.locator('.process-open').first().click();
  const strip = page.locator('.history-strip').first();
  // Pointing into its history moves the cursor of the whole page.
  await strip.hover();
  const box = await strip.boundingBox();
  if (!box) throw new Error('no strip');
  await expectPointed(page, { x: box.x + box.width * 0.5, y: box.y + box.height / 2 });
  await strip.click();
  await held(page);
  await page.mouse.move(2, 2);
  await page.keyboard.press('Escape');
  await expect(page.locator('.open-process')).toBeHidden();
  await held(page);
  await page.keyboard.press('Escape');
  await live(page);
  // A thread of the kernel that does nothing is in no top list.
  await page.locator('.process-filter').fill('cpuhp');
  await page.locator('td.column-memory [data-reason]').first().hover();
  await expect(page.locator('.reason-tip')).toHaveText('A kernel thread has no memory of its own.');
  await page.locator('.process-open').first().click();
  await expect(page.locator('.history-line').filter({ hasText: 'memory' }).locator('.history-value')).toHaveText('n/a');
  const at = await pointIn(plot(page, 'CPU'), 0.4);
  await page.mouse.click(at.x, at.y);
  await expect(page.locator('.open-note')).toHaveText('not among the remembered of this second');
  expect(complaints).toEqual([]);
});

test('the tree keeps the order of the list, and CPU may be a share of the machine', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const names = () => page.locator('.process-open').allInnerTexts();
  await page.keyboard.press('h');
  await expect(page.getByRole('treegrid')).toBeVisible();
  await expect.poll(async () => (await names())[0]).toBe('systemd');
  await expect(page.locator('tbody tr[aria-level="2"]').first()).toBeVisible();
  await expectAccessible(page, '.process-table');
  // What fits the filter keeps what it descends from.
  await page.keyboard.press('p');
  await page.keyboard.type('redis');
  await expect.poll(names).toEqual(['systemd', 'redis-server']);
  await expect(page.locator('tbody tr.is-context')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'processes as a tree' }).click();
  await expect(page.getByRole('treegrid')).toHaveCount(0);

  // The same process in percent of one core, and of the sixteen of the machine.
  await page.locator('.process-filter').fill('redis');
  const cpu = async () => Number((await page.locator('td.column-cpu').first().innerText()).replace('<', ''));
  await expect.poll(cpu).toBeGreaterThan(8);
  await page.locator('.process-filter').blur();
  await page.keyboard.press('s');
  await expect(page.getByRole('button', { name: 'CPU % of 16' })).toBeVisible();
  await expect.poll(cpu).toBeLessThan(4);
  await page.keyboard.press('s');
  await expect(page.getByRole('button', { name: 'CPU %', exact: true })).toBeVisible();
  expect(complaints).toEqual([]);
});

test('on a phone an opened process stands below the five', async ({ page, dashcam }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(dashcam.url);
  await live(page);
  await page.locator('.process-open').nth(1).click();
  const opened = page.locator('.open-process');
  await opened.scrollIntoViewIfNeeded();
  await expect(opened.locator('.history-value').first()).toHaveText(/%$/);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await expectAccessible(page, '.open-process');
  await opened.getByRole('button', { name: 'close the process' }).click();
  await expect(opened).toBeHidden();
});

test('a moved cursor is on the page at the next frame, the processes with it', async ({ page, dashcam, complaints }) => {
  const asked: string[] = [];
  page.on('requestfinished', (request) => {
    if (request.url().includes('api/v1/tables/processes?')) asked.push(request.url());
  });
  await open(page, dashcam);
  // The last five minutes are fetched ahead, in blocks of a minute, the newest first: six,
  // or five where the newest row is the last of its block. The steps stay in three of them.
  await expect.poll(() => asked.length).toBeGreaterThanOrEqual(5);
  await page.keyboard.press('Space');
  await held(page);
  // The newest block has grown since it was fetched: the first step asks for it again.
  await page.keyboard.press('ArrowLeft');
  await expect(page.locator('.process-open').nth(4)).toBeVisible();
  await expect(page.locator('.table-waiting')).toHaveCount(0);
  const before = asked.length;
  const steps = await page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise((done) => requestAnimationFrame(done));
    const text = (selector: string): string => document.querySelector(selector)?.textContent ?? '';
    const seen: { frames: number; clock: string; waiting: number; rows: number }[] = [];
    for (let step = 0; step < 60; step++) {
      const [title, clock] = [text('.process-title'), text('.state-time')];
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }));
      let frames = 0;
      while (frames < 10 && (text('.process-title') === title || text('.state-time') === clock)) {
        await frame();
        frames++;
      }
      seen.push({ frames, clock: text('.state-time'), waiting: document.querySelectorAll('.table-waiting').length, rows: document.querySelectorAll('.process-open').length });
    }
    return seen;
  });
  expect(steps.map(({ frames }) => frames)).toEqual(Array.from({ length: 60 }, () => 1));
  expect(new Set(steps.map(({ clock }) => clock.slice(0, 8))).size).toBe(60);
  expect(steps.filter(({ waiting, rows }) => waiting > 0 || rows < 5)).toEqual([]);
  // At most the newest block, asked for again since it has grown, and one ahead.
  expect(asked.length - before).toBeLessThanOrEqual(3);
  expect(complaints).toEqual([]);
});

// On a host on which no process ends meanwhile: one that is gone has no place.
test('the live order is calm, and stands still under the pointer', async ({ page, calm: dashcam, complaints }) => {
  await open(page, dashcam);
  const names = () => page.locator('td.column-pid').allInnerTexts();
  await page.locator('.process-open').nth(1).hover();
  const frozen = await names();
  // Values go on; places do not.
  const cpu = await page.locator('td.column-cpu').allInnerTexts();
  for (let second = 0; second < 7; second++) {
    const clock = await page.locator('.state-time').innerText();
    await expect(page.locator('.state-time')).not.toHaveText(clock);
    expect((await names()).slice(0, 5)).toEqual(frozen.slice(0, 5));
  }
  expect(await page.locator('td.column-cpu').allInnerTexts()).not.toEqual(cpu);
  await page.mouse.move(2, 2);
  await expect.poll(names).not.toEqual(frozen);
  expect(complaints).toEqual([]);
});

test('what ranks stands right behind the name, over ten rows of the first screen, and moves no column under the pointer', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const heads = () => page.locator('.process-table thead th').allInnerTexts();
  const cells = () => page.locator('.process-table tbody tr').first().locator('th, td').evaluateAll((all) => all.map((each) => /column-(\w+)/.exec(each.getAttribute('class') ?? '')?.[1]));
  await page.keyboard.press('/');
  await page.keyboard.type('Processes by memory');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await heads()).slice(0, 4)).toEqual(['name', 'memory', 'CPU %', 'I/O']);
  expect((await cells()).slice(0, 4)).toEqual(['name', 'memory', 'cpu', 'io']);
  // The bar of the largest is the ground of its whole cell.
  const ground = page.locator('td.column-memory').first();
  await expect(ground).toHaveCSS('background-size', '100% 100%');
  // A column that is pressed stays where it is until the pointer has left.
  const head = page.locator('.process-table').getByRole('columnheader', { name: 'I/O' });
  await head.getByRole('button').click();
  await expect(head).toHaveAttribute('aria-sort', 'descending');
  expect((await cells()).slice(0, 4)).toEqual(['name', 'memory', 'cpu', 'io']);
  await page.mouse.move(2, 2);
  await expect.poll(async () => (await cells()).slice(0, 4)).toEqual(['name', 'io', 'cpu', 'memory']);
  expect(await page.locator('.process-scroll').evaluate((box) => (box.clientHeight - 24) / 22)).toBeGreaterThanOrEqual(10);
  // A name that says nothing alone has its service behind it.
  await page.keyboard.press('p');
  await page.keyboard.type('postgresql');
  await expect(page.locator('.process-tail').first()).toHaveText('postgresql@16-main');
  expect(complaints).toEqual([]);
});
