// A message reaches a webhook, and its link silences the alert in a real browser: only when the
// button is pressed.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Dashcam, expect, freePort, test } from './server';

test('the link of a message asks, and its button silences', async ({ page }) => {
  const messages: string[] = [];
  const hook = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => void (body += data.toString()));
    request.on('end', () => {
      messages.push((JSON.parse(body) as { text: string }).text);
      response.end();
    });
  });
  await new Promise<void>((done) => hook.listen(0, '127.0.0.1', done));
  const { port } = hook.address() as AddressInfo;
  const dashcam = new Dashcam(process.env.DASHCAM_BINARY ?? '', await freePort(), ['--demo', '--seed', '7', '--auth', 'token', '--notify', `http://127.0.0.1:${port}/`]);
  try {
    await dashcam.start();
    // The alert fires at the end of the hour that is made up, and is told half a minute later.
    await expect.poll(() => messages.length, { timeout: 120_000 }).toBeGreaterThan(0);
    const message = messages[0] ?? '';
    const link = /silence for 8 h: (\S+)/.exec(message)?.[1] ?? '';
    expect(link).toContain(`${dashcam.url}silence?t=`);
    await page.goto(link);
    await expect(page.getByText('Silence filesystem-fills, mount /var, for 8 h?')).toBeVisible();
    await page.getByRole('button', { name: 'Silence' }).click();
    await expect(page.getByText('Silenced: filesystem-fills, mount /var, for 8 h.')).toBeVisible();
    await page.goto(`${link}x`);
    await expect(page.getByText('this link is not one of this dashcam')).toBeVisible();
    // The second that the message leads to.
    const second = /(\S+#at=\S+)/.exec(message)?.[1] ?? '';
    expect(new Date(second.split('#at=')[1] ?? '').getTime()).toBeGreaterThan(Date.now() - 600_000);
  } finally {
    await dashcam.stop();
    hook.close();
  }
});
