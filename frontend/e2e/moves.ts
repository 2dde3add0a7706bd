// What moves on the page without a person having done anything.

import type { Page } from '@playwright/test';
import { cell } from './page';
import { expect } from './server';

/** watchMoves has to be called before the page is opened; what it returns is what moved since. */
export async function watchMoves(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const moved: string[] = [];
    Object.assign(globalThis, { dashcamMoved: moved });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { startTime, sources } = entry as PerformanceEntry & { sources: readonly { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[] };
        for (const { node, previousRect: from, currentRect: to } of sources) {
          const element = node instanceof Element ? node : node?.parentElement;
          // The word of the connection's state is as long as it is: what stands beside it makes room.
          if (element?.closest('.connection-state, .header-windows-select')) continue;
          // Labels of time move with the picture; one that left it meanwhile is known by its place.
          const plots = Array.from(document.querySelectorAll('.plot'), (plot) => plot.getBoundingClientRect());
          if (element ? element.closest('.plot') : plots.some((plot) => to.left >= plot.left && to.right <= plot.right && to.top >= plot.top && to.bottom <= plot.bottom)) continue;
          // A text grows within its slot, from whichever side it stands at. A number that turns
          // bad is of another size, and its line is centred on another pixel.
          const drop = element?.closest('.cell-value') ? 1 : 0;
          if (Math.abs(from.top - to.top) <= drop && (Math.abs(from.right - to.right) < 1 || Math.abs(from.left - to.left) < 1)) continue;
          moved.push(`${startTime.toFixed(0)} ms: ${element?.className ?? ''} "${(node?.textContent ?? '').slice(0, 40)}" from ${from.x.toFixed(0)},${from.y.toFixed(0)} to ${to.x.toFixed(0)},${to.y.toFixed(0)}, ${from.width.toFixed(1)} to ${to.width.toFixed(1)} wide, ${(to.y - from.y).toFixed(2)} down`);
        }
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return () => page.evaluate(() => (globalThis as unknown as { dashcamMoved: string[] }).dashcamMoved);
}

/** Waits until all of the page has come, and a row after it. */
export async function hasCome(page: Page): Promise<void> {
  await expect(page.locator('.first-screen .plot')).toHaveCount(6);
  await expect(page.locator('.process-open').first()).toBeVisible();
  await expect(page.locator('#section-self')).toBeAttached();
  const clock = page.locator('.state-time');
  const before = await clock.innerText();
  await expect(clock).not.toHaveText(before);
  // With an error counted, its number is larger than the dots in its place were.
  await expect(cell(page, 'Network').locator('.cell-value.is-warn')).toHaveCount(1);
}
