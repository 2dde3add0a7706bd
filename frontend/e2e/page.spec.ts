// The page around the charts, against the real binary and a simulated host.

import type { Page, WebSocket } from '@playwright/test';
import { linkTo } from './link';
import { chart, expectAccessible } from './page';
import { expect, test } from './server';

const live = (page: Page) => expect(page.locator('.state-word')).toHaveText('LIVE');
const names = (page: Page) => page.locator('.process-open').allInnerTexts();

test('the first screen answers without scrolling and without a complaint', async ({ page, dashcam, complaints }) => {
  await page.goto(dashcam.url);
  await live(page);
  await expect(page.locator('.matrix-cell')).toHaveCount(5);
  await expect(page.locator('.first-screen .chart-panel')).toHaveCount(6);
  await expect(page.locator('.first-screen .plot-canvas')).toHaveCount(6);
  await expect(page.locator('.header-name')).toHaveText('db-01');
  await expect(page.locator('.chip')).toHaveText('demo');
  await expect(page.locator('.process-name').nth(5)).toBeInViewport({ ratio: 1 });
  expect(await page.locator('.first-screen').evaluate((el) => el.getBoundingClientRect().bottom)).toBeLessThanOrEqual(900);
  // Of percent the axis has all, whatever there is of them.
  for (const title of ['CPU', 'Pressure']) await expect(chart(page, title).locator('.plot-value').filter({ visible: true })).toHaveText(['0', '50', '100']);
  // The tab says the worst state, and a cell leads to its section.
  await expect(page).toHaveTitle(/^[▲■✕] \S+ \S+.* · db-01$/);
  await expect(page.locator('link[rel="icon"]')).toHaveAttribute('href', /^data:image\/svg.*(e5383b|e0a100)/);
  // Charts say what they are to whoever reads; a canvas says nothing. No letters come from anywhere.
  expect(await page.locator('canvas:not([aria-hidden="true"])').count()).toBe(0);
  expect(await page.evaluate(() => [document.fonts.size, getComputedStyle(document.body).fontFamily.startsWith('Inter,')])).toEqual([0, true]);
  await page.locator('.cell-title button').filter({ hasText: 'Disk' }).click();
  await expect(page.locator('#section-disk > summary')).toBeFocused();
  // However far down, the bar says whether it is alive.
  expect(await page.evaluate(() => scrollY)).toBeGreaterThan(300);
  await expect(page.locator('.state-word')).toBeInViewport({ ratio: 1 });
  expect((await page.locator('.header-bar').boundingBox())?.height).toBe(40);
  expect(complaints).toEqual([]);
});

/** A gate holds back what waits for it until it is opened. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  return { opened: new Promise<void>((done) => (open = done)), open: () => open() };
}

test('what dashcam costs is in the bar, however late the host says what there is, and trails wait for what is live', async ({ page, dashcam }) => {
  const [all, rows] = [gate(), gate()];
  await page.routeWebSocket('**/ws', (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      const isRow = /^\{"type":"(history|frame)"/.test(message.toString());
      // It says that it runs in a container, too.
      const told = message.toString().replace('"container":false', '"container":true');
      void all.opened.then(() => (isRow ? rows.opened : undefined)).then(() => socket.send(told));
    });
  });
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('api/v1/tables/processes?')) asked.push(request.url());
  });
  await page.goto(dashcam.url);
  await expect(page.locator('.header-cost')).toBeHidden();
  all.open();
  // The table is there before the rows are: what its trails show can wait for them.
  await expect(page.locator('.process-open').first()).toBeVisible();
  await expect(page.locator('.state-word')).toHaveText('SYNCING');
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done)))));
  expect(asked).toEqual([]);
  rows.open();
  await live(page);
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  await expect(page.locator('.header-cost')).toHaveText(/^dashcam itself ?[<\d.]+ % ?[\d.]+ MiB$/);
  await expect(page.locator('.header-cost')).toBeVisible();
  // Whose the numbers are that a container shows is said beside its name.
  await page.locator('.chip', { hasText: 'container' }).hover();
  await expect(page.locator('.reason-tip')).toHaveText("CPU, memory and disks are the host's; processes, network and limits are those of this container.");
});

