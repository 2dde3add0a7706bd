import { expect, test } from 'vitest';
import { apart } from './chart-data';

test('marks of events that stand too near to each other are one, wherever the window stands', () => {
  expect(apart([])).toEqual([]);
  expect(apart([3, 8, 9, 10, 11, 12, 40])).toEqual([3, 8, 12, 40]);
  // A picture that is moved has the marks of one that is painted anew: what went out at the left changes none.
  expect(apart([9, 10, 11, 12, 40])).toEqual([9, 12, 40]);
});
