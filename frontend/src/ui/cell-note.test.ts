import { expect, test } from 'vitest';
import { keepName, type KeptName } from './cell-note';

test('the worst device is named for ten seconds at least, and at a pinned second the one of then', () => {
  const kept: KeptName = { text: '', sinceMs: -Infinity };
  expect(keepName('nvme3n1', kept, 0, false)).toBe('nvme3n1');
  expect(keepName('sda', kept, 9999, false)).toBe('nvme3n1');
  expect(keepName('sda', kept, 10_000, false)).toBe('sda');
  expect(keepName('sdb', kept, 11_000, true)).toBe('sdb');
});
