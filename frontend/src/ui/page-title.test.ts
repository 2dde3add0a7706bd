import { expect, test } from 'vitest';
import { alert } from '../testing/alert';
import { favicon, pageSign, pageTitle } from './page-title';

test('the title names the worst resource first and the host last', () => {
  expect(pageTitle({ type: 'bad', shape: 'critical', resource: 'Disk', word: 'saturated' }, 'db-01')).toBe('▲ disk saturated · db-01');
  expect(pageTitle({ type: 'alert', shape: 'warn', text: '/var is 94 % full' }, 'db-01')).toBe('■ /var is 94 % full · db-01');
  expect(pageTitle({ type: 'stale' }, 'db-01')).toBe('◌ stale · db-01');
  expect(pageTitle({ type: 'ok' }, 'db-01')).toBe('db-01 · dashcam');
  expect(pageTitle({ type: 'ok' }, '')).toBe('dashcam');
});

test('every sign has a picture of its own', () => {
  const pictures = [
    favicon({ type: 'ok' }),
    favicon({ type: 'stale' }),
    favicon({ type: 'bad', shape: 'warn', resource: '', word: '' }),
    favicon({ type: 'bad', shape: 'errors', resource: '', word: '' }),
    favicon({ type: 'bad', shape: 'critical', resource: '', word: '' }),
  ];
  expect(new Set(pictures).size).toBe(pictures.length);
  expect(pictures.every((p) => p.startsWith('data:image/svg+xml,'))).toBe(true);
});

test('a tab says the worst state, unless an alert is worse', () => {
  const state = (shape: 'warn' | 'errors' | 'critical') => ({ shape, resource: 'Disk', word: 'busy' });
  const critical = alert('a', { level: 'critical' });
  expect(pageSign(undefined, undefined)).toEqual({ type: 'ok' });
  expect(pageSign(undefined, alert('a'))).toEqual({ type: 'alert', shape: 'warn', text: 'a is wrong' });
  expect(pageSign(state('warn'), alert('a'))).toEqual({ type: 'bad', ...state('warn') });
  expect(pageSign(state('errors'), critical)).toEqual({ type: 'alert', shape: 'critical', text: 'a is wrong' });
  expect(pageSign(state('critical'), critical)).toEqual({ type: 'bad', ...state('critical') });
});
