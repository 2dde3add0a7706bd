import { describe, expect, test } from 'vitest';
import { initialState, type ConnectionState } from '../state/connection-state';
import { clockWords, connectionWords, delayWords, grouped, type ViewMode } from './connection-words';

const now = 100_000;
const following: ViewMode = { mode: 'FOLLOW', heldForMs: undefined, behindMs: undefined };
const state = (over: Partial<ConnectionState>): ConnectionState => ({ ...initialState(now), open: true, synced: true, rowAt: now - 2000, ...over });
const words = (over: Partial<ConnectionState>, view = following): string => {
  const said = connectionWords(state(over), now, '18:06:11 +01:00', view, '18:05:57 +01:00');
  return `${said.dot} ${said.word} ${said.detail}`.trim();
};

describe('connectionWords', () => {
  test.each<[string, string, string]>([
    ['a first socket', words({ name: 'CONNECTING' }), 'hollow CONNECTING'],
    ['history arriving', words({ name: 'SYNCING', progress: { done: 1120, total: 1800 } }), 'half SYNCING catching up 1,120 of 1,800'],
    ['live', words({ name: 'LIVE' }), 'solid LIVE 18:06:11 +01:00'],
    ['a late tick', words({ name: 'LATE', culprit: 'host' }), 'half LATE 2 s old · host slow'],
    ['a late pong', words({ name: 'LATE', culprit: 'network' }), 'half LATE 2 s old · network slow'],
    ['a lost socket', words({ name: 'RETRYING', retryAt: now + 3600 }), 'hollow RETRYING last 18:06:11 +01:00 · retry in 4 s'],
    ['never connected', words({ name: 'RETRYING', rowAt: undefined, retryAt: now }), 'hollow RETRYING connecting'],
    ['offline', words({ name: 'OFFLINE' }), 'hollow OFFLINE last 18:06:11 +01:00 · waiting for the network'],
    ['back again', words({ name: 'RESUMED', resumed: { afterMs: 40_998, filled: 41, lost: 0 } }), 'solid RESUMED back after 41 s · 41 filled · 0 lost'],
    ['too many viewers', words({ name: 'FULL', retryAt: now + 5000 }), 'hollow FULL last 18:06:11 +01:00 · retry in 5 s'],
    ['pinned', words({ name: 'LIVE' }, { ...following, mode: 'HELD', behindMs: 14_000 }), 'hollow HELD 18:05:57 +01:00 · 14 s behind · L for live'],
    ['a second that has not come yet', words({ name: 'LIVE' }, { ...following, mode: 'HELD', behindMs: -7_200_000 }), 'hollow HELD 18:05:57 +01:00 · in 2 h · L for live'],
    ['pinned in a range', words({ name: 'LIVE' }, { ...following, mode: 'RANGE', behindMs: 14_000 }), 'hollow RANGE 18:05:57 +01:00 · 14 s behind · L for live'],
    ['pinned and lost: the loss is said', words({ name: 'RETRYING', retryAt: now }, { ...following, mode: 'HELD' }), 'hollow RETRYING last 18:06:11 +01:00 · connecting'],
    ['held by the pointer', words({ name: 'LIVE' }, { ...following, heldForMs: 4000 }), 'solid LIVE held by pointer, 4 s'],
    ['outdated and still fed', words({ name: 'OUTDATED', outdated: true }), 'solid LIVE 18:06:11 +01:00'],
  ])('%s', (_, said, want) => expect(said).toBe(want));

  test('a countdown is not spoken', () => {
    const at = (retryAt: number): string => connectionWords(state({ name: 'RETRYING', retryAt }), now, '', following, '').speak;
    expect(at(now + 1000)).toBe(at(now + 7000));
  });
});

test.each([
  ['not measured', undefined, 0, '—', '—'],
  ['only hello came, and how long it took is not known', { offset: 0, roundTrip: Infinity }, 900, '—', '—'],
  ['less than can be told', { offset: 0, roundTrip: 40 }, -20, '40 ms', 'the same'],
  ['loopback', { offset: 0, roundTrip: 0.3 }, 1.4, '1 ms', 'the same'],
  ['ahead', { offset: 0, roundTrip: 40 }, 1234, '40 ms', '1,234 ms ahead'],
  ['far behind', { offset: 0, roundTrip: 8 }, -61_000, '8 ms', '1 m 1 s behind'],
])('round trip and clock: %s', (_, clock, ahead, delay, words) => expect([delayWords(clock), clockWords(clock, ahead)]).toEqual([delay, words]));

test.each([
  [0, '0'],
  [999, '999'],
  [1120, '1,120'],
  [1234567, '1,234,567'],
])('%d is written %s', (n, want) => expect(grouped(n)).toBe(want));
