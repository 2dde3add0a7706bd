import { describe, expect, test } from 'vitest';
import { type ConnectionEvent, reduce, retryWait } from './connection-events';
import { type ConnectionState, initialState, isDead, isStale, rowAge, type StateName } from './connection-state';

const greeting = { instance: 'A', intervalMs: 1000, nowMs: 1_000_000, sameProtocol: true, sameBuild: true, recorded: false };
const at = (now: number, event: Record<string, unknown>): ConnectionEvent => ({ now, ...event }) as ConnectionEvent;
const helloAt = (now: number, fields: Partial<typeof greeting> = {}): ConnectionEvent => ({ type: 'hello', now, asked: 300, hello: { ...greeting, ...fields } });
const rowAt = (now: number): ConnectionEvent => ({ type: 'row', now, t: 1_000_000 + now });
const closeAt = (now: number, code: number, reason = ''): ConnectionEvent => ({ type: 'close', now, code, reason, jitter: 0 });
const run = (events: readonly ConnectionEvent[], from = initialState(0)): ConnectionState => events.reduce(reduce, from);

const connect = at(0, { type: 'connect' });
const live = [connect, helloAt(0), at(10, { type: 'history', rows: 300, more: false, t: 1_000_000 }), rowAt(1000)];
const lost = [...live, closeAt(1500, 1006)];

const transitions: Readonly<Record<string, { readonly events: readonly ConnectionEvent[]; readonly name: StateName }>> = {
  'begins connecting': { events: [], name: 'CONNECTING' },
  'stays connecting while the first socket opens': { events: [connect], name: 'CONNECTING' },
  'hello begins the catching up': { events: [connect, helloAt(0)], name: 'SYNCING' },
  'history goes on while more comes': { events: [connect, helloAt(0), at(5, { type: 'history', rows: 10, more: true, t: 1 })], name: 'SYNCING' },
  'the last piece makes it live': { events: live.slice(0, 3), name: 'LIVE' },
  'a frame without history makes it live': { events: [connect, helloAt(0), rowAt(20)], name: 'LIVE' },
  'stays live within one and a half intervals': { events: [...live, at(2400, { type: 'tick' })], name: 'LIVE' },
  'is late beyond': { events: [...live, at(2600, { type: 'tick' })], name: 'LATE' },
  'a row ends being late': { events: [...live, at(2600, { type: 'tick' }), rowAt(2700)], name: 'LIVE' },
  'a lost socket is retried': { events: lost, name: 'RETRYING' },
  'a refused first socket is retried': { events: [connect, closeAt(5, 1006)], name: 'RETRYING' },
  'stays retrying while the next socket opens': { events: [...lost, at(2000, { type: 'connect' })], name: 'RETRYING' },
  'catches up after a loss': { events: [...lost, at(2000, { type: 'connect' }), helloAt(2100)], name: 'SYNCING' },
  'says what was filled': {
    events: [...lost, at(2000, { type: 'connect' }), helloAt(2100), at(2200, { type: 'history', rows: 1, more: false, t: 1_002_000 }), at(2200, { type: 'resumed', filled: 1, lost: 0 })],
    name: 'RESUMED',
  },
  'is live three seconds later': {
    events: [...lost, helloAt(2100), at(2200, { type: 'history', rows: 1, more: false, t: 1_002_100 }), at(2200, { type: 'resumed', filled: 1, lost: 0 }), rowAt(3000), rowAt(4000), rowAt(5300)],
    name: 'LIVE',
  },
  'rows within the note do not end it': {
    events: [...lost, helloAt(2100), at(2200, { type: 'history', rows: 1, more: false, t: 1_002_100 }), at(2200, { type: 'resumed', filled: 1, lost: 0 }), rowAt(3000)],
    name: 'RESUMED',
  },
  'another instance is a restart': { events: [...lost, helloAt(2100, { instance: 'B' })], name: 'RESTARTED' },
  'another build is outdated': { events: [connect, helloAt(0, { sameBuild: false })], name: 'OUTDATED' },
  'outdated stays while rows come': { events: [connect, helloAt(0, { sameBuild: false }), rowAt(1000)], name: 'OUTDATED' },
  'another protocol is outdated': { events: [connect, helloAt(0, { sameProtocol: false })], name: 'OUTDATED' },
  'another protocol is not retried': { events: [connect, helloAt(0, { sameProtocol: false }), closeAt(10, 1006)], name: 'OUTDATED' },
  'the version code is outdated': { events: [...live, closeAt(1500, 4001)], name: 'OUTDATED' },
  'the protocol code is outdated': { events: [...live, closeAt(1500, 4000)], name: 'OUTDATED' },
  'signed out is denied': { events: [...live, closeAt(1500, 1008)], name: 'DENIED' },
  'a refused sign-in is denied': { events: [connect, closeAt(5, 1006), at(20, { type: 'denied' })], name: 'DENIED' },
  'denied is not ended by waiting': { events: [connect, at(20, { type: 'denied' }), at(9e6, { type: 'tick' }), closeAt(9e6, 1006)], name: 'DENIED' },
  'denied is tried again by hand': { events: [connect, at(20, { type: 'denied' }), at(30, { type: 'retry' })], name: 'RETRYING' },
  'a full server says so': { events: [connect, at(5, { type: 'bye', reason: 'full', retryMs: 4000 }), closeAt(6, 1013)], name: 'FULL' },
  'a page that was too slow retries': { events: [...live, at(1400, { type: 'bye', reason: 'slow', retryMs: 0 }), closeAt(1500, 1013)], name: 'RETRYING' },
  'a stopping server is retried': { events: [...live, closeAt(1500, 1001)], name: 'RETRYING' },
  'too big is retried': { events: [...live, closeAt(1500, 1009)], name: 'RETRYING' },
  'a silent socket is given up': { events: [...live, at(9000, { type: 'watchdog', jitter: 0 })], name: 'RETRYING' },
  'the browser is offline': { events: [...live, at(1500, { type: 'offline' })], name: 'OFFLINE' },
  'offline is not retried': { events: [...live, at(1500, { type: 'offline' }), closeAt(1600, 1006), at(9e6, { type: 'tick' })], name: 'OFFLINE' },
  'online again is tried at once': { events: [...live, at(1500, { type: 'offline' }), at(9000, { type: 'online' })], name: 'RETRYING' },
  'online before anything came is connecting': { events: [at(0, { type: 'offline' }), at(10, { type: 'online' })], name: 'CONNECTING' },
};

