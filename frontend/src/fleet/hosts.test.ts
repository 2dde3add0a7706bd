import { expect, test } from 'vitest';
import type { Cell } from '../data/tables';
import { hostsReader, type Host, labelsOf } from './hosts';
import { infoOf, rowOf } from '../testing/hosts';

const read = (cells: Readonly<Record<string, Cell>>): Host => {
  const [host] = hostsReader()(infoOf(), [{ key: 'h1', cells: rowOf(cells) }]);
  if (!host) throw new Error('no host');
  return host;
};

test('the worst resource is the one that is worst, of equals the one that began first, and of what is well the fullest', () => {
  const well = { name: 'db-01', online: 1, cpuLevel: 0, cpuUse: 20, memoryLevel: 0, memoryUse: 70, diskLevel: 0, diskUse: 5 };
  expect(read(well)).toMatchObject({ standing: 'ok', worst: { name: 'memory', use: 70 } });
  expect(read({ ...well, cpuLevel: 1, cpuSince: 100, diskLevel: 1, diskSince: 90 })).toMatchObject({ standing: 'warn', worst: { name: 'disk', sinceMs: 90_000 } });
  expect(read({ ...well, cpuLevel: 2, cpuSince: 100, diskLevel: 1, diskSince: 90 })).toMatchObject({ standing: 'critical', worst: { name: 'cpu' } });
});

test('a host that is silent is silent whatever it said last, and one that said nothing is not well', () => {
  expect(read({ name: 'a', online: 0, seen: 50, cpuLevel: 0, cpuUse: 3 })).toMatchObject({ standing: 'silent', seenMs: 50_000 });
  expect(read({ name: 'a', online: 0 })).toMatchObject({ standing: 'silent', seenMs: null });
  expect(read({ name: 'a', online: 1 })).toMatchObject({ standing: 'unknown', worst: undefined });
});

test('what did not change is the same object, and a row without a name has its id', () => {
  const reader = hostsReader();
  const info = infoOf();
  const cells = rowOf({ online: 1 });
  const [before] = reader(info, [{ key: 'h1', cells }]);
  const [same] = reader(info, [{ key: 'h1', cells }]);
  const [other] = reader(info, [{ key: 'h1', cells: rowOf({ online: 1 }) }]);
  expect(before?.name).toBe('h1');
  expect(same).toBe(before);
  expect(other).not.toBe(before);
});

test('labels are pairs', () => {
  expect(Array.from(labelsOf('role=db site=fra x'))).toEqual([['role', 'db'], ['site', 'fra']]);
  expect(labelsOf('').size).toBe(0);
});
