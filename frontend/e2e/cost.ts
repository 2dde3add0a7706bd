// What a page costs a browser: processor time of its main thread and of all of the
// browser's processes. Time of the clock would also count what others do on the machine.

import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { Server } from 'node:net';
import type { Browser, BrowserContext, CDPSession, Page } from '@playwright/test';

/** Milliseconds of processor time per second of viewing; browser is percent of a core. */
export interface Cost {
  readonly main: number;
  readonly script: number;
  readonly styleAndLayout: number;
  readonly browser: number;
}

/** costOf watches a page for so long. */
export async function costOf(browser: Browser, page: Page, seconds: number): Promise<Cost> {
  const session = await page.context().newCDPSession(page);
  // Thread time: a thread that has to wait for its turn is not counted.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const pids = await processes(browser);
  const [before, cpuBefore] = [await metrics(session), cpuMs(pids)];
  await page.waitForTimeout(seconds * 1000);
  const [after, cpuAfter] = [await metrics(session), cpuMs(pids)];
  const perSecond = (name: string): number => (((after[name] ?? NaN) - (before[name] ?? NaN)) * 1000) / seconds;
  return {
    main: perSecond('TaskDuration'),
    script: perSecond('ScriptDuration'),
    styleAndLayout: perSecond('LayoutDuration') + perSecond('RecalcStyleDuration'),
    browser: (cpuAfter - cpuBefore) / seconds / 10,
  };
}

async function metrics(session: CDPSession): Promise<Record<string, number>> {
  const { metrics: list } = await session.send('Performance.getMetrics');
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

async function processes(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.map(({ id }) => id);
}

/** User and system time of processes, from /proc/PID/stat, in ticks of 10 ms. */
function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
      return sum + 10 * (Number(fields[11]) + Number(fields[12]));
    } catch {
      return sum; // it has ended
    }
  }, 0);
}

/** heapOf is what is alive after a collection, in bytes. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/**
 * barePage is what charts cost at the least: so many canvases with axes, so many lines of
 * one pixel and so many points, drawn anew once a second by the plain calls of a canvas,
 * and nothing else. Lines of 1.5 pixels cost four times as much, and would flatter us.
 */
export async function barePage(charts: readonly number[], points: number): Promise<{ url: string; end(): void }> {
  const draw = `
    const width = 448, height = 156;
    const colors = ['#157ec5', '#c1810b', '#00815e', '#a8487c', '#4a3fc0'];
    const wave = (c, l, t) => 50 + 20 * Math.sin(t / 9 + l) + 10 * Math.sin(t * (c + 2));
    const plots = ${JSON.stringify(charts)}.map((lines) => {
      const canvas = document.body.appendChild(document.createElement('canvas'));
      canvas.width = width;
      canvas.height = height;
      return { lines, ctx: canvas.getContext('2d') };
    });
    let t = 0;
    const tick = () => {
      t++;
      plots.forEach(({ lines, ctx }, c) => {
        ctx.clearRect(0, 0, width, height);
        ctx.fillStyle = '#eaeff2';
        for (const y of [6, 72, 137]) ctx.fillRect(44, y, width - 44, 1);
        ctx.fillStyle = '#5f6c76';
        for (const y of [6, 72, 137]) ctx.fillText(String(200 - y), 12, y + 4);
        for (let i = 0; i < 5; i++) ctx.fillText('18:0' + ((i + t) % 10), 60 + 76 * i, 152);
        for (let l = 0; l < lines; l++) {
          ctx.strokeStyle = colors[l % 5];
          ctx.lineWidth = 1;
          ctx.beginPath();
          for (let i = 0; i < ${points}; i++) ctx.lineTo(44 + (i * (width - 44)) / ${points}, 137 - 1.3 * wave(c, l, t + i));
          ctx.stroke();
        }
      });
    };
    tick();
    setInterval(() => requestAnimationFrame(tick), 1000);`;
  const body = `<!doctype html><title>bare</title><body style="display:grid;grid-template-columns:repeat(3,1fr)"><script>${draw}</script>`;
  const server = createHttpServer((_, response) => response.setHeader('content-type', 'text/html').end(body));
  return { url: await listening(server), end: () => void server.close() };
}

/**
 * copyPage has so many pictures that go on by two pixels a second: moved by a copy onto
 * themselves with five columns put beside it, or with all of their pixels put anew.
 */
