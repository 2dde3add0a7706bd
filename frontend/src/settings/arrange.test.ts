import { expect, test } from 'vitest';
import { NO_ARRANGEMENT } from '../state/preferences';
import { moved, shownOrHidden } from './arrange';

const places = ['cpu', 'memory', 'network'].map((id) => ({ id, title: id }));

test('a chart moves by one place, and not beyond the ends', () => {
  expect(moved(NO_ARRANGEMENT, places, 'memory', -1).order).toEqual(['memory', 'cpu', 'network']);
  expect(moved(NO_ARRANGEMENT, places, 'cpu', 1).order).toEqual(['memory', 'cpu', 'network']);
  expect(moved(NO_ARRANGEMENT, places, 'cpu', -1)).toBe(NO_ARRANGEMENT);
  expect(moved(NO_ARRANGEMENT, places, 'network', 1)).toBe(NO_ARRANGEMENT);
  expect(moved(NO_ARRANGEMENT, places, 'unknown', 1)).toBe(NO_ARRANGEMENT);
});

test('what is hidden is named once, and shown again', () => {
  const once = shownOrHidden(shownOrHidden(NO_ARRANGEMENT, 'cpu', false), 'cpu', false);
  expect(once.hidden).toEqual(['cpu']);
  expect(shownOrHidden(once, 'cpu', true).hidden).toEqual([]);
});
