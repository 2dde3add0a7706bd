import { describe, expect, test } from 'vitest';
import {
  formatClock,
  formatDate,
  formatDuration,
  formatInterval,
  formatMoment,
  formatMomentWithOffset,
  formatOffset,
  formatText,
  formatTicks,
  formatTimeTick,
  formatValue,
  truncateMiddle,
  unitLength,
} from './format';
import { timeZone, UTC } from './time';

describe('formatValue', () => {
  type Options = Parameters<typeof formatText>[2];
  const cases: readonly [value: number | null, unit: string, text: string, options?: Options][] = [
    [null, 'percent', '—'],
    [NaN, 'bytes', '—'],
    [0, 'percent', '0 %'],
    [0.0625, 'percent', '<0.1 %'],
    [0.4, 'percent', '0.4 %'],
    [9.94, 'percent', '9.9 %'],
    [9.96, 'percent', '10.0 %'],
    [37.44, 'percent', '37.4 %'],
    [37.44, 'percent', '37 %', { slot: 'short' }],
    [9.44, 'percent', '9.4 %', { slot: 'short' }],
    [100, 'percent', '100 %'],
    [412.3, 'percent', '412 %'],
    [0, 'bytes', '0 B'],
    [1, 'bytes', '1 B'],
    [999, 'bytes', '999 B'],
    [1000, 'bytes', '1.0 KiB'],
    [1024, 'bytes', '1.0 KiB'],
    [9.1 * 1024 ** 3, 'bytes', '9.1 GiB'],
    [41.04 * 1024 ** 3, 'bytes', '41.0 GiB'],
    [999.4 * 1024 ** 2, 'bytes', '999 MiB'],
    [999.6 * 1024 ** 2, 'bytes', '1.0 GiB'],
    [0.5, 'bytes/s', '1 B/s'],
    [176 * 1024 ** 2, 'bytes/s', '176 MiB/s'],
    [10e6, 'bytes/s', '80.0 Mbit/s', { bits: true }],
    [10e9, 'bits/s', '10.0 Gbit/s'],
    [8 * 1024, 'bits/s', '1.0 KiB/s', { bits: false }],
    [3, 'count', '3'],
    [0.42, 'count', '0.42'],
    [0.004, 'count', '<0.01'],
    [12.34, 'count', '12.3'],
    [12_345, 'count', '12.3k'],
    [12_345, '/s', '12.3k /s'],
    [0.0625, '/s', '<0.1 /s'],
    [0, 'seconds', '0 s'],
    [0.000_03, 'seconds', '30.0 µs'],
    [0.0009, 'seconds', '0.9 ms'],
    [0.0405, 'seconds', '40.5 ms'],
    [1.25, 'seconds', '1.3 s'],
    [192, 'seconds', '3 m 12 s'],
    [54.25, 'celsius', '54.3 °C'],
    [2.4e9, 'hertz', '2.4 GHz'],
    [1, 'seconds/s', '1.0 s/s'],
    [0.000_045_776_367_187_5, 'seconds/s', '45.8 µs/s'],
    [0, 'seconds/s', '0 s/s'],
    [150, 'seconds/s', '150 s/s'],
    [0.000_045_776_367_187_5, 'seconds', '45.8 µs'],
    [1, '', '1'],
    [5, 'widgets', '5.0 widgets'],
  ];
  for (const [value, unit, text, options] of cases) {
    test(`${value} ${unit} is ${text}`, () => expect(formatText(value, unit, options)).toBe(text));
  }

  test('a missing value has no unit', () => {
    expect(formatValue(null, 'percent')).toEqual({ text: '—', unit: '' });
  });

  test('never shows a measured value as zero', () => {
    for (const unit of ['percent', 'bytes', 'bytes/s', 'bits/s', '/s', 'count', 'seconds', 'celsius', 'hertz']) {
      for (let power = -12; power <= 12; power++) expect(formatValue(10 ** power, unit).text, `1e${power} ${unit}`).not.toMatch(/^0(\.0*)?$/);
    }
  });

  test('fits into four digits and a point', () => {
    for (const unit of ['bytes', 'bytes/s', 'bits/s', 'hertz']) {
      for (let value = 1; value < 1e15; value *= 1.37) expect(formatValue(value, unit).text.length, `${value} ${unit}`).toBeLessThanOrEqual(4);
    }
  });
});

test('ticks share one unit', () => {
  expect(formatTicks([0, 50, 100], 'percent')).toEqual({ labels: ['0', '50', '100'], unit: '%' });
  expect(formatTicks([0, 32 * 1024 ** 3, 64 * 1024 ** 3], 'bytes')).toEqual({ labels: ['0', '32', '64'], unit: 'GiB' });
  expect(formatTicks([0, 0.025, 0.05], 'seconds')).toEqual({ labels: ['0', '25', '50'], unit: 'ms' });
  expect(formatTicks([0, 60, 120], 'seconds')).toEqual({ labels: ['0', '1', '2'], unit: 'm' });
  expect(formatTicks([0, 0.0005, 0.001], 'seconds/s')).toEqual({ labels: ['0', '0.5', '1'], unit: 'ms/s' });
  expect(formatTicks([0, 25 * 86_400, 50 * 86_400], 'seconds')).toEqual({ labels: ['0', '25', '50'], unit: 'd' });
  expect(formatTicks([0, 6.25e6, 12.5e6], 'bytes/s', { bits: true })).toEqual({ labels: ['0', '50', '100'], unit: 'Mbit/s' });
});

