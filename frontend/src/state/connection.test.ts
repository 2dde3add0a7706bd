import { expect, test } from 'vitest';
import { createStore } from '../data/row-store';
import type { Store } from '../data/store';
import { frame, hello, history, schema, series } from '../testing/messages';
import type { ClientMessage, ServerMessage, SubscribeMessage } from '../wire/types';
import { Connection, type SocketEvents } from './connection';

interface FakeSocket {
  /** What was asked for before the page was there. */
  readonly subscribed: SubscribeMessage | undefined;
  readonly events: SocketEvents;
  readonly sent: ClientMessage[];
  abandoned: boolean;
}

class Bench {
  now = 0;
  readonly sockets: FakeSocket[] = [];
  readonly store: Store = createStore();
  readonly connection: Connection;
  status = 200;
  counted = Promise.resolve(0);
  /** How often a timer rang. */
  woken = 0;
  /** What waits for a frame to be painted. */
  readonly painted: (() => void)[] = [];
  #timers: { at: number; run: () => void }[] = [];

  constructor(subscribed?: SubscribeMessage, past: (events: SocketEvents) => void = () => undefined) {
    this.connection = new Connection({
      store: this.store,
      build: 'b1',
      now: () => this.now,
      random: () => 0,
      rowsWanted: () => 301,
      probe: () => Promise.resolve(this.status),
      onChange: () => undefined,
      countOlder: () => this.counted,
      timed: (read) => read(),
      inbox: { afterPaint: (run) => void this.painted.push(run), nextTask: (run) => run() },
      later: (ms, run) => {
        const timer = { at: this.now + ms, run };
        this.#timers.push(timer);
        return () => (this.#timers = this.#timers.filter((each) => each !== timer));
      },
      openSocket: (_, events) => {
        const socket: FakeSocket = { subscribed: this.sockets.length === 0 ? subscribed : undefined, events, sent: [], abandoned: false };
        this.sockets.push(socket);
        const early = socket.subscribed && { subscribed: socket.subscribed, tellPast: () => past(events) };
        return { ...early, send: (text) => void socket.sent.push(JSON.parse(text) as ClientMessage), abandon: () => (socket.abandoned = true) };
      },
    });
    this.connection.start();
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now = Math.min(end, this.now + 50);
      for (const timer of this.#timers.filter(({ at }) => at <= this.now)) {
        this.#timers = this.#timers.filter((each) => each !== timer);
        this.woken++;
        timer.run();
      }
    }
  }

  say(...messages: ServerMessage[]): void {
    for (const message of messages) this.socket.events.message(JSON.stringify(message));
  }

  join(): void {
    this.socket.events.open();
    this.say(hello({ newest: 3 }), schema([series(0, 'cpu')]), history(1, 3, [[0, 1]]));
    this.paint();
  }

  paint(): void {
    for (const run of this.painted.splice(0)) run();
  }

  sent(type: ClientMessage['type']): ClientMessage[] {
    return this.socket.sent.filter((message) => message.type === type);
  }
}

test('asks for the window on opening, without waiting for hello', () => {
  const bench = new Bench();
  bench.connection.watchTable('processes');
  bench.socket.events.open();
  expect(bench.sent('subscribe')).toEqual([{ type: 'subscribe', topics: ['metrics', 'processes'], window: 301, parts: true }]);
});

test('takes over a socket that has asked already, and asks only for what it did not ask for', () => {
  const subscribed: SubscribeMessage = { type: 'subscribe', topics: ['metrics'], window: 901, parts: true };
  const past = [hello({ newest: 3 }), schema([series(0, 'cpu')]), history(1, 3, [[0, 1]])];
  const bench = new Bench(subscribed, (events) => {
    events.open();
    for (const message of past) events.message(JSON.stringify(message));
  });
  expect([bench.connection.name.value, bench.store.newest, bench.sent('subscribe')]).toEqual(['LIVE', 3, []]);
  bench.connection.watchTable('processes');
  expect(bench.sent('subscribe')).toEqual([{ type: 'subscribe', topics: ['processes'] }]);
  // Another socket asks for itself.
  bench.socket.events.close(1006, '');
  bench.pass(1000);
  bench.socket.events.open();
  expect(bench.sent('subscribe')).toEqual([{ type: 'subscribe', topics: ['metrics', 'processes'], since: { instance: 'A', seq: 3 }, window: 301, parts: true }]);
});

