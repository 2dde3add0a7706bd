// Every state of the connection and everything that can happen in it, as one table: it is
// complete by its types, and by a test.

import { describe, expect, test } from 'vitest';
import { type ConnectionEvent, reduce } from './connection-events';
import { type ConnectionState, initialState, type StateName } from './connection-state';

const greeting = { instance: 'A', intervalMs: 1000, nowMs: 1_000_000, sameProtocol: true, sameBuild: true, recorded: false };
const hello = (now: number, fields: Partial<typeof greeting> = {}): ConnectionEvent => ({ type: 'hello', now, asked: 300, hello: { ...greeting, ...fields } });
const close = (now: number, code: number): ConnectionEvent => ({ type: 'close', now, code, reason: '', jitter: 0 });
const row = (now: number): ConnectionEvent => ({ type: 'row', now, t: 1_000_000 + now });
const resumed = (now: number): ConnectionEvent => ({ type: 'resumed', now, afterMs: 1, filled: 1, lost: 0 });
const bye = (reason: string): ConnectionEvent => ({ type: 'bye', now: 999, reason, retryMs: 5000 });
const run = (events: readonly ConnectionEvent[], from = initialState(0)): ConnectionState => events.reduce(reduce, from);

const connect: ConnectionEvent = { type: 'connect', now: 0 };
const live = [connect, hello(0), row(900)];

/** How each state is reached. */
const states: Readonly<Record<StateName, readonly ConnectionEvent[]>> = {
  CONNECTING: [connect],
  SYNCING: [connect, hello(900)],
  LIVE: live,
  LATE: [connect, hello(0), row(-800), { type: 'tick', now: 900 }],
  RETRYING: [...live, close(950, 1006)],
  OFFLINE: [...live, { type: 'offline', now: 950 }],
  RESUMED: [...live, close(910, 1006), hello(920), row(930), resumed(950)],
  RESTARTED: [...live, close(910, 1006), hello(950, { instance: 'B' })],
  DENIED: [connect, { type: 'denied', now: 950 }],
  OUTDATED: [connect, hello(0, { sameBuild: false })],
  FULL: [connect, { type: 'bye', now: 5, reason: 'full', retryMs: 4000 }, close(950, 1013)],
  RECORDED: [connect, hello(0, { recorded: true }), row(900)],
};

/** What can happen, a second after the beginning. */
const happenings: Readonly<Record<string, readonly ConnectionEvent[]>> = {
  'connect': [{ type: 'connect', now: 1000 }],
  'hello': [hello(1000)],
  'hello/restart': [hello(1000, { instance: 'C' })],
  'hello/build': [hello(1000, { sameBuild: false })],
  'hello/protocol': [hello(1000, { sameProtocol: false })],
  'history/more': [{ type: 'history', now: 1000, rows: 1, more: true, t: 1_001_000 }],
  'history/last': [{ type: 'history', now: 1000, rows: 1, more: false, t: 1_001_000 }],
  'row': [row(1000)],
  'resumed': [resumed(1000)],
  'pong': [{ type: 'pong', now: 1000, sentAt: 990, hostMs: 1_000_995 }],
  'bye': [bye('stopping')],
  'close/1000': [close(1000, 1000)],
  'close/1001': [close(1000, 1001)],
  'close/1006': [close(1000, 1006)],
  'close/1008': [close(1000, 1008)],
  'close/1009': [close(1000, 1009)],
  'close/1013/full': [bye('full'), close(1000, 1013)],
  'close/1013/slow': [bye('slow'), close(1000, 1013)],
  'close/4000': [close(1000, 4000)],
  'close/4001': [close(1000, 4001)],
  'close/4002': [close(1000, 4002)],
  'close/4003': [close(1000, 4003)],
  'watchdog': [{ type: 'watchdog', now: 1000, jitter: 0 }],
  'tick/soon': [{ type: 'tick', now: 1000 }],
  'tick/late': [{ type: 'tick', now: 5000 }],
  'denied': [{ type: 'denied', now: 1000 }],
  'offline': [{ type: 'offline', now: 1000 }],
  'online': [{ type: 'online', now: 1000 }],
  'wake': [{ type: 'wake', now: 1000 }],
  'retry': [{ type: 'retry', now: 1000 }],
};