test('trails ask for their past once the table has come, however late that is', async ({ page, dashcam }) => {
  const table = gate();
  await page.routeWebSocket('**/ws', (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => {
      if (message.toString().startsWith('{"type":"table","table":"processes"')) void table.opened.then(() => socket.send(message));
      else socket.send(message);
    });
  });
  const asked: URL[] = [];
  page.on('request', (request) => {
    if (request.url().includes('api/v1/tables/processes?')) asked.push(new URL(request.url()));
  });
  await page.goto(dashcam.url);
  await live(page);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done)))));
  expect(asked.map((url) => url.search)).toEqual([]);
  table.open();
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  // An hour of the simulated host was made up before.
  expect(Number(asked[0]?.searchParams.get('from'))).toBeGreaterThan(1000);
  await expect(page.locator('.process-open').first()).toBeVisible();
});

test('the table shows six rows on a small laptop, and the bar keeps to one line', async ({ page, dashcam }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto(dashcam.url);
  await live(page);
  await expect(page.locator('.process-name').nth(5)).toBeInViewport({ ratio: 1 });
  // It sheds what it costs, then what the host is, then the windows become a menu.
  const parts = ['.header-cost', '.header-facts', '.header-windows', '.header-windows-select'];
  for (const [width, shown] of [[1440, [true, true, true, false]], [1280, [false, true, true, false]], [1000, [false, false, true, false]], [760, [false, false, false, true]]] as const) {
    await page.setViewportSize({ width, height: 720 });
    await expect.poll(() => Promise.all(parts.map((part) => page.locator(part).isVisible())), `${width} px`).toEqual(shown);
  }
  // Rows that were filled in are counted there, as on a busy machine.
  await page.locator('.state-counts').evaluate((el) => el.append('11 filled · 0 lost'));
  for (const [width, key] of [[1280, 'l'], [1280, 'Space'], [1000, 'l'], [760, 'Space'], [390, 'l'], [390, 'Space']] as const) {
    await page.setViewportSize({ width, height: 720 });
    // What is held says more in the bar than what is live.
    await page.keyboard.press('l');
    await page.keyboard.press(key);
    await expect(page.locator('.state-word')).toHaveText(key === 'l' ? 'LIVE' : 'HELD');
    const overflow = await page.locator('.header-row').evaluate((el) => el.scrollWidth - el.clientWidth);
    expect(overflow, `bar at ${width} px`).toBeLessThanOrEqual(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `page at ${width} px`).toBe(width);
  }
});

// Where there is no Inter: this font is as wide as any that a system has.
test('in a wider font no number is cut, and six rows fit on a small laptop', async ({ page, dashcam, complaints }) => {
  await page.addInitScript(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(':root { --font: "DejaVu Sans", Verdana, sans-serif }');
    document.adoptedStyleSheets.push(sheet);
  });
  await page.goto(dashcam.url);
  await live(page);
  await expect(page.locator('.process-open').first()).toBeVisible();
  const cut = (): Promise<readonly string[]> =>
    page.locator('.cell-value > :first-child, .limit-value, .chart-now, .legend-value, .first-screen td.is-number, .state-word, .header-row .segment-text').evaluateAll((all) =>
      all.flatMap((el) => {
        const text = document.createRange();
        text.selectNodeContents(el);
        const [inner, outer] = [text.getBoundingClientRect(), el.closest('.cell-value, .limit, .legend, .chart-head, td, .header-row')?.getBoundingClientRect()];
        const isCut = outer && el.textContent !== '' && el.checkVisibility() && (inner.right > outer.right + 0.5 || inner.left < outer.left - 0.5);
        return isCut === true ? [`${el.getAttribute('class') ?? ''}: ${el.textContent}`] : [];
      }),
    );
  for (const [width, height] of [[1440, 900], [390, 844], [1280, 720]] as const) {
    await page.setViewportSize({ width, height });
    await expect.poll(cut, `${width} px`).toEqual([]);
    expect(await page.locator('.header-row').evaluate((el) => el.scrollWidth - el.clientWidth), `bar at ${width} px`).toBeLessThanOrEqual(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), `page at ${width} px`).toBe(width);
  }
  await expect(page.locator('.process-name').nth(5)).toBeInViewport({ ratio: 1 });
  expect(complaints).toEqual([]);
});

