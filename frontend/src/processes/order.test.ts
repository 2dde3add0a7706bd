import { expect, test } from 'vitest';
import { compare, createCalmOrder, type Ranked } from './order';

const rows = (values: Record<string, number | null>): Ranked[] =>
  Object.entries(values).map(([key, value]) => ({ key, value }));

test('the first order is by value at once', () => {
  const order = createCalmOrder(() => true);
  expect(order.next(rows({ a: 1, b: 3, c: 2 }), 0, false)).toEqual(['b', 'c', 'a']);
});

test('rows change places at most every three seconds', () => {
  const order = createCalmOrder(() => true);
  order.next(rows({ a: 5, b: 1 }), 0, false);
  expect(order.next(rows({ a: 0, b: 90 }), 1000, false)).toEqual(['a', 'b']);
  expect(order.next(rows({ a: 0, b: 90 }), 2999, false)).toEqual(['a', 'b']);
  expect(order.next(rows({ a: 0, b: 90 }), 3000, false)).toEqual(['b', 'a']);
});

test('one spike does not pass a row that is steadily ahead', () => {
  const order = createCalmOrder(() => true);
  order.next(rows({ steady: 50, spiky: 0 }), 0, false);
  expect(order.next(rows({ steady: 50, spiky: 60 }), 3000, false)).toEqual(['steady', 'spiky']);
});

test('nothing moves while it is frozen', () => {
  const order = createCalmOrder(() => true);
  order.next(rows({ a: 5, b: 1 }), 0, true);
  for (let t = 1000; t <= 60000; t += 1000) expect(order.next(rows({ a: 0, b: 90 }), t, true)).toEqual(['a', 'b']);
  expect(order.next(rows({ a: 0, b: 90 }), 61000, false)).toEqual(['b', 'a']);
});

test('new rows wait at the end and gone rows leave at once', () => {
  const order = createCalmOrder(() => true);
  order.next(rows({ a: 5, b: 3 }), 0, false);
  expect(order.next(rows({ b: 3, c: 99 }), 1000, false)).toEqual(['b', 'c']);
  expect(order.next(rows({ b: 3, c: 99 }), 3000, false)).toEqual(['c', 'b']);
});

test('what a row that has no number for a while had before is forgotten', () => {
  const order = createCalmOrder(() => true);
  order.next(rows({ a: 90, b: 50 }), 0, false);
  order.next(rows({ a: null, b: 50 }), 1000, false);
  expect(order.next(rows({ a: 10, b: 50 }), 3000, false)).toEqual(['b', 'a']);
});

test('after a reset the next order is taken at once', () => {
  const order = createCalmOrder(() => true);
  order.next(rows({ a: 5, b: 1 }), 0, false);
  order.reset();
  expect(order.next(rows({ a: 0, b: 90 }), 10, true)).toEqual(['b', 'a']);
});

test('missing values come last in both directions', () => {
  for (const descending of [true, false]) {
    expect([null, 2, 1].sort((a, b) => compare(a, b, descending)).at(-1)).toBeNull();
  }
});
