import { expect, test } from 'vitest';
import { process } from '../testing/process';
import { withoutIoText } from './process-words';
import { filterRows, type HostTotals, isSuspect, rank, stateText, totalsOf, unseenCpu } from './rows';

const host: HostTotals = { cpu: null, io: null, memory: 100 };

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
  const ranked = [...rank(rows, 'io', totalsOf(rows, host))].sort((a, b) => Number(b.value) - Number(a.value));
  expect(ranked.map((row) => row.key)).toEqual(['waiting', 'busy', 'own']);
});

test('the head of the column says how many do not disclose their I/O, but for threads of the kernel', () => {
  const [known, unknown, kernel] = [process({ io: 1 }), process({ io: null }), process({ io: null, memory: null })];
  const textOf = (...rows: Parameters<typeof totalsOf>[0]) => withoutIoText(totalsOf(rows, host));
  expect(textOf(known, unknown, unknown, kernel)).toBe('n/a for 2 of 3');
  expect(textOf(...Array.from({ length: 1200 }, () => unknown))).toBe('n/a for 1,200 of 1,200');
  expect(textOf(known, kernel)).toBe('');
});

test('a suspect takes a fifth of what all processes take', () => {
  const rows = [process({ io: 20 }), process({ io: 80 }), process({ io: null })];
  const totals = totalsOf(rows, host);
  expect(rows.map((row) => isSuspect(row, 'io', totals))).toEqual([true, true, false]);
  expect(isSuspect(process({ io: 19 }), 'io', totals)).toBe(false);
});

// While a build ran, all of the machine's time went to processes that lived for parts of a
// second, and what took 6 % of a core was marked as the culprit.
test('a suspect takes a fifth of the CPU time of the host, however little of it can be seen', () => {
  const rows = [process({ cpu: 6 }), process({ cpu: 5 })];
  expect(rows.map((row) => isSuspect(row, 'cpu', totalsOf(rows, { ...host, cpu: 200 })))).toEqual([false, false]);
  expect(isSuspect(process({ cpu: 40 }), 'cpu', totalsOf(rows, { ...host, cpu: 200 }))).toBe(true);
  expect(isSuspect(process({ cpu: 6 }), 'cpu', totalsOf(rows, host))).toBe(true);
});

test.each([
  ['most of it', 200, 11, 0.945],
  ['a quarter is noise', 200, 150, 0],
  ['so is half of little', 60, 30, 0],
  ['processes that seem to take more than there is', 100, 140, 0],
  ['what is not known', null, 10, 0],
])('CPU time that no process accounts for: %s', (_, cpu, seen, share) => {
  expect(unseenCpu(totalsOf([], { ...host, cpu }))).toBe(0);
  expect(unseenCpu(totalsOf([process({ cpu: seen })], { ...host, cpu }))).toBeCloseTo(share, 9);
});

test('memory is compared with that of the host', () => {
  const rows = [process({ memory: 19 }), process({ memory: 20 })];
  expect(rows.map((row) => isSuspect(row, 'memory', totalsOf(rows, host)))).toEqual([false, true]);
});

test('nobody is a suspect where nothing is used', () => {
  const rows = [process({ cpu: 0 })];
  expect(isSuspect(process({ cpu: 0 }), 'cpu', totalsOf(rows, host))).toBe(false);
});

test('trouble is explained', () => expect([stateText('D'), stateText('S')]).toEqual(['D waiting for disk', 'S']));

// What the kernel writes for others no process takes: 4 KiB/s were all there was, and all of it was marked.
test('a share of I/O is one of what the disks do, where that is more', () => {
  const rows = [process({ io: 4 })];
  expect(isSuspect(process({ io: 4 }), 'io', totalsOf(rows, { ...host, io: 1000 }))).toBe(false);
  expect(isSuspect(process({ io: 200 }), 'io', totalsOf(rows, { ...host, io: 1000 }))).toBe(true);
});
