import { expect, test } from 'vitest';
import { alert } from '../testing/alert';
import { bellWords, groupsOf, newsOf, newsWords } from './alert-words';

const of = (...alerts: ReturnType<typeof alert>[]) => ({ alerts });
const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);

test('critical alerts stand first, and what is silenced neither fires nor is pending', () => {
  const groups = groupsOf(
    of(alert('a'), alert('b', { level: 'critical' }), alert('c', { silenced: 's1' }), alert('d', { state: 'pending', silenced: false }), alert('e', { state: 'pending', silenced: 's1' }), alert('f', { state: 'resolved', silenced: 's1' })),
  );
  expect([ids(groups.firing), ids(groups.pending), ids(groups.silenced), ids(groups.resolved)]).toEqual([['b', 'a'], ['d'], ['c', 'e'], ['f']]);
});

test('the bell counts what fires and what is pending', () => {
  expect(bellWords(groupsOf(of(alert('a'), alert('b'), alert('c', { state: 'pending' }))))).toBe('alerts: 2 firing, 1 pending');
  expect(bellWords(groupsOf(of(alert('a', { state: 'resolved' }))))).toBe('alerts: none');
});

test('what fired before the page was opened is no news', () => {
  expect(newsOf(undefined, of(alert('a')))).toEqual({ fired: [], over: [] });
});

test('news are what begins to fire, what becomes critical, and what is over', () => {
  const before = of(alert('same'), alert('worse'), alert('over'), alert('waits', { state: 'pending' }), alert('old', { state: 'resolved' }));
  const after = of(alert('same'), alert('worse', { level: 'critical' }), alert('waits'), alert('new'), alert('over', { state: 'resolved' }), alert('old', { state: 'resolved' }));
  const news = newsOf(before, after);
  expect([ids(news.fired), ids(news.over)]).toEqual([['worse', 'waits', 'new'], ['over']]);
  expect(newsWords(news)).toBe('critical: worse is wrong. warning: waits is wrong. warning: new is wrong. over: over is wrong');
});

test('a silence makes no news, and its end makes some', () => {
  expect(newsWords(newsOf(of(alert('a')), of(alert('a', { silenced: 's1' }))))).toBe('');
  expect(ids(newsOf(of(alert('a', { silenced: 's1' })), of(alert('a'))).fired)).toEqual(['a']);
});
