import { expect, test } from 'vitest';
import { paintStrips } from './strip-paint';
import { type Step, Strips, steps } from './strips';
import { hostOf } from '../testing/hosts';
import { gridFor } from './tiles';

const step = 10_000;
const nothing: Step = { level: null, use: null };
const answer = (levels: string, use: readonly (number | null)[]) => ({ stepMs: step, fromMs: 1000 * step, steps: levels.length, hosts: { 'id-a': { cpu: { levels, use } } } });

test('what the hub remembers is read by step, and what it does not know is not', () => {
  const strips = new Strips();
  strips.fill(answer('0-2', [12, null, 99]), ['id-a']);
  expect([999, 1000, 1001, 1002, 1003].map((at) => strips.read('id-a', 0, at, at))).toEqual([nothing, { level: 0, use: 12 }, nothing, { level: 2, use: 99 }, nothing]);
  expect(strips.read('id-a', 0, 1000, 1002)).toEqual({ level: 2, use: 99 });
  expect(strips.read('id-a', 1, 1000, 1002)).toEqual(nothing);
  expect(strips.read('id-b', 0, 1000, 1002)).toEqual(nothing);
});

test('what arrives goes on with it, the worst of a step; who is silent adds nothing', () => {
  const strips = new Strips();
  const host = hostOf('a', { cpuLevel: 1, cpuUse: 60 });
  strips.add([host], 1001 * step);
  expect(strips.knows('id-a')).toBe(false);
  strips.fill(answer('0', [12]), ['id-a', 'id-b']);
  expect(strips.knows('id-b')).toBe(true);
  strips.add([host], 1001 * step);
  const revision = strips.revision('id-a');
  strips.add([hostOf('a', { cpuLevel: 0, cpuUse: 20 })], 1001 * step + 5000);
  expect(strips.revision('id-a')).toBe(revision);
  strips.add([hostOf('a', { online: 0, cpuLevel: 2, cpuUse: 99 })], 1002 * step);
  expect([1000, 1001, 1002].map((at) => strips.read('id-a', 0, at, at))).toEqual([{ level: 0, use: 12 }, { level: 1, use: 60 }, nothing]);
});

test('a step of long ago is not taken for the one in its place', () => {
  const strips = new Strips();
  strips.fill(answer('2', [99]), ['id-a']);
  expect(strips.read('id-a', 0, 1128, 1128)).toEqual(nothing);
});

test('bars are as high as the use, coloured where the state was bad, and nothing stands where nothing is known', () => {
  const inks = { hatch: 1, warn: 2, critical: 3 };
  const read = (resource: number, from: number): Step => (resource > 0 || from > 60 ? nothing : from > 30 ? { level: 0, use: 50 } : { level: 2, use: 100 });
  const width = 5 * steps + 4 * 10;
  const { data } = paintStrips(width, 10, inks, read);
  const column = (x: number): readonly number[] => Array.from({ length: 10 }, (_, y) => data[y * width + x] ?? NaN);
  expect(column(0)).toEqual(new Array(10).fill(0));
  expect(column(40)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  expect(column(steps - 1)).toEqual(new Array(10).fill(3));
  expect(column(steps + 10)).toEqual(new Array(10).fill(0));
});

test('tiles take the room that there is, and only as many are shown as can be read', () => {
  expect(gridFor(3, 1900, 900)).toEqual({ columns: 5, rows: 5 });
  expect(gridFor(40, 1900, 900)).toEqual({ columns: 5, rows: 8 });
  expect(gridFor(2000, 1900, 900)).toEqual({ columns: 10, rows: 12 });
});
