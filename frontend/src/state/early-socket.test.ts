import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { adopt, type EarlySocket } from './early-socket';

const script = readFileSync(new URL('../../public/assets/head.js', import.meta.url), 'utf8');

class FakeSocket {
  static made: FakeSocket[] = [];
  readonly sent: string[] = [];
  readyState = 0;
  closed: number | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor(readonly url: URL, readonly protocol: string) {
    FakeSocket.made.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(code: number): void {
    this.closed = code;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
}

/** Runs head.js in a page at an address. */
function page(at: string, { stored = {}, hidden = false }: { stored?: Record<string, string>; hidden?: boolean } = {}) {
  const { href, hash, search } = new URL(at);
  FakeSocket.made = [];
  const dataset: Record<string, string> = {};
  const context = {
    location: { hash, search },
    document: { baseURI: href, documentElement: { dataset }, visibilityState: hidden ? 'hidden' : 'visible' },
    localStorage: { getItem: (name: string) => stored[name] ?? null },
    performance: { now: () => 7 },
    WebSocket: FakeSocket,
    URL,
    URLSearchParams,
    dashcamEarly: undefined as EarlySocket | undefined,
  };
  runInNewContext(script, context);
  const [socket] = FakeSocket.made;
  return { dataset, socket, early: context.dashcamEarly };
}

function listener() {
  const heard: string[] = [];
  return { heard, open: () => void heard.push('open'), message: (text: string) => void heard.push(text), close: (code: number, reason: string) => void heard.push(`${code} ${reason}`) };
}

test('the head of the page asks for the window and the processes when the socket opens', () => {
  const { socket } = page('https://host.example/dashcam/?theme=light#p=cpu&w=15m');
  expect([socket?.url.href, socket?.protocol]).toEqual(['wss://host.example/dashcam/ws', 'dashcam.v1']);
  socket?.open();
  expect(socket?.sent.map((text) => JSON.parse(text) as unknown)).toEqual([{ type: 'subscribe', topics: ['metrics', 'processes', 'verdict'], window: 901, parts: true }]);
});

test('the window is five minutes where none is named, and at most what a socket gives', () => {
  const windowOf = (at: string): number | undefined => page(at).early?.subscribe.window;
  expect(['', '#w=1m', '#w=1h', '#w=30d', '#w=junk'].map((fragment) => windowOf(`http://localhost/${fragment}`))).toEqual([301, 61, 3600, 3600, 301]);
});

test('a wall, a single chart and a hidden page do without processes', () => {
  const topics = [page('http://localhost/?kiosk=1'), page('http://localhost/?embed=disk'), page('http://localhost/', { hidden: true })].map(({ early }) => early?.subscribe.topics);
  expect(topics.map((each) => Array.from(each ?? []))).toEqual([['metrics'], ['metrics'], ['metrics']]);
});

test('who comes with a token signs in first', () => {
  expect(page('http://localhost/#token=abc').socket).toBeUndefined();
});

test('the theme of the address goes before the one that is kept', () => {
  const stored = { 'dashcam.theme': 'light', 'dashcam.density': 'dense' };
  expect(page('http://localhost/', { stored }).dataset).toEqual({ theme: 'light', density: 'dense' });
  expect(page('http://localhost/?theme=dark', { stored }).dataset.theme).toBe('dark');
});

test('who takes the socket over hears what came before, in order, and then the rest', () => {
  const { socket, early } = page('http://localhost/');
  socket?.open();
  socket?.onmessage?.({ data: 'hello' });
  const on = listener();
  const taken = adopt(early!, on);
  socket?.onmessage?.({ data: 'schema' });
  expect(on.heard).toEqual([]);
  taken.tellPast?.();
  socket?.onmessage?.({ data: 'row' });
  socket?.onclose?.({ code: 1001, reason: 'stopping' });
  expect(on.heard).toEqual(['open', 'hello', 'schema', 'row', '1001 stopping']);
  expect(socket?.sent).toHaveLength(1);
});

test('a socket that opens only then asks then, once', () => {
  const { socket, early } = page('http://localhost/');
  const on = listener();
  adopt(early!, on).tellPast?.();
  expect(on.heard).toEqual([]);
  socket?.open();
  expect([on.heard, socket?.sent.length]).toEqual([['open'], 1]);
});

test('one that was refused before anybody listened says so', () => {
  const { socket, early } = page('http://localhost/');
  socket?.onclose?.({ code: 1006, reason: '' });
  const on = listener();
  adopt(early!, on).tellPast?.();
  expect(on.heard).toEqual(['1006 ']);
});

test('a page that never comes does not keep what the host says for ever', () => {
  const { socket } = page('http://localhost/');
  for (let i = 0; i < 500; i++) socket?.onmessage?.({ data: 'row' });
  expect(socket?.closed).toBeUndefined();
  socket?.onmessage?.({ data: 'row' });
  expect(socket?.closed).toBe(1000);
});
