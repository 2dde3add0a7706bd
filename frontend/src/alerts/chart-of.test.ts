import { expect, test } from 'vitest';
import { createStore } from '../data/row-store';
import { hello, schema, series } from '../testing/messages';
import { chartOf } from './chart-of';

const store = createStore();
store.apply(hello());
store.apply(
  schema([series(1, 'pressure.time'), series(2, 'filesystem.bytes', { mount: '/var' }), series(3, 'limit.full_in', { mount: '/var' })], {
    panels: [
      { id: 'pressure', title: 'Pressure', section: 'pressure', families: ['pressure.time'], scale: 'percent', first: 3 },
      { id: 'filesystem.space', title: 'Space', section: 'filesystem', families: ['filesystem.bytes'], scale: 'free' },
    ],
  }),
);

test('an alert leads to the chart of what its rule reads', () => {
  expect(chartOf({ labels: {} }, ['pressure.time'], store)).toBe('pressure');
  expect(chartOf({ labels: { mount: '/var' } }, ['limit.none', 'filesystem.bytes'], store)).toBe('filesystem.space');
});

test('where no chart draws that, to the first one of what it happened to', () => {
  expect(chartOf({ labels: { mount: '/var' } }, ['limit.full_in'], store)).toBe('filesystem.space');
  expect(chartOf({ labels: { sensor: 'x' } }, ['limit.full_in'], store)).toBeUndefined();
  expect(chartOf({ labels: {} }, [], store)).toBeUndefined();
});
