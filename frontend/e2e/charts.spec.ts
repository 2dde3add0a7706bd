import { follow, viewDrawCount, watchPage } from './observer';
import { cell, held, live } from './page';
import { expect, test } from './server';

test('a held view draws nothing, charts, strips and trails included', async ({ page, calm: dashcam, complaints }) => {
  await watchPage(page);
  const told = follow(page);
  await page.goto(dashcam.url);
  await live(page);
  // While a resource is well its cell says what is worth knowing of it.
  for (const [title, caption] of [['CPU', /^busiest core [\d.]+ %$/], ['Memory', /^[\d.]+ GiB of 64\.0 GiB$/], ['Disk', /^\S+, worst of 2$/]] as const) await expect(cell(page, title).locator('.cell-note')).toHaveText(caption);
  await page.keyboard.press('Space');
  await held(page);
  // What was on its way when the view was held is drawn; then rows come and nothing is.
  let before = { draws: -1, row: Infinity };
  await expect.poll(async () => {
    const last = before;
    before = { draws: await viewDrawCount(page), row: told.store.newest };
    return before.draws === last.draws && before.row >= last.row + 4;
  }, { intervals: [1500] }).toBe(true);
  await page.keyboard.press('l');
  await live(page);
  await expect.poll(() => viewDrawCount(page)).toBeGreaterThan(before.draws);
  expect(complaints).toEqual([]);
});
