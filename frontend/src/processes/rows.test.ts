import { expect, test } from 'vitest';
import { process } from '../testing/process';
import { filterRows, isSuspect, rank, stateText, totalsOf } from './rows';

test('a filter wants every word, in any column that names', () => {
  const rows = [process({ name: 'postgres', user: 'db', pid: 812 }), process({ name: 'nginx', cgroup: 'web.slice', pid: 1201 })];
  expect(filterRows(rows, 'POST db').map((row) => row.pid)).toEqual([812]);
  expect(filterRows(rows, 'slice').map((row) => row.pid)).toEqual([1201]);
  expect(filterRows(rows, '812').map((row) => row.pid)).toEqual([812]);
  expect(filterRows(rows, 'post web')).toEqual([]);
  expect(filterRows(rows, '  ')).toBe(rows);
});

test('without permission for I/O those that wait for a disk come first, then by CPU', () => {
  const rows = [
    process({ key: 'busy', cpu: 90, io: null }),
    process({ key: 'waiting', cpu: 1, io: null, state: 'D' }),
    process({ key: 'own', cpu: 2, io: 4096 }),
  ];
  const ranked = [...rank(rows, 'io', totalsOf(rows))].sort((a, b) => Number(b.value) - Number(a.value));
  expect(ranked.map((row) => row.key)).toEqual(['waiting', 'busy', 'own']);
});

test('a suspect takes a fifth of what all processes take', () => {
  const rows = [process({ io: 20 }), process({ io: 80 }), process({ io: null })];
  const totals = totalsOf(rows);
  expect(rows.map((row) => isSuspect(row, 'io', totals, 0))).toEqual([true, true, false]);
  expect(isSuspect(process({ io: 19 }), 'io', totals, 0)).toBe(false);
});

test('memory is compared with that of the host', () => {
  const rows = [process({ memory: 19 }), process({ memory: 20 })];
  expect(rows.map((row) => isSuspect(row, 'memory', totalsOf(rows), 100))).toEqual([false, true]);
});

test('nobody is a suspect where nothing is used', () => {
  const rows = [process({ cpu: 0 })];
  expect(isSuspect(process({ cpu: 0 }), 'cpu', totalsOf(rows), 0)).toBe(false);
});

test('trouble is explained', () => expect([stateText('D'), stateText('S')]).toEqual(['D waiting for disk', 'S']));
