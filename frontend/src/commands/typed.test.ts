import { expect, test } from 'vitest';
import { UTC } from '../lib/time';
import { typedEntries, type TypedFacts } from './typed';

const nowMs = Date.UTC(2026, 10, 20, 17, 30);
const facts: TypedFacts = {
  nowMs,
  zone: UTC,
  oldestMs: nowMs - 86_400_000,
  live: [
    { key: 'a', name: 'postgres', pid: 47110 },
    { key: 'b', name: 'nginx', pid: 4711 },
    { key: 'c', name: 'sshd', pid: 12 },
  ],
  ended: [{ key: 'd', name: 'pg_dump', pid: 4712, lastMs: nowMs - 60_000 }],
};

function find(typed: string): { readonly found: readonly string[]; readonly first: () => unknown } {
  const done: unknown[] = [];
  const note = (what: unknown): void => void done.push(what);
  const entries = typedEntries(typed, facts, { goToTime: note, openLive: note, openEnded: note });
  return {
    found: entries.map(({ text, kind }) => `${text} · ${kind}`),
    first: () => {
      entries[0]?.run();
      return done[0];
    },
  };
}

// The palette found no pid, no time and nobody who had ended.
test.each([
  ['4711', ['nginx 4711 · process', 'postgres 47110 · process']],
  ['4712', ['pg_dump 4712 · process, last seen 17:29:00']],
  ['17:02', ['Go to 17:02:00 · time']],
  ['-48h', ['Go to 2026-11-18 17:30:00 · time, not remembered']],
  ['2026-11-21 10:00', ['Go to 2026-11-21 10:00:00 · time, has not come yet']],
  ['steal', []],
  ['', []],
])('%s finds %j', (typed, found) => expect(find(typed).found).toEqual(found));

test('a time is gone to, a live process opened, and one that ended where it was seen last', () => {
  expect(find('-2h').first()).toBe(nowMs - 7_200_000);
  expect(find('4711').first()).toMatchObject({ key: 'b' });
  expect(find('4712').first()).toMatchObject({ key: 'd', lastMs: nowMs - 60_000 });
});
