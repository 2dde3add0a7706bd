import { expect, test } from 'vitest';
import { UTC } from '../lib/time';
import { goneWords } from './gone';

const now = Date.UTC(2026, 10, 30, 12);
const host = { name: 'db-07', online: false, lastSeenMs: now - 41_000, verdict: 'disk saturated since 11:58: pg_dump writes 154 MiB/s' };

test('a host that is silent says since when, its last word, and what the hub has', () => {
  expect(goneWords(host, { from: now - 341_000, to: now - 41_000 }, now, UTC)).toBe(
    'db-07 is silent since 11:59:19, 41 s ago. Its last word: disk saturated since 11:58: pg_dump writes 154 MiB/s. The hub has its rows from 11:54:19 to 11:59:19, and its states of the last day; the host keeps the rest.',
  );
  expect(goneWords({ ...host, verdict: '' }, undefined, now, UTC)).toBe('db-07 is silent since 11:59:19, 41 s ago. Nobody looked at it lately: the hub has none of its rows, but its states of the last day; the host keeps the rest.');
});

test('one that is not says nothing, and one that never spoke has no time', () => {
  expect(goneWords({ ...host, online: true }, undefined, now, UTC)).toBe('');
  expect(goneWords({ ...host, lastSeenMs: 0 }, undefined, now, UTC)).toBe('db-07 was not heard of since the hub was started.');
});
