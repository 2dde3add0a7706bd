// Hours of a page in minutes: the page as it is built, in a browser, on a clock that goes on
// as fast as the page can follow, with a socket whose other end is in the page, too. It says
// what a real host said, again and again, every second of that clock, with processes that
// come and go and events. What the page asks over HTTP about its hours is answered alike.

import type { Page } from '@playwright/test';
import { KEPT_ROWS } from '../src/data/rows';
import { type Dashcam, expect } from './server';
import { open } from './page';

/** What the script below leaves for the test. */
interface Simulated {
  dashcamHours?: {
    /** Lets the clock go on; what is due meanwhile happens. */
    advance(ms: number): Promise<void>;
    /** How long it is to shortly behind the next row. */
    toRow(): number;
    /** How often a picture was moved, and how often all of one was painted. */
    readonly moved: () => number;
    readonly whole: () => number;
    readonly rows: () => number;
    /** Remembers what the charts show. */
    keep(): void;
    /** How many pixels of each are others than remembered. */
    compare(): { readonly pixels: number; readonly others: number }[];
  };
}

/** hostSays is what a page is told until all of its first screen is there. */
async function hostSays(page: Page, dashcam: Dashcam): Promise<string[]> {
  const told: string[] = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => told.push(String(payload))));
  await open(page, dashcam, '#w=15m');
  const has = (head: string): boolean => told.some((text) => text.startsWith(head));
  await expect.poll(() => has('{"type":"verdict"') && has('{"type":"table"')).toBe(true);
  return told;
}

/** openHours opens a page on such a clock, with as many rows as a page holds. */
export async function openHours(page: Page, dashcam: Dashcam, address: string): Promise<Hours> {
  const told = await hostSays(page, dashcam);
  const failed: string[] = [];
  page.on('pageerror', (error) => failed.push(String(error)));
  await page.addInitScript(simulate, { told, kept: KEPT_ROWS });
  await page.goto(`${dashcam.url}${address}`);
  expect(failed, 'what the host said is enough for its hours').toEqual([]);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const run = <T>(what: (hours: NonNullable<Simulated['dashcamHours']>, ms: number) => T | Promise<T>, ms = 0): Promise<T> =>
    page.evaluate(`(${what.toString()})(globalThis.dashcamHours, ${ms})`);
  const advance = (ms: number): Promise<void> => run((hours, by) => hours.advance(by), ms);
  return {
    advance,
    counts: () => run((hours) => ({ moved: hours.moved(), whole: hours.whole(), rows: hours.rows() })),
    async held() {
      await session.send('HeapProfiler.collectGarbage');
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize, backingStorageSize = 0, embedderHeapUsedSize = 0 } = (await session.send('Runtime.getHeapUsage')) as Record<'usedSize', number> & Partial<Record<'backingStorageSize' | 'embedderHeapUsedSize', number>>;
      const { metrics } = await session.send('Performance.getMetrics');
      const of = (name: string): number => metrics.find((each) => each.name === name)?.value ?? NaN;
      return { bytes: usedSize + backingStorageSize + embedderHeapUsedSize, nodes: of('Nodes'), listeners: of('JSEventListeners') };
    },
    async unlikeAnew() {
      await advance(await run((hours) => hours.toRow()));
      await run((hours) => hours.keep());
      const whole = (): Promise<number> => run((hours) => hours.whole());
      const charts = await page.locator('.first-screen .plot-canvas').count();
      // Of another theme and back: all of every picture is painted, long before the next row.
      for (const colorScheme of ['dark', 'light'] as const) {
        const before = await whole();
        await page.emulateMedia({ colorScheme });
        for (let frames = 0; frames < 20 && (await whole()) < before + charts; frames++) await advance(16);
        expect(await whole(), colorScheme).toBe(before + charts);
      }
      return run((hours) => hours.compare());
    },
  };
}

