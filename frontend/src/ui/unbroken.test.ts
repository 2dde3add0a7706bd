import { expect, test } from 'vitest';
import { unbroken } from './unbroken';

test('a line breaks before its dots and nowhere else behind the first of them', () => {
  expect(unbroken('18:06:11 +01:00 · 14 s behind · L for live').split(' ')).toEqual(['18:06:11', '+01:00', '·\u00a014\u00a0s\u00a0behind', '·\u00a0L\u00a0for\u00a0live']);
  expect(unbroken('')).toBe('');
});
