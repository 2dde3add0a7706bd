import { describe, expect, test } from 'vitest';
import { FreeAxis, niceTop, UnitAxis } from './axis';

describe('axis', () => {
  test.each([
    [0, 'decimal', 1],
    [1, 'decimal', 1],
    [1.1, 'decimal', 2],
    [30, 'decimal', 50],
    [51, 'decimal', 100],
    [0.003, 'decimal', 0.005],
    [1025, 'binary', 2048],
    [2048, 'binary', 2048],
    [0.02, 'duration', 0.02],
    [70, 'duration', 120],
    [15_000, 'duration', 6 * 3600],
    [41 * 86_400, 'duration', 50 * 86_400],
  ] as const)('%d in %s steps goes to %d', (value, base, top) => {
    expect(niceTop(value, base)).toBeCloseTo(top, 9);
  });

  test('grows at once and shrinks after thirty seconds of small values, to the largest of them', () => {
    const axis = new FreeAxis('decimal', 1);
    expect(axis.next(90, 0)).toBe(100);
    expect(axis.next(3, 1000)).toBe(100);
    expect(axis.next(18, 20_000)).toBe(100);
    expect(axis.next(3, 30_999)).toBe(100);
    expect(axis.next(3, 31_000)).toBe(20);
    expect(axis.next(700, 32_000)).toBe(1000);
  });

  // An idle network stood on an axis of "1.02 kbit/s", whose half was "0.512".
  test.each([
    ['bytes/s', true, 1000],
    ['bytes/s', false, 1024],
    ['bits/s', true, 1000],
    ['bits/s', false, 1024],
  ])('an empty axis of %s, in bits %s, ends at a round number', (unit, bits, top) => {
    expect(new UnitAxis().next(0, 0, unit, bits)).toBe(top);
  });
});
