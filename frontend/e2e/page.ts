// What the browser tests do with a page again and again.

import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect } from './server';

export const live = (page: Page): Promise<void> => expect(page.locator('.state-word')).toHaveText('LIVE');
export const held = (page: Page): Promise<void> => expect(page.locator('.state-word')).toHaveText('HELD');

/** A chart of the first screen. */
export const chart = (page: Page, title: string): Locator =>
  page.locator('.first-screen .chart-panel').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

export const plot = (page: Page, title: string): Locator => chart(page, title).locator('.plot');

/** A cell of the matrix. */
export const cell = (page: Page, title: string): Locator => page.locator('.matrix-cell').filter({ has: page.getByRole('heading', { name: title, exact: true }) });

/** Opens the page and waits until everything on the first screen has something to show. */
export async function openFirst(page: Page, dashcam: { readonly url: string }, fragment = ''): Promise<void> {
  await page.goto(`${dashcam.url}${fragment}`);
  await live(page);
  await expect(page.locator('.first-screen .plot')).toHaveCount(6);
  await expect(page.locator('.process-open').first()).toBeVisible();
}

/** Opens the page and waits until the parts that come later are there too: what is pointed at, pressed or asked before is another test's question. */
export async function open(page: Page, dashcam: { readonly url: string }, fragment = ''): Promise<void> {
  await openFirst(page, dashcam, fragment);
  await expect(page.locator('#connection-popover')).toBeAttached();
}

/** The first pixels of a chart are its gutter. */
export const gutter = 44;

/** A point in a chart, by the share of the window that lies before it. */
export async function pointIn(plotOf: Locator, share: number): Promise<{ x: number; y: number }> {
  const box = await plotOf.boundingBox();
  if (!box) throw new Error('no chart');
  return { x: box.x + gutter + (box.width - gutter) * share, y: box.y + box.height / 2 };
}

/** expectPointed expects the table to be of the second under a pointer, which lets go when it has been at rest for ten seconds: a busy machine may take as long to look. */
export async function expectPointed(page: Page, at: { readonly x: number; readonly y: number }): Promise<void> {
  let looks = 0;
  await expect
    .poll(async () => {
      const title = await page.locator('.process-title').textContent();
      await page.mouse.move(at.x, at.y + (looks++ % 2));
      return title;
    })
    .toMatch(/^Processes at \d\d:\d\d:\d\d/);
}

/** watchNotes has to be called before the page is opened; what it returns is what was said. A note goes by itself after three seconds, which a busy machine may take to look. */
export async function watchNotes(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const notes = new Set<string>();
    Object.assign(globalThis, { dashcamNotes: notes });
    new MutationObserver(() => notes.add(document.querySelector('.note')?.textContent ?? '')).observe(document, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => Array.from((globalThis as { dashcamNotes?: Set<string> }).dashcamNotes ?? []));
}

/** What axe asks of a page in another theme: nothing else depends on its colours. */
export const colours: readonly string[] = ['color-contrast'];

/** axe finds nothing in parts of the page or in what lies over it, or in the whole of it, by all of its rules or by some. A view is looked at once. */
export async function expectAccessible(page: Page, parts: string | readonly string[] = [], rules?: readonly string[]): Promise<void> {
  // It is half a megabyte of script: a page that has it needs no second one.
  const isThere = await page.evaluate(() => 'axe' in globalThis);
  // A page without frames needs none of what joins them, which is another page; nothing is read but what is wrong, and no style sheet again.
  const builder = new AxeBuilder({ page, ...(isThere && { axeSource: 'undefined' }) }).setLegacyMode().options({ resultTypes: ['violations'], preload: false });
  if (rules !== undefined) builder.withRules([...rules]);
  for (const part of [parts].flat()) builder.include(part);
  const { violations } = await builder.analyze();
  expect(violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
}