/** What a page holds when everything is collected that can be. */
export interface Held {
  readonly bytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

export interface Hours {
  advance(ms: number): Promise<void>;
  counts(): Promise<{ readonly moved: number; readonly whole: number; readonly rows: number }>;
  held(): Promise<Held>;
  /** How many pixels of each chart are others than when all of it is painted anew. */
  unlikeAnew(): Promise<readonly { readonly pixels: number; readonly others: number }[]>;
}

/** simulate runs in the page, before anything of it. */
function simulate({ told, kept }: { told: readonly string[]; kept: number }): void {
  type Quanta = Map<number, number | null>;
  interface Message {
    readonly type: string;
    readonly rev: number;
    readonly series?: unknown;
    readonly seq: readonly number[];
    readonly columns: readonly [number, number | null | readonly (number | null)[]][];
    readonly rows: readonly [string, Record<string, unknown>][];
    readonly base: number;
  }
  const said = told.map((text) => JSON.parse(text) as Message);
  const first = (type: string): Message => {
    const found = said.find((each) => each.type === type);
    if (!found) throw new Error(`the host said no ${type}`);
    return found;
  };
  const schema = first('schema');

  // The rows that it said, each with all of its values.
  const bySeq = new Map<number, Quanta>();
  for (const { seq, columns } of said.filter(({ type, rev }) => type === 'history' && rev === schema.rev)) {
    for (const [i, n] of seq.entries()) {
      const row: Quanta = bySeq.get(n) ?? new Map<number, number | null>();
      bySeq.set(n, row);
      for (const [id, q] of columns) row.set(id, Array.isArray(q) ? ((q as readonly (number | null)[])[i] ?? null) : (q as number | null));
    }
  }
  const rows = Array.from(bySeq).sort(([a], [b]) => a - b).map(([, row]) => row);
  const ids = Array.from(new Set(rows.flatMap((row) => Array.from(row.keys())))).sort((a, b) => a - b);
  const rowOf = (seq: number): Quanta => rows[seq % rows.length] ?? new Map<number, number | null>();
  const changes = rows.map((row, i) => {
    const before = rows[(i + rows.length - 1) % rows.length];
    const d: (number | null)[] = [];
    let last = -1;
    for (const id of ids) {
      const [q, old] = [row.get(id) ?? null, before?.get(id) ?? null];
      if (q === old) continue;
      d.push(id - last, q);
      last = id;
    }
    return JSON.stringify(d);
  });

  // The clock. It goes on with the browser's until somebody drives it.
  const plain = { setInterval: globalThis.setInterval.bind(globalThis), clearInterval: globalThis.clearInterval.bind(globalThis), frame: globalThis.requestAnimationFrame.bind(globalThis), fetch: globalThis.fetch.bind(globalThis) };
  const epoch = Date.now();
  let now = 0;
  let number = 0;
  const due = new Map<number, { at: number; run: () => void; every: number | undefined }>();
  const add = (at: number, run: () => void, every?: number): number => {
    due.set(++number, { at, run, every });
    return number;
  };
  const remove = (id?: number): void => void due.delete(id ?? 0);
  const { port1, port2 } = new MessageChannel();
  let turned = (): void => undefined;
  port1.onmessage = () => turned();
  const turn = (): Promise<void> =>
    new Promise((done) => {
      turned = done;
      port2.postMessage(null);
    });
  const next = (): number => {
    let at = Infinity;
    for (const each of due.values()) at = Math.min(at, each.at);
    return at;
  };
  const goTo = async (until: number): Promise<void> => {
    for (let at = next(); at <= until; at = next()) {
      now = Math.max(now, at);
      for (const [id, each] of Array.from(due)) {
        if (each.at > now || !due.has(id)) continue;
        if (each.every === undefined) due.delete(id);
        else each.at += Math.max(1, each.every);
        each.run();
      }
      // What they left to the end of their task, and what that left.
      for (let i = 0; i < 16; i++) await Promise.resolve();
      if (now < turnedAt + 10_000) continue;
      turnedAt = now;
      await turn();
    }
    now = until;
  };
  let turnedAt = 0;
  let going = Promise.resolve();
  const advance = (ms: number): Promise<void> => (going = going.then(() => goTo(now + ms)));
  const pulse = plain.setInterval(() => void advance(16), 16);
  const timer = (run: TimerHandler, args: unknown[]) => (): void => {
    if (typeof run === 'function') (run as (...all: unknown[]) => void)(...args);
  };
  Object.assign(globalThis, {
    setTimeout: (run: TimerHandler, ms = 0, ...args: unknown[]) => add(now + Math.max(0, ms), timer(run, args)),
    setInterval: (run: TimerHandler, ms = 0, ...args: unknown[]) => add(now + Math.max(1, ms), timer(run, args), ms),
    clearTimeout: remove,
    clearInterval: remove,
    requestAnimationFrame: (run: FrameRequestCallback) => add(Math.floor(now / 16 + 1) * 16, () => run(now)),
    cancelAnimationFrame: remove,
    requestIdleCallback: (run: IdleRequestCallback) => add(now + 1, () => run({ didTimeout: false, timeRemaining: () => 10 })),
    cancelIdleCallback: remove,
  });
  Object.defineProperty(performance, 'now', { value: () => now });
  Object.defineProperty(Date, 'now', { value: () => epoch + now });

  // The host.
  const startT = epoch - kept * 1000;
  const timeOf = (seq: number): number => startT + seq * 1000;
  let newest = kept;
  const table = first('table');
  const keys = table.rows.map(([key]) => key);
  const hello = { ...first('hello'), intervalMs: 1000, oldest: 1, oldestT: timeOf(1), newest, instance: 'hours' };
  const open = new Set<Socket>();
  const say = (message: unknown): void => {
    const data = typeof message === 'string' ? message : JSON.stringify(message);
    for (const socket of open) socket.onmessage?.({ data });
  };
  class Socket {
    static readonly OPEN = 1;
    readonly readyState = 1;
    readonly protocol = 'dashcam.v1';
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: unknown = null;
    constructor() {
      open.clear();
      open.add(this);
      add(now + 1, () => this.onopen?.());
    }
    send(text: string): void {
      const { type, topics = [], id, t } = JSON.parse(text) as { type: string; topics?: readonly string[]; id?: number; t?: number };
      if (type === 'ping') add(now + 1, () => say({ type: 'pong', id, t, nowMs: epoch + now }));
      if (type === 'subscribe') add(now + 1, () => topics.forEach((topic) => this.greet(topic)));
    }
    greet(topic: string): void {
      if (topic === 'verdict') say({ ...first('verdict'), at: timeOf(newest) });
      if (topic === 'processes') say({ ...table, base: 0, seq: newest, t: timeOf(newest), rows: table.rows.map(([, cells], i) => [keys[i], cells]) });
      if (topic !== 'metrics') return;
      say({ ...hello, nowMs: epoch + now, newest });
      say(schema);
      for (let from = newest - kept + 1; from <= newest; from += 600) {
        const seq = Array.from({ length: Math.min(600, newest - from + 1) }, (_, i) => from + i);
        const columns = ids.map((id) => [id, seq.map((n) => rowOf(n).get(id) ?? null)]);
        say({ type: 'history', rev: schema.rev, seq, t: seq.map(timeOf), columns, ...(from + 600 <= newest && { more: true }) });
      }
    }
    close(): void {
      open.delete(this);
    }
  }
  add(1000, () => {
    newest++;
    const t = timeOf(newest);
    say(`{"type":"frame","rev":${schema.rev},"seq":${newest},"t":${t},"d":${changes[newest % rows.length]}}`);
    // One process ends and another begins, and some use more than before.
    const at = newest % keys.length;
    const [gone, key] = [keys[at] ?? '', `${20_000 + newest}.${newest}`];
    const changed = Array.from({ length: 20 }, (_, i) => (at + 1 + 7 * i) % keys.length).filter((i) => i !== at);
    keys[at] = key;
    add(now + 4, () => say({ ...table, base: newest - 1, seq: newest, t, rows: [[key, table.rows[at]?.[1]], ...changed.map((i) => [keys[i], { cpu: (newest * (i + 1)) % 900 }])], gone: [gone] }));
    if (newest % 20 === 0) say({ type: 'event', seq: newest, t, kind: 'clock', text: `the clock was set, number ${newest}` });
    if (newest % 10 === 0) say({ ...first('verdict'), at: t });
  }, 1000);
  Object.assign(globalThis, {
    WebSocket: Socket,
    fetch: (address: string, options?: RequestInit) => {
      const url = new URL(address, document.baseURI);
      if (!url.pathname.endsWith('/api/v1/history')) return plain.fetch(address, options);
      const [from, to, points] = ['from', 'to', 'points'].map((name) => Number(url.searchParams.get(name))) as [number, number, number];
      const names = url.searchParams.getAll('match').map((name) => name.replace(/[{*].*$/, ''));
      const known = (schema.series ?? []) as { id: number; name: string }[];
      const stepMs = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600].map((s) => 1000 * s).find((step) => step * points >= to - from) ?? 3_600_000;
      const t: number[] = [];
      for (let at = Math.floor(from / stepMs) * stepMs; at < to; at += stepMs) if (at + stepMs > timeOf(1) && at <= timeOf(newest)) t.push(at);
      const seqAt = (ms: number): number => Math.min(newest, Math.max(1, Math.ceil((ms - startT) / 1000)));
      const edges = t.map((at) => [seqAt(at), Math.max(seqAt(at), seqAt(at + stepMs) - 1)] as const);
      const series = Object.fromEntries(
        known.filter(({ name }) => names.some((wanted) => name.startsWith(wanted))).map(({ id }) => {
          const q = edges.map(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => rowOf(a + i).get(id) ?? null).filter((each) => each !== null));
          const list = (of: (all: number[]) => number): (number | null)[] => q.map((all) => (all.length === 0 ? null : of(all)));
          return [id, { min: list((all) => Math.min(...all)), max: list((all) => Math.max(...all)), mean: list((all) => Math.round(all.reduce((sum, each) => sum + each, 0) / all.length)), last: list((all) => all.at(-1) ?? 0), n: q.map((all) => all.length), maxSeq: edges.map(([a]) => a) }];
        }),
      );
      return Promise.resolve(Response.json({ rev: schema.rev, stepMs, t, firstSeq: edges.map(([a]) => a), lastSeq: edges.map(([, b]) => b), series, gaps: [] }));
    },
  });

