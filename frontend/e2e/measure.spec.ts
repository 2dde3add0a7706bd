// What a page costs (`make measure`, four minutes on a quiet machine). It prints a table
// and fails for nothing that depends on the machine, so the browser tests leave it out.

import { loadavg } from 'node:os';
import type { CDPSession } from '@playwright/test';
import { linkTo } from './link';
import { expect, test } from './server';

const WATCH_S = 20;
const HEAP_S = Number(process.env.DASHCAM_MEASURE_HEAP_S ?? '120');

/** What the page's own clock said, written by the script below. */
interface Clocked {
  dashcamArrived?: { at: number; type: string }[];
  dashcamDrawn?: number[];
}

async function metrics(session: CDPSession): Promise<Record<string, number>> {
  const { metrics: list } = await session.send('Performance.getMetrics');
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  return (await session.send('Runtime.getHeapUsage')).usedSize;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

test('what a page costs', async ({ page, dashcam }) => {
  test.setTimeout(300_000);
  await page.addInitScript(() => {
    const clocked = globalThis as Clocked;
    const arrived: { at: number; type: string }[] = (clocked.dashcamArrived = []);
    const drawn: number[] = (clocked.dashcamDrawn = []);
    const Plain = WebSocket;
    globalThis.WebSocket = class extends Plain {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
          arrived.push({ at: performance.now(), type: /^\{"type":"(\w+)"/.exec(String(data).slice(0, 40))?.[1] ?? '' });
        });
      }
    };
    // Lines are drawn by stroke alone; a frame's drawing is over when the next task begins.
    const original = Object.getOwnPropertyDescriptor(CanvasRenderingContext2D.prototype, 'stroke')?.value as (...all: unknown[]) => void;
    let noted = false;
    CanvasRenderingContext2D.prototype.stroke = function (this: CanvasRenderingContext2D, ...all: unknown[]) {
      original.apply(this, all);
      if (noted) return;
      noted = true;
      queueMicrotask(() => {
        drawn.push(performance.now());
        noted = false;
      });
    };
  });
  const wire = await linkTo(dashcam);
  await page.goto(wire.url);
  await expect(page.locator('.state-word')).toHaveText('LIVE');
  await expect(page.locator('.plot canvas').nth(11)).toBeAttached();
  const bytes = wire.bytes();
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');

  const first = await page.evaluate(() => {
    const { dashcamArrived = [], dashcamDrawn = [] } = globalThis as Clocked;
    const history = dashcamArrived.find(({ type }) => type === 'history')?.at ?? NaN;
    return dashcamDrawn.find((at) => at > history) ?? NaN;
  });

  const heapBefore = await heap(session);
  const [before, load] = [await metrics(session), loadavg()[0] ?? NaN];
  await page.waitForTimeout(WATCH_S * 1000);
  const after = await metrics(session);
  const perSecond = (name: string): string => (((after[name] ?? NaN) - (before[name] ?? NaN)) * 1000 / WATCH_S).toFixed(1);
  const delays = await page.evaluate(() => {
    const { dashcamArrived = [], dashcamDrawn = [] } = globalThis as Clocked;
    return dashcamArrived.filter(({ type }) => type === 'frame').flatMap(({ at }) => {
      const drawn = dashcamDrawn.find((each) => each >= at);
      return drawn === undefined ? [] : [drawn - at];
    });
  });
  await page.waitForTimeout((HEAP_S - WATCH_S) * 1000);
  const heapAfter = await heap(session);
  const chartCount = await page.locator('.first-screen .plot').count();
  wire.end();

  const rows: readonly (readonly [string, string])[] = [
    ['charts on the first screen', String(chartCount)],
    ['load of the machine (1 min)', load.toFixed(2)],
    ['bytes to the first live view, socket included', `${(bytes / 1024).toFixed(1)} KiB`],
    ['navigation to charts drawn with history', `${first.toFixed(0)} ms`],
    ['row received to drawn, p50', `${median(delays).toFixed(1)} ms of ${delays.length} rows`],
    ['main thread per second of viewing', `${perSecond('TaskDuration')} ms`],
    ['  of it script', `${perSecond('ScriptDuration')} ms`],
    ['  of it style and layout', `${(Number(perSecond('LayoutDuration')) + Number(perSecond('RecalcStyleDuration'))).toFixed(1)} ms`],
    [`heap growth in ${HEAP_S} s`, `${((heapAfter - heapBefore) / 1024).toFixed(0)} KiB`],
  ];
  process.stdout.write(`${rows.map(([name, value]) => `${name.padEnd(50)}${value}`).join('\n')}\n`);
  expect(delays.length).toBeGreaterThan(WATCH_S / 2);
});
