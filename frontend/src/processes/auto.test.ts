import { expect, test } from 'vitest';
import type { Values } from '../signs/reading';
import type { Resource } from '../wire/types';
import { marks, suggest } from './auto';

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
  reason: `reason.${id}`,
  now: `now.${id}`,
  ...(rank === undefined ? {} : { rank }),
});

const words = [
  { family: 'sat.network', text: 'retransmits' },
  { family: 'memory.oom_kills', text: 'process killed' },
];
const withWords = (each: Resource): Resource => ({ ...each, words });

const resources = [resource('cpu', 'CPU', 'cpu'), withWords(resource('memory', 'Memory', 'memory')), resource('disk', 'Disk', 'io'), withWords(resource('network', 'Network'))];

function values(row: Record<string, number>): Values {
  const names = Object.keys(row);
  return {
    find: (family) => (names.includes(family) ? [{ id: names.indexOf(family), name: family, kind: 'state', quantum: 1, help: '.', states: ['none', 'sat.network', 'memory.oom_kills', 'use.cpu'] }] : []),
    value: (id) => {
      const value = row[names[id] ?? ''] ?? NaN;
      return Number.isNaN(value) ? null : value;
    },
    time: () => 0,
  };
}

test('the worst state chooses the column', () => {
  const row = { 'state.cpu': 1, 'cause.cpu': 1, 'state.disk': 2, 'cause.disk': 2, 'state.memory': 0 };
  expect(suggest(values(row), resources, 0)).toEqual({ column: 'io', level: 'critical', atMs: null });
});

test('of equally bad ones the older', () => {
  const row = { 'state.cpu': 1, 'cause.cpu': 1, 'since.cpu': 200, 'state.memory': 1, 'cause.memory': 1, 'since.memory': 100 };
  expect(suggest(values(row), resources, 0).column).toBe('memory');
});

test('of equally bad ones the one that processes can be ranked by', () => {
  const row = { 'state.network': 1, 'cause.network': 3, 'since.network': 1, 'state.cpu': 1, 'cause.cpu': 1, 'since.cpu': 200 };
  expect(suggest(values(row), resources, 0).column).toBe('cpu');
});

// It marked who used most of a processor while the network was busy.
test('a resource that no column speaks of leaves CPU, and nobody is to be seen', () => {
  expect(suggest(values({ 'state.network': 1, 'cause.network': 3 }), resources, 0)).toMatchObject({ column: 'cpu' });
  const lost = values({ 'state.network': 1, 'cause.network': 2, 'reason.network': 1, 'now.network': 1 });
  expect(suggest(lost, resources, 0)).toMatchObject({ column: 'cpu' });
  expect(marks(lost, resources, 0)).toEqual([]);
});

// One kill held the table at "by memory" for five minutes while a processor was at 97 %.
test('what is wrong now comes before an error of the past', () => {
  const killed = { 'state.memory': 2, 'cause.memory': 3, 'reason.memory': 2, 'now.memory': 0, 'since.memory': 100 };
  expect(suggest(values({ ...killed, 'state.cpu': 0 }), resources, 0)).toEqual({ column: 'memory', level: 'critical', atMs: 100_000 });
  expect(suggest(values({ ...killed, 'state.cpu': 1, 'cause.cpu': 1 }), resources, 0)).toMatchObject({ column: 'cpu', level: 'warn' });
  expect(suggest(values({ ...killed, 'state.network': 1, 'cause.network': 2 }), resources, 0)).toMatchObject({ column: 'cpu', level: 'warn' });
  const still = { ...killed, 'now.memory': 1 };
  expect(suggest(values({ ...still, 'state.cpu': 1, 'cause.cpu': 1 }), resources, 0).column).toBe('memory');
});

test('marks stand in the columns of what is bad in this very sample, not of what is held', () => {
  expect(marks(values({ 'state.cpu': 1, 'now.cpu': 0, 'state.disk': 0, 'now.disk': 0 }), resources, 0)).toEqual([]);
  expect(marks(values({ 'state.cpu': 1, 'now.cpu': 1, 'state.disk': 2, 'now.disk': 2 }), resources, 0)).toEqual(['cpu', 'io']);
  expect(marks(values({ 'state.cpu': 0, 'now.cpu': 1 }), resources, 0), 'not yet a state').toEqual([]);
  expect(marks(values({ 'state.memory': 2, 'cause.memory': 3, 'now.memory': 0 }), resources, 0), 'an error of the past').toEqual([]);
  expect(marks(values({ 'state.cpu': 1, 'now.cpu': 1 }), resources, -1)).toEqual([]);
  const unknown = values({ 'state.cpu': 1, 'now.cpu': 1, 'use.cpu': NaN });
  const cpu = { ...resource('cpu', 'CPU', 'cpu'), use: [{ family: 'use.cpu' }] };
  expect(marks(unknown, [cpu], 0), 'a share of a use that is not known').toEqual([]);
  expect(marks(values({ 'state.cpu': 1, 'now.cpu': 1, 'use.cpu': 90 }), [cpu], 0)).toEqual(['cpu']);
});

test('while all is well it is CPU', () => {
  expect(suggest(values({ 'state.cpu': 0 }), resources, 0)).toMatchObject({ column: 'cpu', level: 'ok' });
});

test('a full disk blames nobody, full swap ranks by memory', () => {
  const limits: Resource = { ...resource('limits', 'Limits'), limits: { used: 'limit.used', state: 'limit.state', fullIn: 'limit.full_in' } };
  const reading = (kind: string): Values => {
    const series = (name: string, id: number): ReturnType<Values['find']>[number] => ({ id, name, kind: 'state', quantum: 1, help: '.', labels: { kind, name: kind } });
    const all = [series('state.limits', 1), series('now.limits', 1), series('limit.used', 96), series('limit.state', 1)];
    return { find: (family) => all.filter(({ name }) => name === family), value: (id) => id, time: () => 0 };
  };
  expect(suggest(reading('filesystem'), [limits], 0)).toEqual({ column: 'cpu', level: 'ok', atMs: null });
  expect(suggest(reading('swap'), [limits], 0)).toMatchObject({ column: 'memory', level: 'warn' });
  expect(marks(reading('filesystem'), [limits], 0)).toEqual([]);
  expect(marks(reading('swap'), [limits], 0)).toEqual(['memory']);
});
