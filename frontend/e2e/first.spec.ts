// How the page comes: what is asked for, and that nothing moves once it is there.

import { hasCome, watchMoves } from './moves';
import { live } from './page';
import { expect, test } from './server';

test('the head of the page asks once, for all that the first screen needs', async ({ page, dashcam, complaints }) => {
  const sent: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => void sent.push(String(payload))));
  // The page itself comes late: whoever asks is not part of it.
  await page.route('**/assets/app.js*', async (route) => {
    await expect.poll(() => sent.length).toBe(1);
    await route.continue();
  });
  await page.goto(`${dashcam.url}#w=15m`);
  await live(page);
  await expect(page.locator('.process-open').first()).toBeVisible();
  const asked = sent.map((text) => JSON.parse(text) as { type: string }).filter(({ type }) => type === 'subscribe');
  expect(asked).toEqual([{ type: 'subscribe', topics: ['metrics', 'processes', 'verdict'], window: 901, parts: true }]);
  expect(complaints).toEqual([]);
});

// On a desk and on a phone steady.spec looks, too.
test('nothing moves while the page comes, nor after, on a small laptop', async ({ page, calm: dashcam }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  const moved = await watchMoves(page);
  await page.goto(dashcam.url);
  await live(page);
  await hasCome(page);
  expect(await moved()).toEqual([]);
});