describe('transitions', () => {
  for (const [name, { events, name: want }] of Object.entries(transitions)) test(name, () => expect(run(events).name).toBe(want));
});

describe('retrying', () => {
  test('waits longer each time, up to 8 s, after two minutes 30 s', () => {
    expect([0, 1, 2, 3, 4, 5, 20].map((attempt) => retryWait(attempt, 0, 0.999999))).toEqual([500, 1000, 2000, 4000, 8000, 8000, 8000].map((ms): unknown => expect.closeTo(ms, 0)));
    expect(retryWait(0, 120_000, 0.999999)).toBeCloseTo(30_000, 0);
  });

  test('jitter takes off up to half', () => {
    expect([retryWait(3, 0, 0), retryWait(3, 0, 0.5)]).toEqual([2000, 3000]);
  });

  test('a loss is first retried within half a second, then later each time', () => {
    let state = run(lost);
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      const when = state.retryAt ?? NaN;
      waits.push(when - (i === 0 ? 1500 : state.since));
      state = run([at(when, { type: 'connect' }), closeAt(when, 1006)], state);
    }
    expect(waits[0]).toBe(250);
    expect(run([at(0, { type: 'connect' })], run(lost)).attempt).toBe(1);
  });

  test('hello resets the wait', () => {
    const tired = run([at(0, { type: 'connect' }), closeAt(1, 1006), at(2, { type: 'connect' }), closeAt(3, 1006), at(4, { type: 'connect' })]);
    expect(tired.attempt).toBe(3);
    expect(reduce(tired, helloAt(5)).attempt).toBe(0);
  });

  test('does what the server asked for, never sooner', () => {
    const state = run([connect, at(5, { type: 'bye', reason: 'full', retryMs: 4000 }), { type: 'close', now: 6, code: 1013, reason: '', jitter: 0.5 }]);
    expect(state.retryAt).toBe(6 + 5000);
  });

  test('becoming visible, waking and r try at once; a full server is left its time', () => {
    expect(run([...lost, at(1600, { type: 'wake' })]).retryAt).toBe(1600);
    expect(run([...lost, at(1600, { type: 'retry' })]).retryAt).toBe(1600);
    const full = run([connect, closeAt(6, 1013)]);
    expect(reduce(full, at(7, { type: 'wake' })).retryAt).toBe(full.retryAt);
  });
});

