import { expect, test } from 'vitest';
import { captionOf } from './caption';

const say = (values: readonly number[]): string => captionOf({ title: 'CPU', unit: 'percent', values, clockAt: (i) => `18:00:0${i}` });

test.each<[string, readonly number[], string]>([
  ['rising', [10, 10, 92, 10, 37], 'CPU 37.0 %, rising, highest 92.0 % at 18:00:02'],
  ['falling', [90, 80, 10], 'CPU 10.0 %, falling, highest 90.0 % at 18:00:00'],
  ['steady', [5, 5, 5], 'CPU 5.0 %, steady, highest 5.0 % at 18:00:00'],
  ['missing at the end', [5, 6, NaN], 'CPU 6.0 %, rising, highest 6.0 % at 18:00:01'],
  ['nothing', [NaN, NaN], 'CPU: not measured'],
  ['no values', [], 'CPU: not measured'],
])('%s', (_, values, want) => expect(say(values)).toBe(want));
