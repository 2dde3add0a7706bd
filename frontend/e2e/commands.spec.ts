// One table of commands: what the keys obey, what the help shows, what the palette finds.

import { bindings } from '../src/palette/bindings';
import { held, live, open } from './page';
import { expect, test } from './server';

test('the help is the table of keys, and the palette has every command of it', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keys' });
  // It is a part that comes later: a fast hand is there before it.
  await expect(help).toBeVisible();
  const rows = await help.locator('dl > div').evaluateAll((all) => all.map((row) => `${row.querySelector('dt')?.textContent}: ${Array.from(row.querySelectorAll('kbd'), (key) => key.textContent).join(' ')}`));
  const wanted = bindings.filter(({ keys }) => keys.length > 0).map(({ title, keys }) => `${title}: ${keys.map(({ label }) => label).join(' ')}`);
  expect([...rows].sort()).toEqual([...wanted].sort());
  await page.keyboard.press('Escape');

  await page.keyboard.press('/');
  const palette = page.getByRole('dialog', { name: 'find' });
  const input = palette.getByRole('combobox');
  // A host that remembers an hour has no week to show, and nobody signed in.
  const absent = ['window-7', 'window-8', 'sign-out'];
  await expect(input).toBeFocused();
  // All of them in the page: a way to it and back for each is most of what it took.
  const found = await input.evaluate(async (field: HTMLInputElement, titles) => {
    const all: string[][] = [];
    for (const title of titles) {
      field.value = title;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      all.push(Array.from(field.closest('dialog')?.querySelectorAll('[role="option"]') ?? [], (option) => option.textContent));
    }
    return all;
  }, bindings.map(({ title }) => title));
  for (const [i, { id, title, keys }] of bindings.entries()) {
    if (absent.includes(id)) expect(found[i]?.filter((text) => text.includes(title))).toEqual([]);
    else expect(found[i]?.[0]).toBe(`${title}action${keys[0]?.label ?? ''}`);
  }
  expect(complaints).toEqual([]);
});

test('what is pressed in the palette is done', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const choose = async (typed: string): Promise<void> => {
    await page.keyboard.press('/');
    await page.keyboard.type(typed);
    await page.keyboard.press('Enter');
  };
  await choose('show one hour');
  await expect(page).toHaveURL(/#w=1h$/);
  await choose('hold this moment');
  await expect(page.locator('.state-word')).toHaveText('HELD');
  await choose('close everything');
  await live(page);
  await choose('go to network');
  await expect(page.locator('#section-network > summary')).toBeFocused();
  await choose('go to processes');
  await expect(page.locator('.process-scroll')).toBeFocused();
  await choose('settings');
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  // Nothing opens over something that is open, and letters belong to it.
  await page.keyboard.press('?');
  await page.keyboard.press('3');
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeHidden();
  await expect(page).toHaveURL(/#w=1h$/);
  expect(complaints).toEqual([]);
});

test('the palette finds times, pids, series, sections and who has ended', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const palette = page.getByRole('dialog', { name: 'find' });
  const input = palette.getByRole('combobox');
  const first = palette.getByRole('option').first();
  await page.keyboard.press('/');
  await input.fill('steal');
  await expect(palette.getByRole('option').filter({ hasText: 'cpu.usage steal' })).toHaveText('cpu.usage stealseries');
  await input.fill('go to services');
  await expect(first).toHaveText('Go to Services and containerssection');
  await input.fill('-2m');
  await expect(first).toContainText(/^Go to (\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\dtime$/);
  await page.keyboard.press('Enter');
  await held(page);
  await expect(page.locator('.state-time')).toContainText('2\u00a0m');
  await page.keyboard.press('l');
  await live(page);

  // One that does not end: the first of all may be a dump in its last second.
  const row = page.locator('tbody tr').filter({ has: page.locator('.process-open').getByText('node', { exact: true }) }).first();
  const pid = await row.locator('.column-pid').innerText();
  await page.keyboard.press('/');
  await input.fill(pid);
  await expect(first).toHaveText(new RegExp(` ${pid}process$`));
  await page.keyboard.press('Enter');
  await expect(page.locator('tr.is-opened .column-pid')).toHaveText(pid);
  await page.keyboard.press('Escape');

  // Once in a few minutes the simulated host has a pg_dump, which then ends.
  await page.keyboard.press('/');
  const ended = palette.getByRole('option').filter({ hasText: 'last seen' }).first();
  await expect(async () => {
    await input.fill('');
    await input.fill('pg_dump');
    await expect(ended).toBeVisible({ timeout: 500 });
  }).toPass();
  await ended.click();
  await held(page);
  await expect(page.locator('tr.is-opened .process-open')).toHaveText('pg_dump');

  await page.keyboard.press('l');
  await page.keyboard.press('/');
  await page.keyboard.type('go to a date');
  await page.keyboard.press('Enter');
  const date = page.getByRole('dialog', { name: 'Go to a date' });
  await expect(date.getByLabel('Date and time')).not.toHaveValue('');
  await date.getByLabel('Date and time').fill('2020-01-02T03:04:05');
  await page.keyboard.press('Enter');
  await expect(page.locator('.forgotten-bar')).toContainText('2020-01-02 03:04:05 is not remembered any more');
  expect(complaints).toEqual([]);
});

test('more limits than have room are a list, on a touch or a click', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  await expect(page.locator('.limits-cell').getByText(/^\+\d+ more$/).filter({ visible: true })).toHaveCount(1);
  await page.getByRole('button', { name: 'all limits' }).click();
  const list = page.locator('.limits-popover');
  await expect(list.locator('.limit')).not.toHaveCount(0);
  expect(await list.locator('.limit').count()).toBeGreaterThan(5);
  await page.keyboard.press('Escape');
  await expect(list).toBeHidden();
  await page.getByRole('button', { name: 'about the order' }).focus();
  await expect(page.locator('.reason-tip')).toContainText('stands still while the pointer');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator('.process-filter').fill('postgres');
  await expect(page.locator('.process-note')).toContainText(' of ');
  expect(complaints).toEqual([]);
});

test('keys are left alone with Ctrl, Alt or Meta, while composing, and in inputs', async ({ page, dashcam, complaints }) => {
  await open(page, dashcam);
  const send = (init: KeyboardEventInit): Promise<boolean> =>
    page.evaluate((text) => document.body.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...(JSON.parse(text) as KeyboardEventInit) })), JSON.stringify(init));
  const left: readonly KeyboardEventInit[] = [{ ctrlKey: true }, { altKey: true }, { metaKey: true }, { isComposing: true }, { repeat: true }];
  for (const init of left) {
    // What is left alone is not prevented.
    expect(await send({ key: '3', code: 'Digit3', ...init }), JSON.stringify(init)).toBe(true);
  }
  await page.locator('.process-filter').focus();
  await page.keyboard.type('3lt');
  await expect(page.locator('.process-filter')).toHaveValue('3lt');
  await expect(page).toHaveURL(/#f=3lt$/);
  await page.keyboard.press('Escape');
  // Another script: by the place of the key.
  expect(await send({ key: 'д', code: 'KeyL' })).toBe(false);
  expect(await send({ key: '3', code: 'Digit3' })).toBe(false);
  await expect(page).toHaveURL(/#w=15m$/);
  expect(complaints).toEqual([]);
});
