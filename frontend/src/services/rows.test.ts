import { expect, test } from 'vitest';
import type { Cell } from '../data/tables';
import { readService, worstFirst } from './rows';

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