export async function copyPage(pictures: number, moved: boolean): Promise<{ url: string; end(): void }> {
  const draw = `
    const width = 448, height = 156, step = 2, fresh = 5;
    const contexts = Array.from({ length: ${pictures} }, () => {
      const canvas = document.body.appendChild(document.createElement('canvas'));
      canvas.width = width;
      canvas.height = height;
      return canvas.getContext('2d', { alpha: false });
    });
    const pixels = (wide) => {
      const image = new ImageData(wide, height);
      new Uint32Array(image.data.buffer).forEach((_, i, all) => (all[i] = 0xff000000 | (i * 7919)));
      return image;
    };
    const tick = () => {
      for (const ctx of contexts) {
        if (${moved}) {
          ctx.drawImage(ctx.canvas, step, 0, width - step, height, 0, 0, width - step, height);
          ctx.putImageData(pixels(fresh), width - fresh, 0);
        } else ctx.putImageData(pixels(width), 0, 0);
      }
    };
    for (const ctx of contexts) ctx.putImageData(pixels(width), 0, 0);
    setInterval(() => requestAnimationFrame(tick), 1000);`;
  const body = `<!doctype html><title>copy</title><body style="display:grid;grid-template-columns:repeat(3,1fr)"><script>${draw}</script>`;
  const server = createHttpServer((_, response) => response.setHeader('content-type', 'text/html').end(body));
  return { url: await listening(server), end: () => void server.close() };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}

/** What the page's own clock said, written by the script below. */
interface Clocked {
  dashcamArrived?: { at: number; type: string; t: number }[];
  dashcamDrawn?: number[];
  /** When all of the first screen was there for the first time. */
  dashcamWhole?: number;
}

/** clock has to be called before a page is opened: it notes when messages came and when frames with charts had been painted. */
export async function clock(context: BrowserContext | Page): Promise<void> {
  await context.addInitScript(() => {
    const clocked = globalThis as Clocked;
    const arrived: { at: number; type: string; t: number }[] = (clocked.dashcamArrived = []);
    const drawn: number[] = (clocked.dashcamDrawn = []);
    const Plain = WebSocket;
    globalThis.WebSocket = class extends Plain {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
          const head = String(data).slice(0, 120);
          arrived.push({ at: performance.now(), type: /^\{"type":"(\w+)"/.exec(head)?.[1] ?? '', t: Number(/"t":(\d+)/.exec(head)?.[1] ?? NaN) });
        });
      }
    };
    // A chart is what is drawn on a plot: a strip in the matrix is none. A message that is sent meanwhile comes when the frame has been painted.
    const { port1, port2 } = new MessageChannel();
    let noted = false;
    port1.onmessage = () => {
      drawn.push(performance.now());
      noted = false;
      if (clocked.dashcamWhole !== undefined) return;
      const live = document.querySelector('.state-word')?.textContent === 'LIVE';
      if (live && document.querySelectorAll('.first-screen .plot').length === 6 && document.querySelector('.process-open')) clocked.dashcamWhole = performance.now();
    };
    for (const name of ['stroke', 'fill', 'fillRect', 'drawImage', 'putImageData'] as const) {
      const original = Object.getOwnPropertyDescriptor(CanvasRenderingContext2D.prototype, name)?.value as (...all: unknown[]) => void;
      Object.defineProperty(CanvasRenderingContext2D.prototype, name, {
        value(this: CanvasRenderingContext2D, ...all: unknown[]) {
          original.apply(this, all);
          if (noted || this.canvas.closest('.plot') === null) return;
          noted = true;
          port2.postMessage(null);
        },
      });
    }
  });
}

/** The moments of a page, in milliseconds. */
export interface Moments {
  /** From navigation until its own bytes were there and evaluated: what is deferred runs before this event. */
  readonly loaded: number;
  /** From navigation to the first frame drawn with history, and to the first screen that is live, with all charts and processes. */
  readonly first: number;
  readonly whole: number;
  /** When the last of what that shows had come, the table of processes behind all rows, in Unix milliseconds. */
  readonly cameAt: number;
  /** From a row received to painted, and from its tick on the host to painted. */
  readonly received: readonly number[];
  readonly ticked: readonly number[];
}

export const momentsOf = (page: Page): Promise<Moments> =>
  page.evaluate(() => {
    const { dashcamArrived = [], dashcamDrawn = [], dashcamWhole = NaN } = globalThis as Clocked;
    const after = (at: number): number => dashcamDrawn.find((drawn) => drawn >= at) ?? NaN;
    const rows = dashcamArrived.filter(({ type, at }) => type === 'frame' && !Number.isNaN(after(at)));
    const [navigation] = performance.getEntriesByType('navigation');
    return {
      loaded: navigation instanceof PerformanceNavigationTiming ? navigation.domContentLoadedEventStart : NaN,
      first: after(dashcamArrived.find(({ type }) => type === 'history')?.at ?? NaN),
      whole: dashcamWhole,
      cameAt: performance.timeOrigin + (dashcamArrived.find(({ type }) => type === 'table')?.at ?? NaN),
      received: rows.map(({ at }) => after(at) - at),
      ticked: rows.map(({ at, t }) => performance.timeOrigin + after(at) - t),
    };
  });
