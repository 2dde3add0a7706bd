import { expect, test } from 'vitest';
import { UTC } from '../lib/time';
import { sentenceOf, sentenceText } from './sentence';
import { hostOf } from '../testing/hosts';
import { causeText, clockText, stateSince, stateWord, upText, versionNote } from './words';

const day = Date.UTC(2026, 10, 20);
const at = (clock: string): number => (day + Date.parse(`1970-01-01T${clock}Z`)) / 1000;
const now = { ms: day + 19 * 3_600_000, zone: UTC };
const text = (...hosts: Parameters<typeof sentenceOf>[0]): string => sentenceText(sentenceOf(hosts, now));

const db = hostOf('db-07', { diskLevel: 2, diskSince: at('18:02:00') });
const gone = hostOf('web-1', { online: 0, seen: at('18:30:05') });
const filling = hostOf('web-2', { limitsLevel: 1, limitsSince: at('17:00:00'), cpuLevel: 1, cpuSince: at('18:00:00') });
const well = hostOf('web-3');

test('it counts who needs somebody, and names the worst with their states and times', () => {
  expect(text(db, gone, well)).toBe('2 of 3 hosts need attention: db-07 disk saturated since 18:02:00, web-1 silent last word 18:30:05');
  expect(text(filling, well)).toBe('1 of 2 hosts needs attention: web-2 limits filling, 1 more since 17:00:00');
});

test('who is not named is counted', () => {
  expect(text(db, gone, filling, hostOf('x', { cpuLevel: 1, cpuSince: at('18:00:00') }), well)).toMatch(/^4 of 5 hosts need attention: .*, and 1 more$/);
});

test('when all are well it says so, and what is not known is not well', () => {
  expect(text(well, hostOf('web-4'))).toBe('All 2 hosts are well.');
  expect(text(well)).toBe('The one host is well.');
  expect(text()).toBe('No host has joined yet.');
  expect(text(well, hostOf('new', { cpuLevel: null }))).toBe('No host needs attention; of 1 nothing is known yet.');
});

test('its level is that of the first host', () => {
  expect([[db, gone], [gone, filling], [filling], [well]].map((hosts) => sentenceOf(hosts, now).level)).toEqual(['critical', 'silent', 'warn', 'ok']);
});

test('a host says its state in words, and what else is to be known of it', () => {
  expect([stateWord(well), stateSince(hostOf('a', { cpuSince: at('10:00:00'), diskLevel: 0, diskSince: at('11:00:00') }), now)]).toEqual(['all well', 'since 11:00:00']);
  const never = hostOf('a', { online: 0 });
  expect([stateWord(never), stateSince(never, now)]).toEqual(['never heard of', '']);
  expect([hostOf('a', { offset: 7.31 }), hostOf('a', { offset: -3 }), well].map(clockText)).toEqual(['clock +7.3 s', 'clock −3.0 s', '']);
  expect([upText(hostOf('a', { boot: now.ms / 1000 - 3 * 86_400 }), now), upText(well, now)]).toEqual(['3 d', '—']);
});

test('of a verdict the part stays that the state beside it does not say', () => {
  const cause = (verdict: string): string => causeText(hostOf('a', { verdict }));
  expect(cause('disk saturated since 18:02: pg_dump (backup.service) writes 154 of 175 MiB/s')).toBe('pg_dump (backup.service) writes 154 of 175 MiB/s');
  expect(cause('/var/lib is 96 % full since 03:20:05')).toBe('/var/lib is 96 % full');
  expect(cause('a second machine (web-07, booted 2026-11-30 09:10 UTC) has the key of this host and is refused; join that one by a token of its own')).toMatch(/^a second machine .* of its own$/);
  expect(cause('')).toBe('');
});

test('a version that is not the hub’s says how it stands to it', () => {
  expect(versionNote('0.0.9', '0.1.0')).toBe('old');
  expect(versionNote('v0.10.0', '0.9.1')).toBe('newer than the hub');
  expect(versionNote('dev', '0.1.0')).toBe('not the hub’s');
  expect(versionNote('0.1.0-rc1', '0.1.0')).toBe('not the hub’s');
  expect([versionNote('0.1.0', '0.1.0'), versionNote('', '0.1.0'), versionNote('0.1.0', '')]).toEqual(['', '', '']);
});
