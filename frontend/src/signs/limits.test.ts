import { expect, test } from 'vitest';
import { calm, type LimitReading, type Ranking } from './limits';

const limit = (key: string, level: LimitReading['level'] = 'ok'): LimitReading => ({ key, id: 1, kind: 'filesystem', name: key, used: 50, level, fullInSeconds: null, unit: undefined, full: undefined });

test('limits change places every ten seconds at most, at once where a state changes or one comes, and as they were at a pinned second', () => {
  const ranking: Ranking = { keys: [], sinceMs: -Infinity, states: '' };
  const order = (ms: number, keys: readonly (string | LimitReading)[], pinned = false): string =>
    calm(keys.map((key) => (typeof key === 'string' ? limit(key) : key)), ranking, ms, pinned).map(({ key }) => key).join('');
  expect(order(0, ['a', 'b'])).toBe('ab');
  expect(order(9999, ['b', 'a'])).toBe('ab');
  expect(order(10_000, ['b', 'a'])).toBe('ba');
  expect(order(11_000, [limit('a', 'warn'), 'b'])).toBe('ab');
  expect(order(12_000, ['c', limit('a', 'warn'), 'b'])).toBe('cab');
  expect(order(13_000, ['b', 'c', limit('a', 'warn')])).toBe('cab');
  expect(order(13_000, ['b', 'c', limit('a', 'warn')], true)).toBe('bca');
});
