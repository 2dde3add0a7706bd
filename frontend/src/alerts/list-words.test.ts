import { expect, test } from 'vitest';
import { UTC } from '../lib/time';
import { alert } from '../testing/alert';
import type { Delivery } from '../wire/types';
import type { Rule } from './acts-api';
import { alertFacts, backtestWords, deliveryWords, receiverWords, ruleSentences, silenceWords, triedWords } from './list-words';

const at = (clock: string): number => Date.parse(`2026-11-29T${clock}Z`);
const now = at('18:10:00');

test('an alert says how bad it is, since when, its worst value, and whether it is for the page alone', () => {
  expect(alertFacts(alert('a', { sinceMs: at('18:02:44') }), now, UTC)).toEqual(['warning', 'since 18:02:44', 'at worst 94.0 %']);
  expect(alertFacts(alert('a', { sinceMs: at('18:02:44'), peak: 91, notify: false }), now, UTC)).toEqual(['warning', 'since 18:02:44', 'on the page alone']);
  expect(alertFacts(alert('a', { state: 'resolved', sinceMs: at('18:02:00'), endMs: at('18:05:30'), unit: 'count' }), now, UTC)).toEqual(['18:02:00', 'lasted 3 m 30 s']);
});

test('a test message says who took it', () => {
  expect(triedWords(undefined)).toBe('');
  expect(triedWords([{ receiver: 'mail' }, { receiver: 'hook', problem: 'it answered 500' }])).toBe('mail took it; hook did not take it: it answered 500.');
});

const rule = (fields: Partial<Rule>): Rule => ({ name: 'r', title: 't', why: 'w', notify: true, clear: { under: 0.5, forMs: 0 }, families: [], ...fields });

const rules: Readonly<Record<string, { readonly rule: Rule; readonly says: readonly string[] }>> = {
  'two levels with a second value': {
    rule: rule({ unit: 'percent', warn: { at: 90, and: 20 * 2 ** 30, forMs: 300_000 }, crit: { at: 97, and: 5 * 2 ** 30, forMs: 60_000 }, clear: { under: 87, forMs: 300_000 }, also: { title: 'space left', unit: 'bytes', below: true } }),
    says: ['Warning from 90 % with less than 20.0 GiB space left for 5 m.', 'Critical from 97 % with less than 5.0 GiB space left for 1 m.', 'Over below 87 % for 5 m.'],
  },
  'less is worse': { rule: rule({ unit: 'celsius', below: true, crit: { at: 5, forMs: 60_000 }, clear: { under: 8, forMs: 600_000 } }), says: ['Critical under 5 °C for 1 m.', 'Over above 8 °C for 10 m.'] },
  'what is counted': { rule: rule({ unit: 'count', warn: { at: 0.5, forMs: 0 }, crit: { at: 2.5, forMs: 0 } }), says: ['Warning at 1 or more.', 'Critical at 3 or more.', 'Over when there is none.'] },
  'what happens and lasts': { rule: rule({ latched: true, crit: { at: 0.5, forMs: 0 } }), says: ['Critical when it happens.', 'It lasts until somebody has seen it.'] },
  'any at all': { rule: rule({ unit: '/s', warn: { at: 1, forMs: 120_000 }, clear: { under: 5e-324, forMs: 600_000 } }), says: ['Warning from 1.0 /s for 2 m.', 'Over when there is none for 10 m.'] },
};
for (const [name, { rule: of, says }] of Object.entries(rules)) test(`a rule is explained: ${name}`, () => expect(ruleSentences(of)).toEqual(says));

test('of each receiver the last state is told, failures with their reason', () => {
  const words = deliveryWords(
    [
      { kind: 'firing', receiver: 'ntfy', state: 'delivered', atMs: at('18:03:00') },
      { kind: 'firing', receiver: 'mail', state: 'failing', atMs: at('18:04:00'), nextMs: at('18:12:00'), tries: 3, error: 'connection refused' },
      { kind: 'resolved', receiver: 'ntfy', state: 'expired', atMs: at('18:09:00'), error: 'no answer' },
      { kind: 'firing', receiver: 'hook', state: 'queued', atMs: at('18:09:00') },
    ],
    now,
    UTC,
  );
  expect(words).toEqual([
    { text: 'ntfy: given up 18:09:00: no answer', failed: true },
    { text: 'mail: fails, 3 tries, next 18:12:00: connection refused', failed: true },
    { text: 'hook: waits', failed: false },
  ]);
});

test('what a receiver will never take, and what may be there twice, is said', () => {
  const one = (fields: Partial<Delivery>) => deliveryWords([{ kind: 'firing', receiver: 'mail', state: 'delivered', atMs: at('18:03:00'), ...fields }], now, UTC)[0];
  expect(one({ maybeTwice: true })).toEqual({ text: 'mail: delivered 18:03:00, perhaps twice', failed: false });
  expect(one({ state: 'refused', error: 'no such user' })).toEqual({ text: 'mail: refused 18:03:00: no such user', failed: true });
  expect(one({ state: 'skipped' })).toEqual({ text: 'mail: skipped 18:03:00', failed: false });
});

test('a receiver says whether it can be reached, and what waits for it', () => {
  expect(receiverWords({ name: 'mail', state: 'ok', reachedMs: at('18:03:00'), waiting: 0 }, now, UTC)).toBe('mail: reached 18:03:00');
  expect(receiverWords({ name: 'mail', state: 'unknown', waiting: 0 }, now, UTC)).toBe('mail: nothing sent yet');
  expect(receiverWords({ name: 'mail', state: 'failing', sinceMs: at('18:04:00'), error: 'refused', waiting: 2 }, now, UTC)).toBe('mail: fails since 18:04:00: refused, 2 wait');
});

test('a silence says what it is about, until when and why', () => {
  expect(silenceWords({ id: 's', matchers: { rule: 'disk-errors', labels: { device: 'sda' } }, endMs: at('19:00:00'), reason: 'it is replaced' }, now, UTC)).toBe('disk-errors sda until 19:00:00: it is replaced');
  expect(silenceWords({ id: 's', matchers: { level: 'warning' }, untilWell: true, reason: 'known' }, now, UTC)).toBe('warning until well: known');
  expect(silenceWords({ id: 's', matchers: { rule: '*' }, reason: 'lab', configured: true }, now, UTC)).toBe('* for good: lab');
});

test('a backtest says how often, and over what', () => {
  const dayMs = 86_400_000;
  expect(backtestWords(3, 30, 31 * dayMs)).toBe('Would have fired 3 times in 30 days. Here they are:');
  expect(backtestWords(1, 30, 2 * 3_600_000)).toBe('Would have fired once in 2 h, which is all that is remembered. Here it is:');
  expect(backtestWords(0, 30, 31 * dayMs)).toBe('Nothing would have fired in 30 days.');
});