test('processes are filtered by words and sorted by any column', async ({ page, dashcam }) => {
  await page.goto(dashcam.url);
  await live(page);
  await expect(page.locator('.process-name').first()).toBeVisible();
  await page.keyboard.press('p');
  // By its service: who dumps the database is a user of the same name, while he is there.
  await page.keyboard.type('postgresql');
  await expect.poll(async () => new Set(await names(page))).toEqual(new Set(['postgres']));
  await page.keyboard.press('Escape');
  await expect.poll(async () => new Set(await names(page)).size).toBeGreaterThan(1);
  await page.getByRole('button', { name: 'pid' }).click();
  await expect(page.locator('th.column-pid')).toHaveAttribute('aria-sort', 'ascending');
  const pids = async () => (await page.locator('td.column-pid').allInnerTexts()).map(Number);
  await expect.poll(async () => (await pids())[0]).toBe(1);
  const seen = await pids();
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  // A column that was chosen is none of the usual ones, and stays until one of them is.
  const auto = page.getByRole('radio', { name: 'auto' });
  await expect(auto).not.toBeChecked();
  await page.locator('.process-bar .segment').filter({ hasText: 'auto' }).click();
  await expect(auto).toBeChecked();
  await expect(page.locator('th.column-pid')).not.toHaveAttribute('aria-sort', 'ascending');
});

test('keys choose the window, hold, and open the help made from their own table', async ({ page, dashcam }) => {
  await page.goto(dashcam.url);
  await live(page);
  await page.keyboard.press('3');
  await expect(page).toHaveURL(/#w=15m/);
  await page.keyboard.press('Space');
  await expect(page.locator('.state-word')).toHaveText('HELD');
  await page.keyboard.press('l');
  await live(page);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toContainText('Filter the processes');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  // The buttons of the bar do the same.
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await button('hold').click();
  await expect(page.locator('.state-word')).toHaveText('HELD');
  await button('hold').click();
  await live(page);
  await page.locator('.header-windows .segment').filter({ hasText: '1h' }).click();
  await expect(page).toHaveURL(/#w=1h/);
  for (const [name, dialog] of [['find', 'find'], ['help', 'Keys']] as const) {
    await button(name).click();
    await expect(page.getByRole('dialog', { name: dialog })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  }
});

test('the theme follows the key and is remembered', async ({ page, dashcam }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(dashcam.url);
  await live(page);
  await expect(page.locator('body')).toHaveCSS('background-color', 'rgb(12, 15, 18)');
  await page.keyboard.press('t');
  await expect(page.locator('body')).toHaveCSS('background-color', 'rgb(244, 246, 247)');
  await page.reload();
  await expect(page.locator('body')).toHaveCSS('background-color', 'rgb(244, 246, 247)');
});

test('a stale number never looks live, and stands where it stood', async ({ page, dashcam }) => {
  const link = await linkTo(dashcam);
  await page.goto(link.url);
  await live(page);
  const places = () => page.locator('.first-screen .legend-item, .header-cost').evaluateAll((all) => all.map((el) => el.getBoundingClientRect().x));
  await expect(page.locator('.header-cost')).toBeVisible();
  const before = await places();
  expect(before.length).toBeGreaterThan(15);
  // The dot beats with every row: full, and a point in a ring.
  const [fill, point] = [page.locator('.state-dot .dot-fill'), page.locator('.state-dot .dot-point')];
  for (const [full, hollow] of [['visible', 'hidden'], ['hidden', 'visible']] as const) {
    await expect(fill).toHaveCSS('visibility', full);
    await expect(point).toHaveCSS('visibility', hollow);
  }
  link.cut();
  await expect(page.locator('.state-word')).toHaveText('RETRYING');
  await expect(page.locator('.matrix-cell.is-stale')).toHaveCount(5);
  // Sums of widths are rounded: nobody sees a tenth of a pixel.
  const after = await places();
  expect(after.map((x, i) => (Math.abs(x - (before[i] ?? NaN)) <= 0.1 ? before[i] : x))).toEqual(before);
  await expect(page.locator('.cell-note').first()).toHaveText(/^as of \d\d:\d\d:\d\d$/);
  await expect(page).toHaveTitle('◌ stale · db-01');
  await expect(page.locator('[aria-live]')).toContainText('connection lost');
  // A phone has room for the longer word.
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.locator('.header-row').evaluate((el) => el.scrollWidth - el.clientWidth)).toBeLessThanOrEqual(0);
  link.restore();
  await expect(page.locator('.matrix-cell.is-stale')).toHaveCount(0);
  link.end();
});

test('r tries again at once, however long the page would have waited', async ({ page, dashcam }) => {
  const link = await linkTo(dashcam);
  let sockets = 0;
  const open = new Set<WebSocket>();
  page.on('websocket', (socket) => {
    sockets++;
    open.add(socket);
    const gone = () => void open.delete(socket);
    socket.on('close', gone).on('socketerror', gone);
  });
  await page.clock.install();
  await page.goto(link.url);
  await live(page);
  link.cut();
  await expect(page.locator('.state-word')).toHaveText('RETRYING');
  // Time stands still for the page: by itself it does not try again.
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 5000));
  // What it tried until then is told before this answer, and comes to nothing.
  await page.evaluate(() => undefined);
  await expect.poll(() => open.size).toBe(0);
  const before = sockets;
  link.restore();
  await page.keyboard.press('r');
  await expect.poll(() => sockets).toBe(before + 1);
  await page.clock.resume();
  await live(page);
  link.end();
});

