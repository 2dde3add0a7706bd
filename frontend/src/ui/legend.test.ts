import { expect, test } from 'vitest';
import { aloneOrAll, toggled } from './legend';

const keys = ['a', 'b', 'c'];
const sorted = (set: ReadonlySet<string>): string[] => [...set].sort();

test('a click shows one alone, a second click shows all again', () => {
  const alone = aloneOrAll(new Set(), keys, 'b');
  expect(sorted(alone)).toEqual(['a', 'c']);
  expect(sorted(aloneOrAll(alone, keys, 'b'))).toEqual([]);
  expect(sorted(aloneOrAll(alone, keys, 'c'))).toEqual(['a', 'b']);
});

test('other panels keep what they hide', () => {
  expect(sorted(aloneOrAll(new Set(['other:x']), keys, 'a'))).toEqual(['b', 'c', 'other:x']);
});

test('a shift-click switches one, but never the last', () => {
  expect(sorted(toggled(new Set(), keys, 'a'))).toEqual(['a']);
  expect(sorted(toggled(new Set(['a']), keys, 'a'))).toEqual([]);
  expect(sorted(toggled(new Set(['a', 'b']), keys, 'c'))).toEqual(['a', 'b']);
});
