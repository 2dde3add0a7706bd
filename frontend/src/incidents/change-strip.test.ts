import { expect, test } from 'vitest';
import { stripOf } from './change-strip';

const times = Float64Array.from([0, 10, 20, 30]);
const stretch = { base: 0, from: 20, to: 40 };
const box = { width: 40, height: 10 };

test('before and after are two lines that meet where the stretch begins', () => {
  expect(stripOf({ mean: Float64Array.from([0, 0, 10, 10]) }, times, stretch, box)).toEqual({ before: 'M0.0 10.0L10.0 10.0', after: 'M20.0 0.0L30.0 0.0', x: 20 });
});

test('a gap is never a line', () => {
  expect(stripOf({ mean: Float64Array.from([0, NaN, NaN, 10]) }, times, stretch, box)).toMatchObject({ before: 'M0.0 10.0', after: 'M30.0 0.0' });
});

test('what hardly moves lies high, and what never did in the middle; of nothing there is no picture', () => {
  expect(stripOf({ mean: Float64Array.from([99, 99, 100, 100]) }, times, stretch, box)?.before).toBe('M0.0 0.2L10.0 0.2');
  expect(stripOf({ mean: Float64Array.from([0, 0, 0, 0]) }, times, stretch, box)?.before).toBe('M0.0 5.0L10.0 5.0');
  expect(stripOf({ mean: Float64Array.from([NaN, NaN]) }, times, stretch, box)).toBeUndefined();
});
