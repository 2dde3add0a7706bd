import { expect, test } from 'vitest';
import type { HostEvent } from '../wire/types';
import { countText, kindsOf, newestFirst, unreadable } from './event-rows';

const event = (seq: number, kind: string, text: string, more: Partial<HostEvent> = {}): HostEvent => ({ seq, t: seq * 1000, kind, text, id: `${seq}.0`, ...more });

const events = [event(1, 'state', 'disk: warn, was ok'), event(2, 'oom', 'java was killed', { about: { name: 'java', service: 'tomcat.service' } }), event(3, 'state', 'disk: ok, was warn')];

test('the newest comes first, and each once, however it came', () => {
  expect(newestFirst([...events, ...events], '', '').map(({ seq }) => seq)).toEqual([3, 2, 1]);
  // Two of one row keep their order, the later one first.
  expect(newestFirst([event(1, 'a', 'x'), event(2, 'a', 'y', { t: 1000 })], '', '').map(({ seq }) => seq)).toEqual([2, 1]);
});

test.each([
  ['state', '', [3, 1]],
  ['', 'WAS KILLED', [2]],
  ['', 'tomcat', [2]],
  ['', ' oom ', [2]],
  ['state', 'java', []],
])('of kind "%s" with "%s"', (kind, typed, seqs) => {
  expect(newestFirst(events, kind, typed).map(({ seq }) => seq)).toEqual(seqs);
});

test('kinds by how often', () => {
  expect(kindsOf(events)).toEqual([['state', 2], ['oom', 1]]);
});

test('a storm says how many once', () => {
  expect(countText(event(1, 'link', 'link eth3 down', { count: 41 }))).toBe(' ×41');
  expect(countText(event(1, 'link', 'link eth3 down ×41 in 60 s', { count: 41 }))).toBe('');
  expect(countText(event(1, 'link', 'link eth3 down'))).toBe('');
});

test('sources that are off are named with the reason, and so is a collector that is not well', () => {
  const kmsg = { source: '/dev/kmsg', reason: 'permission denied' };
  expect(unreadable(undefined)).toEqual([]);
  expect(unreadable({ state: 'ok' })).toEqual([]);
  expect(unreadable({ state: 'ok', unavailable: [kmsg] })).toEqual([kmsg]);
  expect(unreadable({ state: 'off', reason: 'switched off', unavailable: [kmsg] })).toEqual([kmsg, { source: 'events', reason: 'switched off' }]);
});
