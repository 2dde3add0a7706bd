import { expect, test } from 'vitest';
import type { SeriesInfo } from '../wire/types';
import { bucketsCsv, rowsCsv, seriesName } from './series-csv';

const info = (id: number, name: string, labels?: Record<string, string>, unit?: string): SeriesInfo => ({
  id,
  name,
  kind: 'gauge',
  quantum: 1,
  help: '',
  ...(labels && { labels }),
  ...(unit !== undefined && { unit }),
});

// The same cases stand in server/export/export_test.go.
test.each([
  ['sda', 'sda'],
  ['a"b', 'a\\"b'],
  ['a\\b', 'a\\\\b'],
  ['a,b}', 'a,b}'],
  ['x\u001b[2J', 'x\\\\x1b[2J'],
  ['\u202egpj', '\\\\u202egpj'],
])('a series is called alike everywhere: %j', (value, want) => {
  expect(seriesName({ name: 'disk.bytes', labels: { device: value, op: 'read' } })).toBe(`disk.bytes{device="${want}",op="read"}`);
});

test('a series without labels has its name alone', () => expect(seriesName({ name: 'state.disk' })).toBe('state.disk'));

const bytes = info(1, 'disk.bytes', { device: 'sda', op: 'read' }, 'bytes/s');
const state = info(2, 'state.disk');

test('rows are lines, with what was skipped before them and empty fields where nothing is known', () => {
  const times = [1_795_662_049_250, 1_795_662_050_250, 1_795_662_051_250];
  const store = {
    length: 3,
    time: (i: number) => times[i] ?? NaN,
    seqAt: (i: number) => 50 + i,
    skippedBefore: (i: number) => (i === 1 ? { count: 3, why: 'late' } : undefined),
    value: (id: number, i: number) => (id === 1 && i === 1 ? 48 : null),
  };
  expect(rowsCsv(store, [bytes, state], { from: 1_795_662_050_000, to: 1_795_662_051_250 })).toBe(
    'time,seq,missed,why,"disk.bytes{device=""sda"",op=""read""} (bytes/s)",state.disk\n' +
      '2026-11-26T03:00:50.250Z,51,3,late,48,\n' +
      '2026-11-26T03:00:51.250Z,52,0,,,\n',
  );
});

test('buckets have their least, mean and largest', () => {
  const list = (...values: number[]) => Float64Array.from(values);
  const buckets = {
    stepMs: 60_000,
    t: list(1_795_662_000_000),
    series: new Map([[1, { min: list(16), mean: list(NaN), max: list(0.5), last: list(0), n: list(60), maxSeq: list(1) }]]),
    gaps: [],
    rows: [{ first: 1, last: 60 }],
    lastSeq: 60,
  };
  expect(bucketsCsv(buckets, [bytes], { from: 1_795_662_000_000, to: 1_795_662_060_000 })).toBe(
    'time,rows,"disk.bytes{device=""sda"",op=""read""} min (bytes/s)","disk.bytes{device=""sda"",op=""read""} mean (bytes/s)","disk.bytes{device=""sda"",op=""read""} max (bytes/s)"\n' +
      '2026-11-26T03:00:00.000Z,60,16,,0.5\n',
  );
});