/** A dot is the same state. */
const table = `
                 CONNECTING  SYNCING     LIVE        LATE        RETRYING    OFFLINE     RESUMED     RESTARTED   DENIED      OUTDATED    FULL        RECORDED
connect          .           CONNECTING  CONNECTING  CONNECTING  .           .           CONNECTING  .           .           CONNECTING  .           CONNECTING
hello            SYNCING     .           SYNCING     SYNCING     SYNCING     .           SYNCING     .           .           .           SYNCING     SYNCING
hello/restart    SYNCING     RESTARTED   RESTARTED   RESTARTED   RESTARTED   .           RESTARTED   .           .           .           SYNCING     RESTARTED
hello/build      OUTDATED    OUTDATED    OUTDATED    OUTDATED    OUTDATED    .           OUTDATED    OUTDATED    .           .           OUTDATED    OUTDATED
hello/protocol   OUTDATED    OUTDATED    OUTDATED    OUTDATED    OUTDATED    .           OUTDATED    OUTDATED    .           .           OUTDATED    OUTDATED
history/more     .           .           .           .           .           .           .           .           .           .           .           .
history/last     .           LIVE        .           LIVE        .           .           .           .           .           .           .           .
row              .           LIVE        .           LIVE        .           .           .           .           .           .           .           .
resumed          .           RESUMED     RESUMED     RESUMED     .           .           .           .           .           .           .           RESUMED
pong             .           .           .           .           .           .           .           .           .           .           .           .
bye              .           .           .           .           .           .           .           .           .           .           .           .
close/1000       RETRYING    RETRYING    RETRYING    RETRYING    .           .           RETRYING    RETRYING    .           RETRYING    RETRYING    RETRYING
close/1001       RETRYING    RETRYING    RETRYING    RETRYING    .           .           RETRYING    RETRYING    .           RETRYING    RETRYING    RETRYING
close/1006       RETRYING    RETRYING    RETRYING    RETRYING    .           .           RETRYING    RETRYING    .           RETRYING    RETRYING    RETRYING
close/1008       DENIED      DENIED      DENIED      DENIED      DENIED      .           DENIED      DENIED      .           DENIED      DENIED      DENIED
close/1009       RETRYING    RETRYING    RETRYING    RETRYING    .           .           RETRYING    RETRYING    .           RETRYING    RETRYING    RETRYING
close/1013/full  FULL        FULL        FULL        FULL        FULL        .           FULL        FULL        .           FULL        .           FULL
close/1013/slow  RETRYING    RETRYING    RETRYING    RETRYING    .           .           RETRYING    RETRYING    .           RETRYING    RETRYING    RETRYING
close/4000       OUTDATED    OUTDATED    OUTDATED    OUTDATED    OUTDATED    .           OUTDATED    OUTDATED    OUTDATED    .           OUTDATED    OUTDATED
close/4001       OUTDATED    OUTDATED    OUTDATED    OUTDATED    OUTDATED    .           OUTDATED    OUTDATED    OUTDATED    .           OUTDATED    OUTDATED
close/4002       RETRYING    RETRYING    RETRYING    RETRYING    .           .           RETRYING    RETRYING    .           RETRYING    RETRYING    RETRYING
close/4003       RETRYING    RETRYING    RETRYING    RETRYING    .           .           RETRYING    RETRYING    .           RETRYING    RETRYING    RETRYING
watchdog         RETRYING    RETRYING    RETRYING    RETRYING    .           .           RETRYING    RETRYING    .           RETRYING    RETRYING    RETRYING
tick/soon        .           .           .           .           .           .           .           .           .           .           .           .
tick/late        .           .           LATE        .           .           .           LATE        .           .           .           .           .
denied           DENIED      DENIED      DENIED      DENIED      DENIED      DENIED      DENIED      DENIED      .           DENIED      DENIED      DENIED
offline          OFFLINE     OFFLINE     OFFLINE     OFFLINE     OFFLINE     .           OFFLINE     OFFLINE     .           OFFLINE     OFFLINE     .
online           .           .           .           .           .           RETRYING    .           .           .           .           .           .
wake             .           .           .           .           .           .           .           .           .           .           .           .
retry            .           .           .           .           .           .           .           .           RETRYING    .           .           .
`;

const [names = [], ...lines] = table
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/ +/));

describe('every state is reached', () => {
  test.each(Object.entries(states))('%s', (name, events) => expect(run(events).name).toBe(name));
});

test('the table is complete', () => {
  expect(names).toEqual(Object.keys(states));
  expect(lines.map(([happening]) => happening)).toEqual(Object.keys(happenings));
  // A kind of event that is new does not compile before it stands here, and then fails.
  const types: Readonly<Record<ConnectionEvent['type'], true>> = {
    connect: true, hello: true, history: true, row: true, resumed: true, pong: true, bye: true, close: true,
    watchdog: true, tick: true, denied: true, offline: true, online: true, wake: true, retry: true,
  };
  expect(new Set(Object.values(happenings).flatMap((events) => events.map(({ type }) => type)))).toEqual(new Set(Object.keys(types)));
});

describe.each(lines.map(([happening = '', ...results]) => ({ happening, results })))('$happening', ({ happening, results }) => {
  test.each(names.map((name, i) => [name, results[i]] as const))('in %s: %s', (name, result) => {
    const before = run(states[name as StateName]);
    expect(run(happenings[happening] ?? [], before).name).toBe(result === '.' ? name : result);
  });
});

// What comes late from a socket that was given up must not make anything look live.
test.each(['CONNECTING', 'RETRYING', 'OFFLINE', 'DENIED', 'FULL'] as const)('rows change nothing in %s', (name) => {
  const before = run(states[name]);
  for (const happening of ['history/more', 'history/last', 'row', 'resumed', 'pong']) expect(run(happenings[happening] ?? [], before)).toBe(before);
});