describe('age', () => {
  test('nothing is live before the first row, after a loss, or beyond three seconds', () => {
    expect(isStale(initialState(0), 0)).toBe(true);
    expect(isStale(run(live), 1000)).toBe(false);
    expect(isStale(run(live), 3900)).toBe(false);
    expect(isStale(run(live), 4100)).toBe(true);
    expect(isStale(run(lost), 1500)).toBe(true);
  });

  test('a longer interval is given three of them', () => {
    const slow = run([connect, helloAt(0, { intervalMs: 5000 }), rowAt(1000)]);
    expect([isStale(slow, 15_900), isStale(slow, 16_100)]).toEqual([false, true]);
  });

  test('rows that arrive regularly and are old all the same are old', () => {
    const delayed = run([connect, helloAt(0), at(100, { type: 'pong', sentAt: 60, hostMs: 1_000_080 }), { type: 'row', now: 9000, t: 1_000_000 + 3000 }]);
    expect(rowAge(delayed, 9000)).toBeCloseTo(6000 - 20, 0);
    expect(delayed.name).toBe('LATE');
  });

  test('a host clock ahead of its rows does not make them younger', () => {
    const state = run([connect, helloAt(0), at(100, { type: 'pong', sentAt: 60, hostMs: 900_000 }), rowAt(1000)]);
    expect(rowAge(state, 2000)).toBe(1000);
  });

  test('late says who is slow', () => {
    const answered = run([...live, at(2500, { type: 'pong', sentAt: 2490, hostMs: 1_002_495 }), at(2600, { type: 'tick' })]);
    expect(answered.culprit).toBe('host');
    expect(run([...live, at(5200, { type: 'tick' })]).culprit).toBe('network');
  });

  test('a silent network is given up after three seconds, a silent host after fifteen', () => {
    expect([isDead(run(live), 3900, 0), isDead(run(live), 4600, 0)]).toEqual([false, true]);
    const answering = (now: number): boolean => isDead(run([...live, at(now - 10, { type: 'pong', sentAt: now - 20, hostMs: 1_000_000 + now })]), now, 0);
    expect([answering(9000), answering(17_000)]).toEqual([false, true]);
  });

  test('a socket that was just opened is given time', () => {
    expect(isDead(run([...lost, helloAt(60_000)]), 60_500, 60_000)).toBe(false);
  });
});

test('progress counts what came of what was asked for', () => {
  const state = run([connect, helloAt(0), at(5, { type: 'history', rows: 120, more: true, t: 1 })]);
  expect(state.progress).toEqual({ done: 120, total: 300 });
});

describe('a recording', () => {
  const recorded = [connect, helloAt(0, { recorded: true }), at(10, { type: 'history', rows: 300, more: false, t: 1_000_000 })];

  test('does not get older', () => {
    const state = run([...recorded, at(600_000, { type: 'tick' })]);
    expect(state.name).toBe('RECORDED');
    expect(isStale(state, 600_000)).toBe(false);
    expect(isDead(state, 600_000, 0)).toBe(false);
  });

  test('is not there before its rows', () => expect(isStale(run(recorded.slice(0, 2)), 100)).toBe(true));
});
