import { expect, test } from 'vitest';
import type { Cell } from '../data/tables';
import { markSuspects, matching, rankedBy, readService, worstFirst } from './rows';

const columns = ['name', 'kind', 'cpu', 'cpuLimit', 'memory', 'memoryLimit', 'throttled', 'oom', 'io', 'netIn', 'netOut', 'pids'];
const read = (cells: Readonly<Record<string, Cell>>) => readService('1', columns.map((name) => cells[name] ?? null), (name) => columns.indexOf(name));

test('what is missing is missing, and never 0', () => {
  expect(read({ name: 'api', kind: 'docker', netIn: 1 })).toEqual({
    key: '1', name: 'api', kind: 'docker', cpu: null, cpuLimit: null, memory: null, memoryLimit: null, io: null, network: null, tasks: null, level: 'ok', word: '',
  });
});

test('a service says what is wrong with itself, the worst first', () => {
  expect(read({ throttled: 24.9 }).level).toBe('ok');
  expect(read({ throttled: 25 })).toMatchObject({ level: 'warn', word: 'throttled 25 % of the time' });
  expect(read({ memory: 89, memoryLimit: 100 }).level).toBe('ok');
  expect(read({ memory: 90, memoryLimit: 100 })).toMatchObject({ level: 'warn', word: 'near its memory limit' });
  expect(read({ memory: 90 }).level).toBe('ok');
  expect(read({ throttled: 90, oom: 1 })).toMatchObject({ level: 'critical', word: 'killed for its memory' });
  const all = [read({ name: 'calm' }), read({ name: 'slow', throttled: 50 }), read({ name: 'also calm' }), read({ name: 'dead', oom: 2 })];
  expect(worstFirst(all).map(({ name }) => name)).toEqual(['dead', 'slow', 'calm', 'also calm']);
});

test('a table of another version is read as far as it goes', () => {
  expect(readService('1', ['x'], () => -1)).toMatchObject({ name: '', cpu: null, level: 'ok' });
});

test('a service with a fifth of what is bad is marked, and the one a process led to is chosen', () => {
  const all = [read({ name: 'big', io: 80 }), read({ name: 'small', io: 19 }), read({ name: 'none' })];
  const lines = markSuspects(all, ['io'], { cpu: null, io: null, memory: 0 }, all, 'small');
  expect(lines.map(({ suspect }) => suspect)).toEqual(['io', undefined, undefined]);
  expect(lines.map(({ chosen }) => chosen)).toEqual([false, true, false]);
  // What the host does beside its services counts where that is more.
  expect(markSuspects(all, ['io'], { cpu: null, io: 1000, memory: 0 }, all, null)[0]?.suspect).toBe(undefined);
});

test('services are ranked by what they use, the unknown last, and kept by every word of a filter', () => {
  const all = [read({ name: 'none' }), read({ name: 'small', cpu: 1, kind: 'docker' }), read({ name: 'big', cpu: 2, kind: 'systemd' })];
  expect(rankedBy(all, 'cpu').map(({ name }) => name)).toEqual(['big', 'small', 'none']);
  expect(matching(all, 'DOCK sm').map(({ name }) => name)).toEqual(['small']);
  expect(matching(all, ' ')).toBe(all);
});
