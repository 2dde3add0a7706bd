import { expect, test } from 'vitest';
import type { RowValues } from '../data/store';
import type { Resource, SeriesInfo } from '../wire/types';
import { instanceColumns, instanceRows } from './instance-rows';

const series = (id: number, name: string, labels: Record<string, string>, over: Partial<SeriesInfo> = {}): SeriesInfo => ({ id, name, labels, kind: 'gauge', unit: 'percent', quantum: 1, help: `${name}.`, ...over });

const all = [
  series(0, 'disk.bytes', { device: 'sda', dir: 'read' }, { unit: 'bytes/s' }),
  series(1, 'disk.bytes', { device: 'sda', dir: 'write' }, { unit: 'bytes/s' }),
  series(2, 'disk.busy', { device: 'nvme10n1' }),
  series(3, 'disk.busy', { device: 'nvme2n1' }),
  series(4, 'disk.busy', { device: 'sda' }),
  series(5, 'disk.mode', { device: 'sda' }, { kind: 'state' }),
  series(6, 'load', {}),
  series(7, 'state.disk', {}, { kind: 'state' }),
  series(9, 'filesystem.errors', { device: 'sda1' }),
  series(8, 'limit.state', { kind: 'filesystem', name: 'nvme2n1' }, { kind: 'state' }),
];

const families = new Set(['disk.bytes', 'disk.busy', 'disk.mode', 'load']);

const disk: Resource = { id: 'disk', title: 'Disk', section: 'disk', state: 'state.disk', cause: 'cause.disk', since: 'since.disk', use: [], sat: [], err: [], worst: { family: 'disk.busy', label: 'device' } };
const limits: Resource = { id: 'limits', title: 'Limits', section: 'limits', state: 'state.limits', cause: '', since: '', use: [], sat: [], err: [], limits: { used: 'limit.used', state: 'limit.state', fullIn: 'limit.full_in' } };

const rowOf = (values: Readonly<Record<number, number>>): RowValues => ({
  find: (family) => all.filter(({ name }) => name === family),
  value: (id) => values[id] ?? null,
  time: () => 0,
});
const names = (values: Readonly<Record<number, number>>): string[] =>
  instanceRows(instanceColumns(all, 'device', families), [disk, limits], 'disk', rowOf(values), 0).map(({ name, level, word }) => [name, level, word].filter((each) => each !== '' && each !== 'ok').join(' '));

test('a column is a family and its second label; states, what has no instance and what the section does not draw are left out', () => {
  expect(instanceColumns(all, 'device', families).map(({ title }) => title)).toEqual(['bytes read', 'bytes write', 'busy']);
});

test('rows stand in the natural order of their names', () => {
  expect(names({ 2: 5, 3: 6, 4: 90 })).toEqual(['nvme2n1', 'nvme10n1', 'sda']);
});

test('the worst of a bad resource and every near limit are on top, the worse first', () => {
  expect(names({ 2: 5, 3: 6, 4: 90, 7: 2 })).toEqual(['sda critical saturated', 'nvme2n1', 'nvme10n1']);
  expect(names({ 2: 5, 3: 6, 4: 90, 7: 2, 8: 1 })).toEqual(['sda critical saturated', 'nvme2n1 warn filling', 'nvme10n1']);
});

test('a value over a threshold of its own series counts too, and what is missing does not', () => {
  const own = [series(0, 'sensor.temperature', { sensor: 'a' }, { warn: 60, crit: 80 }), series(1, 'sensor.temperature', { sensor: 'b' }, { warn: 60, crit: 80 })];
  const columns = instanceColumns(own, 'sensor', new Set(['sensor.temperature']));
  const rows = instanceRows(columns, [], 'sensors', { ...rowOf({ 1: 70 }), value: (id) => ({ 1: 70 })[id] ?? null }, 0);
  expect(rows.map(({ name, level, values }) => [name, level, ...values])).toEqual([
    ['b', 'warn', 70],
    ['a', 'ok', null],
  ]);
});
