// What is wrong, in one sentence of the server under the bar: the same words that the API
// gives, at the second that everything on the page speaks of, and where they lead.

import type { Page } from '@playwright/test';
import { expectAccessible, held, live, open } from './page';
import { type Dashcam, expect, test } from './server';

interface Verdict {
  readonly at: number;
  readonly resource: string;
  readonly text: string;
  readonly clauses: readonly { readonly text: string; readonly at: number }[];
  readonly culprits: readonly { readonly kind: string; readonly name: string }[];
}

async function verdictAt(dashcam: Dashcam, at: number): Promise<Verdict> {
  return (await (await fetch(`${dashcam.url}api/v1/verdict?at=${at}`)).json()) as Verdict;
}

/** The newest second at which the disk of the simulated host was what hurt, and a process did it, well after it began. */
async function diskSaturated(dashcam: Dashcam): Promise<number> {
  const { events } = (await (await fetch(`${dashcam.url}api/v1/events?from=55m&kind=state`)).json()) as { events: readonly { readonly t: number; readonly text: string }[] };
  for (const { t } of events.filter(({ text }) => text.startsWith('disk: ok')).toReversed()) {
    const { at, resource, culprits } = await verdictAt(dashcam, t - 15_000);
    // That of a row: beside a row that is missing the nearest one counts here, and the last one there.
    if (resource === 'disk' && culprits[0]?.kind === 'process') return at;
  }
  throw new Error('the disk was well for an hour');
}

/** The line says what the API says of the newest row: at some moment both are of the same, since a row lasts a second. */
async function expectNewest(page: Page, dashcam: Dashcam): Promise<void> {
  await expect
    .poll(async () => {
      const before = await line(page).innerText();
      const { text } = (await (await fetch(`${dashcam.url}api/v1/verdict`)).json()) as Verdict;
      const after = await line(page).innerText();
      return before === text || after === text;
    })
    .toBe(true);
}

const line = (page: Page) => page.locator('.verdict-line');

/** Opens the page held at a second of the past. */
async function openAt(page: Page, dashcam: Dashcam, t: number): Promise<void> {
  await page.goto(`${dashcam.url}#at=${new Date(t).toISOString()}`);
  await held(page);
  await expect(page.locator('#connection-popover')).toBeAttached();
}

test('the line is the verdict of the newest row, word for word, has its place on every screen, and nothing in it is hidden from axe', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await expectNewest(page, dashcam);
  for (const [width, height] of [[1440, 18], [1280, 18], [390, 36]] as const) {
    await page.setViewportSize({ width, height: 800 });
    expect((await line(page).boundingBox())?.height, `${width} px`).toBe(height);
  }
  await expectAccessible(page, '.verdict-line');
  expect(complaints).toEqual([]);
});

test('at a second of the past it is the verdict of that second, and it comes back to now', async ({ page, dashcam, complaints }) => {
  const t = await diskSaturated(dashcam);
  const then = await verdictAt(dashcam, t);
  expect(then.resource).not.toBe('none');
  await openAt(page, dashcam, t);
  await expect(line(page)).toHaveText(then.text);
  await page.keyboard.press('l');
  await live(page);
  await expectNewest(page, dashcam);
  expect(complaints).toEqual([]);
});

test('while it is fetched there is none: a second never has the words of another', async ({ page, dashcam }) => {
  let release = (): void => undefined;
  const released = new Promise<void>((done) => (release = done));
  await page.route('**/api/v1/verdict*', async (route) => {
    await released;
    await route.continue();
  });
  const t = await diskSaturated(dashcam);
  await openAt(page, dashcam, t);
  await expect(line(page)).toHaveText('…');
  release();
  await expect(line(page)).toHaveText((await verdictAt(dashcam, t)).text);
});

test('a name leads to the row of whom it names, and a clause to its chart and its second, by keys', async ({ page, dashcam, complaints }) => {
  const t = await diskSaturated(dashcam);
  await openAt(page, dashcam, t);
  await expect(line(page)).toHaveText((await verdictAt(dashcam, t)).text);
  const names = page.locator('.verdict-who');
  await expect(names.first()).toBeVisible();
  const who = await names.first().innerText();
  await names.first().press('Enter');
  await expect(page.locator('.process-open').first()).toHaveText(who);
  const service = page.getByRole('button', { name: /^service / }).first();
  if ((await service.count()) > 0) {
    const unit = await service.innerText();
    await service.press('Enter');
    await expect(page.getByRole('radio', { name: 'services' })).toBeChecked();
    await expect(page.getByRole('searchbox')).toHaveValue(unit);
    await expect(page.locator('.service-open').first()).toBeVisible();
  }
  const clause = page.locator('.verdict-clause').first();
  await clause.focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('.full-panel')).toBeVisible();
  await expect(page).toHaveURL(/at=.*&p=|p=.*&at=/);
  await page.keyboard.press('Escape');
  await expect(page.locator('.full-panel')).toHaveCount(0);
  await held(page);
  expect(complaints).toEqual([]);
});
