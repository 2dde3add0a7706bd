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
