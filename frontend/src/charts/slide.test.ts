import { expect, test } from 'vitest';
import { axisIn, pannedBy, pinchedBy } from './slide';

// An element of 448 pixels at 100, of which 48 are the gutter: the axis begins at 148 and a
// second of its 400 is a pixel.
const element = { left: 100, width: 448 };
const axis = axisIn(element, 48);
const range = { from: 1_000_000, to: 1_400_000 };

test('a gutter has no time', () => {
  expect(axis).toEqual({ left: 148, width: 400 });
  expect(axisIn({ left: 5, width: 20 }, 48).width).toBe(1);
});

test('what is pulled stays under the pointer', () => {
  expect(pannedBy(range, axis, 60)).toEqual({ from: 940_000, to: 1_340_000 });
  expect(pannedBy(range, axis, -100)).toEqual({ from: 1_100_000, to: 1_500_000 });
});

test('what was in the middle of two fingers stays there', () => {
  // The middle is at 348, which is 1,200,000; they go twice as far apart.
  expect(pinchedBy(range, axis, [298, 398], [248, 448])).toEqual({ from: 1_100_000, to: 1_300_000 });
  // A middle that moves takes its time with it: 1,200,000 is now under 448.
  expect(pinchedBy(range, axis, [298, 398], [398, 498])).toEqual({ from: 900_000, to: 1_300_000 });
  // Near the left end, where a counted gutter would be seen best, and either finger first.
  expect(pinchedBy(range, axis, [168, 128], [188, 108])).toEqual({ from: 1_000_000, to: 1_200_000 });
});

test('fingers that meet do not divide by nothing', () => {
  const { from, to } = pinchedBy(range, axis, [348, 348], [340, 356]);
  expect(to - from).toBe(200_000);
});
