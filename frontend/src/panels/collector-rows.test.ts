import { expect, test } from 'vitest';
import type { RowValues } from '../data/store';
import type { HealthMessage, SeriesInfo } from '../wire/types';
import { collectorColumns, collectorRows } from './collector-rows';

const series = (id: number, name: string, labels: Readonly<Record<string, string>>): SeriesInfo => ({ id, name, labels, kind: 'gauge', quantum: 1, unit: 'seconds', help: '.' });
const health = (collector: string, state: HealthMessage['state']): HealthMessage => ({ type: 'health', collector, title: '', state, sinceMs: 0, cadenceMs: 1000 });

const all = [series(1, 'collector.cpu', { collector: 'b10' }), series(2, 'collector.cpu', { collector: 'b9' }), series(3, 'disk.bytes', { device: 'sda' })];
const values: RowValues = {
  find: (family, match) => all.filter((info) => info.name === family && match?.collector?.includes(info.labels?.collector ?? '') === true),
  value: (id) => id * 10,
  time: () => 0,
};

test('what is told apart by the collector alone becomes a column', () => {
  expect(collectorColumns(all)).toEqual([{ family: 'collector.cpu', title: 'cpu', unit: 'seconds', id: 1 }]);
});

test('those in trouble stand on top, the others in natural order; one that is off is not in trouble', () => {
  const store = { health: new Map([health('b10', 'ok'), health('b9', 'ok'), health('z', 'failing'), health('a', 'off')].map((each) => [each.collector, each])) };
  const rows = collectorRows(store, collectorColumns(all), values, 0);
  expect(rows.map(({ key, values: [cpu] }) => [key, cpu])).toEqual([
    ['z', null],
    ['a', null],
    ['b9', 20],
    ['b10', 10],
  ]);
});
