// Nothing shifts when numbers change: every part of the first screen stays where it is.

import type { Page } from '@playwright/test';
import { hasCome, watchMoves } from './moves';
import { live } from './page';
import { type Dashcam, expect, test } from './server';

/** The parts, each with the fewest of them that a screen has. */
const PARTS: Readonly<Record<string, number>> = {
  '.header-row > *': 5,
  '.connection-state > :is(.state-dot, .state-word, .state-time)': 3,
  '.matrix-cell': 5,
  '.matrix-cell :is(.cell-title, .cell-label, .cell-value, .cell-strip)': 20,
  '.limit-bar': 5,
  '.overview': 1,
  '.first-screen .chart-panel': 6,
  '.first-screen .chart-panel :is(.chart-title, .chart-plot)': 12,
  '.first-screen .legend-item': 5,
  '.process-table th': 4,
  '.bottom-bar > button': 0,
};

const ROWS = 7;

/** Opens the page and waits for what comes last: the processes, and what dashcam itself costs. */
async function open(page: Page, dashcam: Dashcam): Promise<void> {
  await page.goto(dashcam.url);
  await live(page);
  await expect(page.locator('.process-open').first()).toBeVisible();
  // Parts are told apart by their number, and what is fetched when the page is idle adds some that are not seen.
  await expect(page.locator('#connection-popover')).toBeAttached();
  // What is not seen is not written either.
  const cost = page.locator('.header-cost');
  if (await cost.isVisible()) await expect(cost).not.toContainText('—');
}

interface Seen {
  /** How often the clock in the bar went on. */
  readonly rows: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Every part that was somewhere else than at first, and how many texts changed meanwhile. */
  readonly shifts: readonly string[];
  readonly changes: number;
}

/** look takes the place of every part at each row, in the frame after it was drawn. */
const look = (page: Page): Promise<Seen> =>
  page.evaluate(
    async ({ parts, rows: wanted }) => {
      const frame = (): Promise<number> => new Promise((done) => requestAnimationFrame(done));
      const clock = (): string => document.querySelector('.state-time')?.textContent ?? '';
      const places = (): Map<string, readonly number[]> => {
        const found = new Map<string, readonly number[]>();
        for (const part of parts) {
          document.querySelectorAll(part).forEach((el, i) => {
            const { x, y, width, height } = el.getBoundingClientRect();
            const name = el.closest('[data-panel], [aria-label]');
            const where = name?.getAttribute('data-panel') ?? name?.getAttribute('aria-label') ?? '';
            found.set(`${part} ${i} ${where}`, [x, y, width, height]);
          });
        }
        return found;
      };
      const texts = (): string[] => Array.from(document.querySelectorAll('.cell-value, .legend-value, .process-table td'), (el) => el.textContent);
      const counts = Object.fromEntries(parts.map((part) => [part, document.querySelectorAll(part).length]));
      const isLive = (): boolean => document.querySelector('.state-word')?.textContent === 'LIVE';
      const until = performance.now() + 40_000;
      // What says that a row is late, as on a busy machine, has other words in the bar.
      while (!isLive() && performance.now() < until) await frame();
      const [first, shifts] = [places(), new Set<string>()];
      let [seen, rows, changes, before] = [clock(), 0, 0, texts()];
      while (rows < wanted && performance.now() < until) {
        await frame();
        if (clock() === seen || !isLive()) continue;
        seen = clock();
        await frame();
        if (!isLive()) continue;
        rows++;
        const [now, after] = [places(), texts()];
        for (const [part, place] of first) {
          const there = now.get(part);
          // Widths are kept in sixty-fourths of a pixel, and sums of them are rounded: nobody sees a tenth.
          if (!there || place.some((n, i) => Math.abs(n - (there[i] ?? NaN)) > 0.1)) shifts.add(`${part}: ${place.join(' ')} → ${there?.join(' ') ?? 'gone'}`);
        }
        for (const part of now.keys()) if (!first.has(part)) shifts.add(`${part} came`);
        changes += after.filter((text, i) => text !== before[i]).length;
        before = after;
      }
      return { rows, counts, shifts: Array.from(shifts), changes };
    },
    { parts: Object.keys(PARTS), rows: ROWS },
  );

for (const [width, height] of [[1440, 900], [390, 844]] as const) {
  test(`nothing moves while the page comes, nor shifts while numbers change, ${width} by ${height}`, async ({ page, calm }) => {
    await page.setViewportSize({ width, height });
    const moved = await watchMoves(page);
    await open(page, calm);
    await hasCome(page);
    expect(await moved()).toEqual([]);
    const { rows, counts, shifts, changes } = await look(page);
    expect(rows).toBe(ROWS);
    expect(changes).toBeGreaterThan(ROWS * 10);
    for (const [part, fewest] of Object.entries(PARTS)) expect(counts[part], part).toBeGreaterThanOrEqual(fewest);
    expect(shifts).toEqual([]);
  });
}

test('a phone has room for the clock and its offset, live and held, beside the chip of a demo', async ({ page, dashcam }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, dashcam);
  await expect(page.locator('.chip')).toBeInViewport({ ratio: 1 });
  for (const [key, word] of [['Space', 'HELD'], ['l', 'LIVE']] as const) {
    await page.keyboard.press(key);
    await expect(page.locator('.state-word')).toHaveText(word);
    const inside = await page.locator('.state-time').evaluate((el) => {
      const text = el.firstChild;
      const offset = /^\d\d:\d\d:\d\d [+-]\d\d:\d\d/.exec(el.textContent)?.[0] ?? '';
      if (!text || offset === '') return false;
      const range = document.createRange();
      range.setStart(text, 0);
      range.setEnd(text, offset.length);
      const [box, words] = [el.getBoundingClientRect(), range.getBoundingClientRect()];
      return words.width > 0 && words.left >= box.left - 0.5 && words.right <= box.right + 0.5 && words.bottom <= box.bottom + 4;
    });
    expect(inside, word).toBe(true);
  }
  // The longest words there are beside the name: nothing of it is cut, and the bar is no wider than the phone.
  const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
  await page.evaluate((hash) => location.replace(hash), `#from=${at(-1200)}&to=${at(-900)}&at=${at(-1000)}`);
  await expect(page.locator('.state-word')).toHaveText('RANGE');
  await expect(page.locator('.window-select')).toHaveValue('');
  for (const [part, word] of [['.header-name', 'name'], ['.header-row', 'bar']] as const) expect(await page.locator(part).evaluate((el) => el.scrollWidth - el.clientWidth), word).toBeLessThanOrEqual(0);
});

test('names in Limits are cut to their room and never by the box', async ({ page, dashcam }) => {
  await open(page, dashcam);
  for (const width of [1440, 1100, 700, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const names = page.locator('.limit:not([hidden]) .limit-text');
    await expect.poll(() => names.count()).toBeGreaterThan(4);
    await expect.poll(() => names.evaluateAll((all) => all.filter((el) => el.scrollWidth > el.clientWidth).map((el) => el.textContent)), `${width} px`).toEqual([]);
    expect((await names.allTextContents()).filter((name) => / …|… /.test(name))).toEqual([]);
  }
});
