import { describe, expect, test } from 'vitest';
import { parseTime } from './parse-time';
import { timeZone, UTC } from './time';

// A Friday.
const now = Date.UTC(2026, 10, 20, 17, 30, 0);
const iso = (text: string, zone = UTC): string | undefined => {
  const ms = parseTime(text, now, zone);
  return ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 19);
};

describe('a time as it is written', () => {
  test.each([
    ['17:02', '2026-11-20T17:02:00'],
    ['17:02:44', '2026-11-20T17:02:44'],
    ['18:02', '2026-11-19T18:02:00'],
    ['3am', '2026-11-20T03:00:00'],
    ['12 am', '2026-11-20T00:00:00'],
    ['yesterday 3am', '2026-11-19T03:00:00'],
    ['Yesterday at 18:02', '2026-11-19T18:02:00'],
    ['today 18:02', '2026-11-20T18:02:00'],
    ['wed 18:02', '2026-11-18T18:02:00'],
    ['last friday 18:02', '2026-11-13T18:02:00'],
    ['2026-11-18 18:02', '2026-11-18T18:02:00'],
    ['2026-11-18T18:02:44', '2026-11-18T18:02:44'],
    ['2026-11-18T18:02:44.500Z', '2026-11-18T18:02:44'],
    ['2026-11-18 18:02 +01:00', '2026-11-18T17:02:00'],
    ['2026-11-18', '2026-11-18T00:00:00'],
    ['-2h', '2026-11-20T15:30:00'],
    ['now-15m', '2026-11-20T17:15:00'],
    ['1h 30m ago', '2026-11-20T16:00:00'],
    ['2 days ago', '2026-11-18T17:30:00'],
  ])('%s', (text, want) => expect(iso(text)).toBe(want));

  test.each(['', '4711', '18', 'yesterday', '25:00', '18:60', '13pm', '2026-02-30', '2026-13-01 18:02', 'steal', 'cpu 3', '-2x', '2h', 'now'])('%s is none', (text) => {
    expect(iso(text)).toBeUndefined();
  });
});

test('a clock is that of the zone, also where its offset has changed since', () => {
  const berlin = timeZone('Europe/Berlin');
  expect(iso('18:02', berlin)).toBe('2026-11-20T17:02:00');
  expect(iso('2026-07-01 18:02', berlin)).toBe('2026-07-01T16:02:00');
  expect(iso('2026-07-01 18:02Z', berlin)).toBe('2026-07-01T18:02:00');
});
