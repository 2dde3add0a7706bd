import { expect, test } from 'vitest';
import type { Alert } from '../wire/types';
import { alertMarks, markAt } from './alert-marks';

const alert = (id: string, fields: Partial<Alert>): Alert => ({ id, rule: 'r', state: 'resolved', labels: {}, sinceMs: 0, text: id, value: 1, peak: 1, notify: true, ...fields });
/** A pixel is a second. */
const marks = (...alerts: Alert[]) => alertMarks(alerts, (t) => t / 1000, 100_000, 200_000);

test('an alert is a bar from when it began to when it was over; what goes on reaches to the edge', () => {
  expect(marks(alert('a', { sinceMs: 120_000, firedMs: 130_000, endMs: 150_000 }))).toMatchObject([{ left: 120, right: 150 }]);
  expect(marks(alert('a', { sinceMs: 120_000, firedMs: 130_000, state: 'firing' }))).toMatchObject([{ left: 120, right: 200 }]);
  expect(marks(alert('a', { sinceMs: 20_000, firedMs: 30_000, endMs: 150_000 }))).toMatchObject([{ left: 100, right: 150 }]);
});

test('what never fired, was over before or begins later is no bar, and a short one is wide enough to be seen', () => {
  expect(marks(alert('a', { sinceMs: 120_000, state: 'pending' }), alert('b', { firedMs: 10_000, endMs: 20_000 }), alert('c', { sinceMs: 201_000, firedMs: 201_000 }))).toEqual([]);
  expect(marks(alert('a', { sinceMs: 120_000, firedMs: 120_000, endMs: 120_500 }))).toMatchObject([{ left: 120, right: 123 }]);
});

test('what is critical lies above a warning', () => {
  const all = marks(alert('a', { sinceMs: 110_000, firedMs: 110_000, level: 'critical' }), alert('b', { sinceMs: 100_000, firedMs: 100_000, level: 'warning' }));
  expect(all.map((mark) => mark.alert.id)).toEqual(['b', 'a']);
});

test('a press over the lanes means the alert that begins there, else the shortest bar that it meets, and none in the lanes', () => {
  const all = marks(
    alert('long', { sinceMs: 110_000, firedMs: 110_000 }),
    alert('short', { sinceMs: 130_000, firedMs: 130_000, endMs: 160_000 }),
    alert('next', { sinceMs: 158_000, firedMs: 158_000, endMs: 190_000 }),
  );
  expect([120, 132, 145, 156, 159, 175, 196, 106, 102].map((x) => markAt(all, x, 9)?.alert.id)).toEqual(['long', 'short', 'short', 'next', 'next', 'next', 'next', 'long', undefined]);
  expect(markAt(all, 132, 12)).toBeUndefined();
});
