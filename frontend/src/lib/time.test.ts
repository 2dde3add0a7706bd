import { expect, test } from 'vitest';
import { timeTicks, timeZone, UTC, wallClock } from './time';

test('ticks stand at round times of the wall', () => {
  const from = Date.UTC(2026, 10, 20, 17, 59, 40);
  const { ticks, stepMs } = timeTicks(from, from + 300_000, 5, UTC);
  expect(stepMs).toBe(60_000);
  expect(ticks.map((t) => wallClock(t, UTC).second)).toEqual([0, 0, 0, 0, 0]);
});

test('ticks of half a day stand at round hours of a zone with half an hour', () => {
  const kolkata = timeZone('Asia/Kolkata');
  const from = Date.UTC(2026, 10, 20, 0, 10);
  const { ticks } = timeTicks(from, from + 12 * 3_600_000, 6, kolkata);
  expect(ticks.map((t) => wallClock(t, kolkata).minute)).toEqual(ticks.map(() => 0));
});

test('there are never more ticks than asked for, but for one', () => {
  for (let span = 10_000; span < 40 * 86_400_000; span *= 1.7) {
    const { ticks } = timeTicks(1e12, 1e12 + span, 6, UTC);
    expect(ticks.length).toBeLessThanOrEqual(Math.max(7, span / 86_400_000 + 1));
  }
});
