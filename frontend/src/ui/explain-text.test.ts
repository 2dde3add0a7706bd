import { expect, test } from 'vitest';
import { UTC } from '../lib/time';
import type { ExplainAnswer } from '../wire/types';
import { explain } from './explain-text';

const answer: ExplainAnswer = {
  series: { id: 3, name: 'disk.bytes', labels: { device: 'sda', dir: 'read' }, unit: 'bytes/s', kind: 'counter', quantum: 16, help: 'Data read and written.', source: '/proc/diskstats' },
  scale: 1,
  seq: 7,
  t: 1000,
  value: 64,
  readings: [
    { atMs: 1004, form: 'counter', num: 134424001454 },
    { atMs: 3, form: 'counter', num: 134420231517 },
  ],
};

test('a rate is explained by the two readings that it was computed from', () => {
  expect(explain(answer, UTC, 1400)).toEqual({
    title: 'disk.bytes · sda · read',
    help: 'Data read and written.',
    facts: [
      ['newest', '1.0 KiB/s at 00:00:01, 0.4 s old'],
      ['source', '/proc/diskstats'],
      ['formula', '(newer − older reading) ÷ the seconds between them'],
    ],
    readings: [
      ['00:00:01.004', '134,424,001,454'],
      ['00:00:00.003', '134,420,231,517'],
    ],
    withoutReadings: '',
    differs: '',
  });
});

test('a ratio shows both of its numbers, and its own formula', () => {
  const said = explain({ ...answer, formula: '100 × Δa ÷ Δb', differs: 'top differs', readings: [{ atMs: 0, form: 'ratio', num: 1, den: 20 }] }, UTC, 0);
  expect([said.facts[2], said.readings[0]?.[1], said.differs]).toEqual([['formula', '100 × Δa ÷ Δb'], '1 of 20', 'top differs']);
});

test('in the past it speaks of the stored value of that second, and of no newer readings', () => {
  const said = explain(answer, UTC, 91_400, { t: 61_000, value: 2048 });
  expect(said.facts[0]).toEqual(['stored', '2.0 KiB/s at 00:01:01, 30 s ago']);
  expect(said.readings).toEqual([]);
  expect(said.withoutReadings).toBe('Raw readings are kept only for the newest second.');
  expect(explain(answer, UTC, 91_400, { t: 61_000, value: NaN }).facts[0]?.[1]).toMatch(/^… at/);
  expect(explain(answer, UTC, 91_400, { t: 61_000, value: null }).facts[0]?.[1]).toMatch(/^— at/);
});

test('the rate of a counter has its formula without readings too, as in the file of an incident', () => {
  const [, , formula] = explain({ ...answer, readings: [] }, UTC, 1400).facts;
  expect(formula).toEqual(['formula', '(newer − older reading) ÷ the seconds between them']);
  const gauge = explain({ ...answer, series: { ...answer.series, kind: 'gauge' }, readings: [] }, UTC, 1400);
  expect(gauge.facts[2]).toEqual(['formula', 'the reading itself']);
});
