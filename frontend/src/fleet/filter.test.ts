import { expect, test } from 'vitest';
import { formatWall, parseWall } from './address';
import { filterOf, keyOf, labelsOfAll, type Line, linesOf, withLabel } from './filter';
import { hostOf } from '../testing/hosts';

const db = hostOf('db-01', { labels: 'role=db site=fra', process: 'postgres', diskLevel: 2, diskSince: 5 });
const web = hostOf('web-01', { labels: 'role=web site=ams', process: 'nginx' });
const bare = hostOf('bare');
const all = [db, web, bare];

const found = (filter: string): readonly string[] => all.filter(filterOf(filter)).map(({ name }) => name);

test('every word has to be found, in whatever case, in name, state, process or label', () => {
  expect(found('')).toEqual(['db-01', 'web-01', 'bare']);
  expect(found('SATURATED')).toEqual(['db-01']);
  expect(found('01 nginx')).toEqual(['web-01']);
  expect(found('01 nginx postgres')).toEqual([]);
  expect(found('fra')).toEqual(['db-01']);
});

test('a word with an equals sign is a label: all of it, or its name', () => {
  expect(found('role=d')).toEqual([]);
  expect(found('role=db')).toEqual(['db-01']);
  expect(found('role=')).toEqual(['db-01', 'web-01']);
  expect(found('role=web site=fra')).toEqual([]);
});

test('a label is added to what is typed, and taken away again', () => {
  expect(withLabel('postgres', 'role=db')).toBe('postgres role=db');
  expect(withLabel('role=db postgres', 'role=db')).toBe('postgres');
});

test('groups stand in the order of their first hosts, with those without the label apart, and one that is closed shows none', () => {
  const read = (collapsed: readonly string[]): readonly string[] =>
    linesOf(all, 'role', new Set(collapsed)).map((line: Line) => (line.type === 'host' ? line.host.name : `${keyOf(line)} ${line.count} ${line.bad}`));
  expect(read([])).toEqual(['=db 1 1', 'db-01', '=web 1 0', 'web-01', '= 1 0', 'bare']);
  expect(read(['db', ''])).toEqual(['=db 1 1', '=web 1 0', 'web-01', '= 1 0']);
  expect(linesOf(all, '', new Set(['db'])).map(keyOf)).toEqual(['id-db-01', 'id-web-01', 'id-bare']);
});

test('the labels of all hosts are listed with their values', () => {
  expect(Array.from(labelsOfAll(all))).toEqual([
    ['role', ['db', 'web']],
    ['site', ['ams', 'fra']],
  ]);
});

test('what is chosen is written into the address and read from it', () => {
  const view = { filter: 'role=db a&b ü', group: 'site', collapsed: new Set(['x y', 'fra', '']), metric: 'cpu.saturation', lowest: true };
  expect(parseWall(formatWall(view))).toEqual(view);
  expect(formatWall({ filter: '', group: '', collapsed: new Set(['x']), metric: '', lowest: true })).toBe('');
  expect(parseWall('#w=5m&m=nothing')).toEqual({ filter: '', group: '', collapsed: new Set(), metric: '', lowest: false });
});