test('no axis has a unit that is longer than the room for it', () => {
  for (const unit of ['percent', 'bytes', 'bytes/s', 'bits/s', '/s', 'count', 'seconds', 'celsius', 'hertz', 'things']) {
    for (const bits of [true, false]) {
      const longest = Math.max(...Array.from({ length: 40 }, (_, i) => formatTicks([0, 10 ** (i / 2 - 6)], unit, { bits }).unit.length));
      expect(unitLength(unit), unit).toBeGreaterThanOrEqual(longest);
    }
  }
  expect(['percent', 'seconds', 'bytes/s', 'bytes'].map(unitLength)).toEqual([1, 2, 6, 3]);
});

test.each([
  [0, '0 s'],
  [999, '0 s'],
  [14_000, '14 s'],
  [192_000, '3 m 12 s'],
  [180_000, '3 m'],
  [3_605_000, '1 h'],
  [7_500_000, '2 h 5 m'],
  [41 * 86_400_000, '41 d'],
  [(2 * 24 + 3) * 3_600_000 + 5000, '2 d 3 h'],
  [-5, '0 s'],
])('a span of %d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

// "every 0 s" was said of a collector that is asked ten times a second.
test.each([
  [100, '100 ms'],
  [1000, '1 s'],
  [1500, '1.5 s'],
  [60_000, '1 m'],
])('an interval of %d ms is %s', (ms, text) => {
  expect(formatInterval(ms)).toBe(text);
});

describe('clocks', () => {
  const berlin = timeZone('Europe/Berlin');
  const summer = Date.UTC(2026, 6, 1, 16, 4, 59);
  const winter = Date.UTC(2026, 10, 20, 17, 4, 59);

  test('shows the wall of the zone and its offset', () => {
    expect([formatClock(summer, berlin), formatOffset(berlin, summer)]).toEqual(['18:04:59', '+02:00']);
    expect([formatClock(winter, berlin), formatOffset(berlin, winter)]).toEqual(['18:04:59', '+01:00']);
    expect(formatOffset(timeZone('Asia/Kolkata'), winter)).toBe('+05:30');
    expect(formatOffset(timeZone('America/St_Johns'), winter)).toBe('-03:30');
    expect(formatOffset(UTC, winter)).toBe('+00:00');
  });

  test('changes the offset at the very second', () => {
    const change = Date.UTC(2026, 9, 25, 1, 0, 0);
    expect([formatClock(change - 1000, berlin), formatClock(change, berlin)]).toEqual(['02:59:59', '02:00:00']);
  });

  test('a zone unknown to the browser is a fixed offset', () => {
    expect(formatClock(winter, timeZone('Mars/Olympus', 90))).toBe('18:34:59');
  });

  test('writes the date only where it is another day', () => {
    expect(formatMoment(winter, winter + 1000, UTC)).toBe('17:04:59');
    expect(formatMoment(winter, winter + 86_400_000, UTC)).toBe('2026-11-20 17:04:59');
    expect(formatDate(Date.UTC(2026, 0, 1), berlin)).toBe('2026-01-01');
  });

  // The head of the table threw before the first row of a link into the past had come.
  test('a moment has its date where now is not known', () => {
    expect(formatMoment(winter, NaN, berlin)).toBe('2026-11-20 18:04:59');
    // Before the first row comes no time is known.
    expect(formatClock(NaN, berlin)).toBe('…');
    expect(formatDate(NaN, berlin)).toBe('…');
  });

  // HELD said a time of day alone, nine days back.
  test('a moment of another day has its date before it and its offset behind it', () => {
    expect(formatMomentWithOffset(winter, winter + 9 * 86_400_000, berlin)).toBe('2026-11-20 18:04:59 +01:00');
    expect(formatMomentWithOffset(winter, winter, berlin)).toBe('18:04:59 +01:00');
    expect(formatMomentWithOffset(NaN, winter, berlin)).toBe('');
  });

  test('labels ticks by how much is shown', () => {
    const midnight = Date.UTC(2026, 10, 20);
    const hour = 3_600_000;
    expect(formatTimeTick(midnight + hour, UTC, hour, 600_000)).toBe('01:00');
    expect(formatTimeTick(midnight + 10_000, UTC, 60_000, 10_000)).toBe('00:00:10');
    expect(formatTimeTick(midnight, UTC, hour, 600_000)).toBe('00:00');
    expect(formatTimeTick(midnight, UTC, 6 * hour, hour)).toBe('11-20');
    expect(formatTimeTick(midnight, UTC, 48 * hour, 6 * hour)).toBe('Fri');
  });
});

test.each([
  ['nvme0n1', 10, 'nvme0n1'],
  ['/var/lib/postgresql/data', 11, '/var/…/data'],
  ['abcdef', 3, 'a…f'],
  ['äöüß€𝄞x', 5, 'äö…𝄞x'],
])('%s in %d characters is %s', (name, length, text) => {
  expect(truncateMiddle(name, length)).toBe(text);
});