test('a table that two parts of the page look at is sent until the second of them leaves', () => {
  const bench = new Bench();
  bench.socket.events.open();
  const before = bench.sent('subscribe').length;
  const [first, second] = [bench.connection.watchTable('services'), bench.connection.watchTable('services')];
  expect(bench.sent('subscribe').slice(before)).toEqual([{ type: 'subscribe', topics: ['services'] }]);
  first();
  expect(bench.sent('unsubscribe')).toEqual([]);
  second();
  expect(bench.sent('unsubscribe')).toEqual([{ type: 'unsubscribe', topics: ['services'] }]);
});

test('what comes behind the rows of the first picture is read when that is painted', () => {
  const bench = new Bench();
  bench.socket.events.open();
  bench.say(hello({ newest: 3 }), schema([series(0, 'cpu')]), history(1, 3, [[0, 1]]), frame(4, [1, 2]), frame(5, [1, 3]));
  expect([bench.store.newest, bench.connection.pictured.value]).toEqual([3, false]);
  bench.paint();
  expect([bench.store.newest, bench.connection.pictured.value]).toEqual([5, true]);
  bench.say(frame(6, [1, 4]));
  expect(bench.store.newest).toBe(6);
});

test('comes back by itself and asks for what it missed', () => {
  const bench = new Bench();
  bench.join();
  expect(bench.connection.name.value).toBe('LIVE');
  bench.socket.events.close(1006, '');
  expect([bench.connection.name.value, bench.connection.stale.value]).toEqual(['RETRYING', true]);
  bench.pass(500);
  expect(bench.sockets).toHaveLength(2);
  bench.socket.events.open();
  expect(bench.sent('subscribe')).toEqual([{ type: 'subscribe', topics: ['metrics'], since: { instance: 'A', seq: 3 }, window: 301, parts: true }]);
  bench.say(hello({ newest: 5 }), schema([series(0, 'cpu')]), history(4, 5, [[0, 1]]));
  expect(bench.connection.name.value).toBe('RESUMED');
  expect(bench.connection.state.value.resumed).toEqual({ afterMs: 2000, filled: 2, lost: 0 });
  expect(bench.connection.stale.value).toBe(false);
});

test('a frozen network is noticed without a close event', () => {
  const bench = new Bench();
  bench.join();
  bench.pass(2000);
  expect(bench.connection.name.value).toBe('LATE');
  bench.pass(3500);
  expect(bench.connection.stale.value).toBe(true);
  expect(bench.sockets[0]?.abandoned).toBe(true);
  expect(bench.sockets.length).toBeGreaterThan(1);
});

test('while rows come, nothing wakes the page but the ping that is due', () => {
  const bench = new Bench();
  bench.join();
  const [before, pings] = [bench.woken, bench.sent('ping').length];
  for (let seq = 4; seq <= 33; seq++) {
    bench.pass(1000);
    bench.say(frame(seq));
  }
  expect(bench.connection.name.value).toBe('LIVE');
  expect(bench.sent('ping')).toHaveLength(pings + 6);
  expect(bench.woken - before).toBe(6);
});

test('a socket that was given up is not listened to', () => {
  const bench = new Bench();
  bench.join();
  const old = bench.socket;
  old.events.close(1006, '');
  bench.pass(500);
  old.events.message(JSON.stringify(frame(4)));
  expect(bench.store.newest).toBe(3);
});

