import { expect, test } from 'vitest';
import type { Host } from './hosts';
import { createComparer, medianOf, metricOf, metrics, pointsText, siblingLabel } from './metrics';
import { hostOf } from '../testing/hosts';

const host = (name: string, use: number, labels = 'role=web', more = {}): Host => hostOf(name, { cpuUse: use, cpuSat: use / 2, labels, ...more });
const cpu = metricOf('cpu.use');
const web = (...uses: readonly number[]): readonly Host[] => uses.map((use, i) => host(`web-${i}`, use));
const unlike = (hosts: readonly Host[], comparer = createComparer(), ms = 0, label = 'role'): readonly string[] => {
  if (!cpu) throw new Error('there is no cpu.use');
  comparer.next(hosts, ms, cpu, label);
  return hosts.filter(({ id }) => comparer.of(id).unlike).map(({ name }) => name);
};

test('every resource can be compared by use, and all but limits by saturation', () => {
  expect(metrics).toHaveLength(9);
  expect(metricOf('limits.saturation')).toBeUndefined();
  expect(metricOf('memory.use')?.title).toBe('memory use');
});

test('a host is unlike its siblings where it is far from their median, whichever way', () => {
  expect(unlike(web(30, 32, 31, 29, 72))).toEqual(['web-4']);
  expect(unlike(web(60, 62, 61, 59, 12))).toEqual(['web-4']);
  // As far apart as all are is not unlike; nor are a few points in a quiet group.
  expect(unlike(web(5, 30, 55, 80, 95))).toEqual([]);
  expect(unlike(web(30, 30, 30, 30, 39))).toEqual([]);
  // Three do not say what is usual.
  expect(unlike(web(30, 31, 90))).toEqual([]);
});

test('siblings have the same value of the label', () => {
  const hosts = [...web(30, 32, 31, 29), ...[80, 82, 81, 79].map((use, i) => host(`db-${i}`, use, 'role=db')), host('odd', 80)];
  expect(unlike(hosts)).toEqual(['odd']);
  expect(unlike(hosts, createComparer(), 0, '')).toEqual(['web-0', 'web-1', 'web-2', 'web-3']);
  expect([siblingLabel('site', new Map([['role', []]])), siblingLabel('', new Map([['role', []]])), siblingLabel('', new Map())]).toEqual(['site', 'role', '']);
});

test('a moment makes nobody unlike, and one that is stays so until it is well within', () => {
  const comparer = createComparer();
  expect(unlike(web(30, 31, 30, 29, 30), comparer, 0)).toEqual([]);
  expect(unlike(web(30, 31, 30, 29, 95), comparer, 1000)).toEqual([]);
  for (let s = 2; s < 120; s++) unlike(web(30, 31, 30, 29, 41), comparer, s * 1000);
  expect(unlike(web(30, 31, 30, 29, 41), comparer, 120_000)).toEqual(['web-4']);
  for (let s = 121; s < 300; s++) unlike(web(30, 31, 30, 29, 38), comparer, s * 1000);
  expect(unlike(web(30, 31, 30, 29, 38), comparer, 300_000)).toEqual(['web-4']);
  for (let s = 301; s < 500; s++) unlike(web(30, 31, 30, 29, 33), comparer, s * 1000);
  expect(unlike(web(30, 31, 30, 29, 33), comparer, 500_000)).toEqual([]);
});

test('a silent host has no value, and what was before it came back is not counted in', () => {
  const comparer = createComparer();
  const gone = host('web-4', 90, 'role=web', { online: 0 });
  unlike([...web(30, 31, 30, 29), gone], comparer, 0);
  expect(comparer.of(gone.id)).toEqual({ value: null, median: null, unlike: false });
  const back = host('web-4', 30);
  unlike([...web(30, 31, 30, 29), back], comparer, 1000);
  expect(comparer.of(back.id).value).toBe(30);
});

test('medians and distances', () => {
  expect([medianOf([3, 1, 2]), medianOf([4, 1, 2, 3])]).toEqual([2, 2.5]);
  expect([{ value: 71.4, median: 30 }, { value: 8, median: 30 }, { value: 30.2, median: 30 }, { value: null, median: 30 }].map((each) => pointsText({ ...each, unlike: false }))).toEqual(['+41', '−22', '±0', '']);
});
