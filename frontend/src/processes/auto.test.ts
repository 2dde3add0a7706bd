import { expect, test } from 'vitest';
import type { Values } from '../ui/reading';
import type { Resource } from '../wire/types';
import { suggest } from './auto';

const resource = (id: string, title: string, rank?: string): Resource => ({
  id,
  title,
  section: id,
  use: [],
  sat: [],
  err: [],
  state: `state.${id}`,
  cause: `cause.${id}`,
  since: `since.${id}`,
  ...(rank === undefined ? {} : { rank }),
});

const resources = [resource('cpu', 'CPU', 'cpu'), resource('memory', 'Memory', 'memory'), resource('disk', 'Disk', 'io'), resource('network', 'Network')];

function values(row: Record<string, number>): Values {
  const names = Object.keys(row);
  return {
    find: (family) => (names.includes(family) ? [{ id: names.indexOf(family), name: family, kind: 'state', quantum: 1, help: '.' }] : []),
    value: (id) => row[names[id] ?? ''] ?? null,
    time: () => 0,
  };
}

test('the worst state chooses the column and says why', () => {
  const row = { 'state.cpu': 1, 'cause.cpu': 1, 'state.disk': 2, 'cause.disk': 2, 'state.memory': 0 };
  expect(suggest(values(row), resources, 0)).toEqual({ column: 'io', sentence: 'disk is saturated', level: 'critical', resource: 'disk' });
});

test('of equally bad ones the older', () => {
  const row = { 'state.cpu': 1, 'cause.cpu': 1, 'since.cpu': 200, 'state.memory': 1, 'cause.memory': 1, 'since.memory': 100 };
  expect(suggest(values(row), resources, 0).column).toBe('memory');
});

test('of equally bad ones the one that processes can be ranked by', () => {
  const row = { 'state.network': 1, 'cause.network': 3, 'since.network': 1, 'state.cpu': 1, 'cause.cpu': 1, 'since.cpu': 200 };
  expect(suggest(values(row), resources, 0).sentence).toBe('CPU is busy');
});

test('a resource that ranks nothing leaves CPU and still says what is wrong', () => {
  expect(suggest(values({ 'state.network': 1, 'cause.network': 3 }), resources, 0)).toMatchObject({ column: 'cpu', sentence: 'network has errors' });
});

test('while all is well it is CPU', () => {
  expect(suggest(values({ 'state.cpu': 0 }), resources, 0)).toMatchObject({ column: 'cpu', sentence: 'nothing is saturated', level: 'ok' });
});

test('a full disk blames nobody, full swap ranks by memory', () => {
  const limits: Resource = { ...resource('limits', 'Limits'), limits: { used: 'limit.used', state: 'limit.state', fullIn: 'limit.full_in' } };
  const reading = (kind: string): Values => {
    const series = (name: string, id: number): ReturnType<Values['find']>[number] => ({ id, name, kind: 'state', quantum: 1, help: '.', labels: { kind, name: kind } });
    const all = [series('state.limits', 1), series('limit.used', 96), series('limit.state', 1)];
    return { find: (family) => all.filter(({ name }) => name === family), value: (id) => id, time: () => 0 };
  };
  expect(suggest(reading('filesystem'), [limits], 0)).toEqual({ column: 'cpu', sentence: 'nothing is saturated', level: 'ok', resource: '' });
  expect(suggest(reading('swap'), [limits], 0)).toMatchObject({ column: 'memory', sentence: 'swap is filling', level: 'warn' });
});
