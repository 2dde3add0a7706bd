import { expect, test } from 'vitest';
import type { Verdict } from '../wire/types';
import { createNews } from './verdict-news';

const verdict = (text: string, more: Partial<Verdict> = {}): Verdict => ({ at: 1, resource: 'cpu', level: 'warn', sinceMs: 0, text, clauses: [], culprits: [], ...more });

test('a verdict is drawn at once where it says something else, and by the next row where only its figures are others', () => {
  const isNews = createNews();
  expect(isNews(verdict('CPU 91 % busy since 18:06:11'), 1000)).toBe(true);
  expect(isNews(verdict('CPU 91 % busy since 18:06:11', { at: 2 }), 1000)).toBe(false);
  expect(isNews(verdict('CPU 92.5 % busy since 18:06:11', { at: 3 }), 1000)).toBe(false);
  expect(isNews(verdict('CPU 92.5 % busy since 18:06:11', { at: 4, level: 'critical' }), 1000)).toBe(true);
  expect(isNews(verdict('all well', { at: 5, level: 'ok' }), 1000)).toBe(true);
  expect(isNews(verdict('all well', { at: 0, level: 'ok' }), 1000)).toBe(true);
  expect(isNews(undefined, 1000)).toBe(true);
});

test('where rows are far apart nothing waits for one', () => {
  const isNews = createNews();
  isNews(verdict('CPU 91 % busy'), 10_000);
  expect(isNews(verdict('CPU 92 % busy'), 10_000)).toBe(true);
});
