import { expect, test } from 'vitest';
import { stretchAround } from './drawer-acts';

const minute = 60_000;
const since = 1_000 * minute;

test('the file of an alert holds what came before it and after it', () => {
  expect(stretchAround({ sinceMs: since, endMs: since + 10 * minute }, since + 60 * minute)).toEqual({ from: since - 5 * minute, to: since + 12 * minute });
});

test('of one that goes on it ends now, and of a long one it holds the beginning', () => {
  expect(stretchAround({ sinceMs: since }, since + minute)).toEqual({ from: since - 5 * minute, to: since + minute });
  expect(stretchAround({ sinceMs: since }, since + 600 * minute)).toEqual({ from: since - 5 * minute, to: since + 115 * minute });
});
