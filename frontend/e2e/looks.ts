// A simulated host whose clock stands at one time in every run: what it was yesterday is
// what it is today, but for the times. They are moved on their way to the page, and back
// in what the page asks for.

import type { Page } from '@playwright/test';
import type { Dashcam } from './server';

/** The first second that the host remembers, as the page sees it. */
export const BEGIN = Date.UTC(2026, 0, 15, 9, 0, 0);

/** Every field that is a time, in Unix milliseconds. */
const TIMES = new Set(['t', 'T', 'nowMs', 'oldestT', 'bootMs', 'sinceMs', 'from', 'to', 'atMs']);

/** What is smaller counts from somewhere else, as a page's own clock does. */
const isTime = (value: unknown): value is number => typeof value === 'number' && value > 1e12;

/** standAt lets the page see the host's past begin at BEGIN. */
export async function standAt(page: Page, dashcam: Dashcam): Promise<void> {
  // The synthetic host lives from its first row on; that is what every reading is a function of.
  const { t } = (await (await fetch(`${dashcam.url}api/v1/row?seq=1`)).json()) as { t: readonly [number] };
  const ahead = BEGIN - t[0];
  const moved = (text: string): string =>
    JSON.stringify(
      JSON.parse(text, (key, value: unknown) => {
        if (!TIMES.has(key)) return value;
        if (Array.isArray(value)) return value.map((each: unknown) => (isTime(each) ? each + ahead : each));
        return isTime(value) ? value + ahead : value;
      }),
    );
  await page.routeWebSocket('**/ws', (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => socket.send(moved(message.toString())));
  });
  await page.route('**/api/v1/**', async (route) => {
    const url = new URL(route.request().url());
    for (const [name, value] of url.searchParams) if (TIMES.has(name) || name === 'at') if (isTime(Number(value))) url.searchParams.set(name, String(Number(value) - ahead));
    try {
      const response = await route.fetch({ url: url.href });
      await route.fulfill({ response, body: moved(await response.text()) });
    } catch {
      await route.abort().catch(() => undefined); // the test is over, and the server with it
    }
  });
}
