import { expect, test } from 'vitest';
import type { Curve } from '../charts/layers';
import type { Panel } from '../wire/types';
import { statistics, toJson, type ChartTable } from './chart-table';

const panel: Panel = { id: 'disk', title: 'Disk, all', section: 'disk', families: [], scale: 'free' };
const curve: Curve = { key: 'k', title: 'read', color: 'c1', style: 'line', ids: [1], reduce: 'sum', unit: 'bytes/s', kind: 'gauge', max: 0, warn: 0, crit: 0 };
const column = (values: number[], most = values): ChartTable['columns'][number] => ({
  panel,
  curve,
  values: Float64Array.from(values),
  least: Float64Array.from(values),
  most: Float64Array.from(most),
});

test('statistics leave out what is missing', () => {
  expect(statistics(column([NaN, 1, 5, NaN]))).toEqual({ now: 5, min: 1, mean: 3, max: 5 });
  expect(statistics(column([NaN]))).toEqual({ now: null, min: null, mean: null, max: null });
});

test('the largest of buckets is their peak, not the largest mean', () => expect(statistics(column([1, 2], [9, 3])).max).toBe(9));

test('buckets carry their peaks along', () => {
  const table = { times: Float64Array.of(0), columns: [column([1], [4])], stepMs: 10_000 };
  expect(JSON.parse(toJson(table, 'db'))).toEqual({ host: 'db', stepMs: 10_000, t: [0], series: [{ panel: 'Disk, all', title: 'read', unit: 'bytes/s', values: [1], max: [4] }] });
});