test('asks once for rows that do not fit', () => {
  const bench = new Bench();
  bench.join();
  bench.say(frame(6), frame(7), frame(8));
  expect(bench.sent('subscribe').slice(1)).toEqual([{ type: 'subscribe', topics: ['metrics'], since: { instance: 'A', seq: 3 }, window: 301, parts: true }]);
});

test('a hidden page gives up its tables and takes them up again', () => {
  const bench = new Bench();
  bench.connection.watchTable('processes');
  bench.join();
  bench.connection.setVisible(false);
  bench.connection.setVisible(true);
  expect(bench.socket.sent.filter((message) => message.type !== 'ping').slice(1)).toEqual([
    { type: 'unsubscribe', topics: ['processes'] },
    { type: 'subscribe', topics: ['processes'] },
  ]);
});

test('a refused handshake with 401 is denied', async () => {
  const bench = new Bench();
  bench.status = 401;
  bench.socket.events.close(1006, '');
  await Promise.resolve();
  await Promise.resolve();
  expect(bench.connection.name.value).toBe('DENIED');
});

test('a page that is put away has no socket, and asks once when it is back', () => {
  const bench = new Bench();
  bench.join();
  bench.connection.suspend();
  expect([bench.sockets[0]?.abandoned, bench.connection.stale.value]).toEqual([true, true]);
  bench.now += 3_600_000; // timers stood still
  bench.connection.wake();
  expect(bench.sockets).toHaveLength(2);
  bench.socket.events.open();
  bench.connection.wake();
  bench.pass(400);
  expect(bench.sockets).toHaveLength(2);
  expect(bench.sent('subscribe')).toHaveLength(1);
});

test('a watchdog that slept with the page does not take the first row back for a late one', () => {
  const bench = new Bench();
  bench.join();
  bench.now += 60_000;
  bench.connection.wake();
  expect(bench.sockets[0]?.abandoned).toBe(true);
  bench.pass(500);
  bench.socket.events.open();
  bench.say(hello({ newest: 63 }), schema([series(0, 'cpu')]), history(4, 63, [[0, 1]]));
  expect(bench.connection.name.value).toBe('RESUMED');
  bench.pass(1000);
  bench.say(frame(64));
  expect(bench.sockets).toHaveLength(2);
});

test('offline makes no attempts, online one at once', () => {
  const bench = new Bench();
  bench.join();
  bench.connection.setOnline(false);
  bench.pass(60_000);
  expect(bench.sockets).toHaveLength(1);
  bench.connection.setOnline(true);
  expect(bench.sockets).toHaveLength(2);
});

test('what is recorded needs no network', () => {
  const bench = new Bench();
  bench.socket.events.open();
  bench.say(hello({ newest: 3, recorded: true }), schema([series(0, 'cpu')]), history(1, 3, [[0, 1]]));
  bench.connection.setOnline(false);
  expect(bench.connection.name.value).toBe('RECORDED');
  bench.connection.watchTable('services');
  expect(bench.socket.sent.at(-1)).toEqual({ type: 'subscribe', topics: ['services'] });
  bench.connection.setOnline(true);
  bench.pass(60_000);
  expect(bench.sockets).toHaveLength(1);
});

test('another protocol is not read', () => {
  const bench = new Bench();
  bench.socket.events.open();
  bench.say(hello({ protocol: 2, newest: 3 }), schema([series(0, 'cpu')]), history(1, 3, [[0, 1]]));
  expect([bench.connection.name.value, bench.store.length]).toEqual(['OUTDATED', 0]);
});

test('the clock of the host is known from the quickest answer', () => {
  const bench = new Bench();
  bench.join();
  bench.pass(40);
  const [ping] = bench.sent('ping');
  if (ping?.type !== 'ping') throw new Error('no ping');
  bench.say({ type: 'pong', id: ping.id, t: ping.t, nowMs: 5_000_000 });
  expect(bench.connection.hostNow()).toBeCloseTo(5_000_000 + bench.now / 2, 0);
});
