import { expect, test } from 'vitest';
import { decode } from './decode';

const frame = (fields: object): string => JSON.stringify({ type: 'frame', rev: 1, seq: 7, t: 1000, d: [1, 5], ...fields });

test('a frame of pairs is taken, with what is missing in it', () => {
  expect(decode(frame({ d: [1, 118, 3, 0, 1, null] }))).toMatchObject({ seq: 7, d: [1, 118, 3, 0, 1, null] });
  expect(decode(frame({ d: null }))).toMatchObject({ d: [] });
  expect(decode(frame({ missed: 2, why: 'late' }))).toMatchObject({ missed: 2, why: 'late' });
});

test.each([
  ['half a pair', { d: [1] }],
  ['a gap of nothing', { d: [0, 5] }],
  ['a gap that is missing', { d: [null, 5] }],
  ['half a series', { d: [1.5, 5] }],
  ['half a quantum', { d: [1, 0.5] }],
  ['text for a number', { d: [1, '5'] }],
  ['no list', { d: 5 }],
  ['no row', { seq: -1 }],
  ['a time that is text', { t: '1000' }],
  ['a count that is text', { missed: '2' }],
])('a frame with %s is no frame', (_, fields) => {
  expect(decode(frame(fields))).toBeUndefined();
});

const joined = { type: 'hello', protocol: 1, version: '0', build: '', instance: 'A', intervalMs: 1000, nowMs: 1, oldest: 0, oldestT: 0, newest: 0 };
const host = { id: '', hostname: 'a', os: '', kernel: '', arch: 'amd64', cpus: 1, memory: 1, bootMs: 0, tz: '', utcOffsetMin: 0, container: false };
const piece = { type: 'history', rev: 1, seq: [], t: [], columns: [] };
const panel = { id: 'a', title: 'A', section: 's', families: [], scale: 'free' };

test.each([
  ['an architecture that is a number', { ...joined, host }, { ...joined, host: { ...host, arch: 1 } }],
  ['a mark of a simulation that is text', { ...joined, host, demo: true }, { ...joined, host, demo: 'yes' }],
  ['older rows that are no stretch', { ...piece, older: { from: 1, to: 2 } }, { ...piece, older: { from: 1 } }],
  ['a reason that is a number', { ...piece, older: { from: 1, to: 2, why: 'the disk does not answer' } }, { ...piece, older: { from: 1, to: 2, why: 3 } }],
  ['a subtitle that is a number', { type: 'schema', rev: 1, panels: [{ ...panel, subtitle: 'b' }] }, { type: 'schema', rev: 1, panels: [{ ...panel, subtitle: 1 }] }],
])('%s is not taken', (_, right, wrong) => {
  expect(decode(JSON.stringify(right))).toBeDefined();
  expect(decode(JSON.stringify(wrong))).toBeUndefined();
});
