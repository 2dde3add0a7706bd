import { expect, test } from 'vitest';
import { wordsOf } from './event-lane';
import { happeningsOf } from './happened';

const on = (count: number, s: number, text: string) => Array.from({ length: count }, (_, i) => ({ host: `h${i}`, seq: s, t: s * 1000, kind: 'package', text }));
const words = (width: number, ...events: readonly ReturnType<typeof on>[]): readonly string[] =>
  wordsOf(happeningsOf(events.flat()), (t) => t / 1_000_000, width).map(({ text, left }) => `${text}${left ? ' left' : ''}`);

test('what happened on several hosts is named, from left to right', () => {
  expect(words(1000, on(2, 10, 'few'), on(5, 700, 'b'), on(3, 300, 'a'))).toEqual(['a', 'b']);
});

test('a name at the end stands before its mark, and of two without room that on more hosts is named', () => {
  expect(words(1000, on(3, 300, 'a'), on(9, 400, 'b'))).toEqual(['b']);
  expect(words(1000, on(9, 950, 'end'))).toEqual(['end left']);
  // It would stand over the one before it.
  expect(words(1000, on(9, 950, 'end'), on(8, 700, 'before'))).toEqual(['end left']);
  expect(words(1000, on(9, 950, 'end'), on(8, 560, 'before'))).toEqual(['before', 'end left']);
});