test('the filter of a phone is a magnifier that grows and moves nothing', async ({ page, dashcam }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(dashcam.url);
  await live(page);
  const filter = page.locator('.process-filter');
  const width = async (): Promise<number> => (await filter.boundingBox())?.width ?? 0;
  const heads = async (): Promise<unknown> => [await page.locator('.process-bar').boundingBox(), await page.locator('.process-bar .segmented').nth(1).boundingBox()];
  const before = await heads();
  expect(await width()).toBe(44);
  await filter.click();
  expect(await width()).toBeGreaterThan(200);
  await filter.fill('postgres');
  await expect(page.locator('.process-name').first()).toContainText('postgres');
  expect(await heads()).toEqual(before);
  await filter.blur();
  // What it filters for stays to be read, beside how many there are.
  expect(await width()).toBeGreaterThan(90);
  await expect(page.locator('.process-note')).toContainText(' of ');
  expect(await heads()).toEqual(before);
  await expectAccessible(page, '.process-bar');
  await filter.press('Escape');
  expect(await width()).toBe(44);
});

test('a phone shows five processes, collapsed sections and targets of 44 px', async ({ page, dashcam }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(dashcam.url);
  await live(page);
  await expect(page.locator('.process-name')).toHaveCount(5);
  await expect(page.locator('details.resource-section[open]')).toHaveCount(0);
  for (const target of await page.locator('.bottom-button, .process-bar :is(.icon-button, .segmented, .process-filter)').all()) {
    const box = await target.boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect(box?.width).toBeGreaterThanOrEqual(44);
  }
  // All of them stand on the first screen, above the buttons at its bottom.
  const last = await page.locator('.process-name').last().boundingBox();
  const bottom = await page.locator('.bottom-bar').boundingBox();
  expect((last?.y ?? Infinity) + (last?.height ?? 0)).toBeLessThanOrEqual(bottom?.y ?? 0);
  const thumb = (name: string) => page.getByRole('button', { name, exact: true });
  const clock = page.locator('.state-time');
  await thumb('Hold').click();
  await expect(page.locator('.state-word')).toHaveText('HELD');
  // How far it lies behind goes on by itself: the second does not.
  const second = async (): Promise<string> => (await clock.innerText()).slice(0, 8);
  const seen = [await second()];
  for (const name of ['one sample back', 'one sample back', 'one sample forward']) {
    await thumb(name).click();
    await expect.poll(second).not.toBe(seen.at(-1));
    seen.push(await second());
  }
  expect(seen[3]).toBe(seen[1]);
  await thumb('Live').click();
  await live(page);
});
