// One table of commands: what the keys obey, what the help shows, what the palette finds.

import { bindings } from '../src/palette/bindings';
import { live, open } from './page';
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
  for (const { title, keys } of bindings) {
    await input.fill(title);
    await expect(palette.getByRole('option').first()).toHaveText(`${title}action${keys[0]?.label ?? ''}`);
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
