import { expect, test } from 'vitest';
import { decode } from './decode';

const frame = (fields: object): string => JSON.stringify({ type: 'frame', rev: 1, seq: 7, t: 1000, d: [1, 5], ...fields });

test('a frame of pairs is taken, with what is missing in it', () => {
  expect(decode(frame({ d: [1, 118, 3, 0, 1, null] }))).toMatchObject({ seq: 7, d: [1, 118, 3, 0, 1, null] });
  expect(decode(frame({ d: null }))).toMatchObject({ d: [] });
  expect(decode(frame({ missed: 2, why: 'late' }))).toMatchObject({ missed: 2, why: 'late' });
});

test.each([
  ['half a pair', { d: [1] }],
  ['a gap of nothing', { d: [0, 5] }],
  ['a gap that is missing', { d: [null, 5] }],
  ['half a series', { d: [1.5, 5] }],
  ['half a quantum', { d: [1, 0.5] }],
  ['text for a number', { d: [1, '5'] }],
  ['no list', { d: 5 }],
  ['no row', { seq: -1 }],
  ['a time that is text', { t: '1000' }],
  ['a count that is text', { missed: '2' }],
])('a frame with %s is no frame', (_, fields) => {
  expect(decode(frame(fields))).toBeUndefined();
});