  // What is painted.
  const counts = { moved: 0, whole: 0 };
  const context = CanvasRenderingContext2D.prototype;
  const wrap = (name: 'drawImage' | 'putImageData', saw: (canvas: HTMLCanvasElement, all: readonly unknown[]) => void): void => {
    const original = Object.getOwnPropertyDescriptor(context, name)?.value as (...all: unknown[]) => void;
    Object.defineProperty(context, name, {
      value(this: CanvasRenderingContext2D, ...all: unknown[]) {
        saw(this.canvas, all);
        original.apply(this, all);
      },
    });
  };
  wrap('drawImage', (canvas, [image]) => {
    if (image === canvas && canvas.matches('.first-screen .plot-canvas')) counts.moved++;
  });
  wrap('putImageData', (canvas, [image]) => {
    if (image instanceof ImageData && image.width === canvas.width && canvas.matches('.first-screen .plot-canvas')) counts.whole++;
  });
  const pictures = (): [HTMLCanvasElement, Uint32Array][] =>
    Array.from(document.querySelectorAll<HTMLCanvasElement>('.first-screen .plot-canvas'), (canvas) => [canvas, new Uint32Array(canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data.buffer ?? [])]);
  let before: ReturnType<typeof pictures> = [];
  (globalThis as Simulated).dashcamHours = {
    async advance(ms) {
      plain.clearInterval(pulse);
      // A minute at a time, and a frame of the browser's before each: it has to paint what it was given, and to tell what it saw.
      for (let left = ms; left > 0; left -= 60_000) {
        await new Promise(plain.frame);
        await advance(Math.min(60_000, left));
      }
    },
    toRow: () => 1000 - (now % 1000) + 100,
    moved: () => counts.moved,
    whole: () => counts.whole,
    rows: () => newest - kept,
    keep: () => (before = pictures()),
    compare: () => pictures().map(([, data], i) => ({ pixels: data.length, others: data.reduce((n, pixel, at) => n + Number(pixel !== before[i]?.[1][at]), 0) })),
  };
}
