import { expect, test } from 'vitest';
import type { Verdict } from '../wire/types';
import { directionOf, stretchOf } from './changes';

const verdict = (fields: Partial<Verdict>): Verdict => ({ at: 1_000_000_000, resource: 'disk', level: 'critical', text: '', clauses: [], culprits: [], ...fields });

const asked = (said: Verdict | undefined, selection: { from: number; to: number } | null = null) =>
  stretchOf({
    view: { selection: { peek: () => selection } },
    shown: { verdict: () => ({ verdict: said, state: said ? 'known' : 'loading' }), range: () => ({ from: 1, to: 2 }) },
  } as unknown as Parameters<typeof stretchOf>[0]);

test('what changed is asked of what was selected, else of the incident, else of the window', () => {
  const began = 1_000_000_000 - 90_000;
  expect(asked(verdict({ sinceMs: began }), { from: 5, to: 9 })).toEqual({ from: 5, to: 9 });
  expect(asked(verdict({ sinceMs: began }))).toEqual({ from: began, to: 1_000_000_000 });
  // One that has just begun is given time to be one.
  expect(asked(verdict({ sinceMs: 1_000_000_000 - 5000 }))).toEqual({ from: 1_000_000_000 - 5000, to: 1_000_000_000 + 25_000 });
  for (const calm of [verdict({ sinceMs: 1_000_000_000 - 4e6 }), verdict({ level: 'ok' }), verdict({}), undefined]) expect(asked(calm)).toEqual({ from: 1, to: 2 });
});

test.each([
  [null, 5, 'new'],
  [5, null, 'gone'],
  [1, 2, 'up'],
  [2, 1, 'down'],
  [null, null, 'event'],
] as const)('%s to %s is %s', (before, after, direction) => {
  expect(directionOf({ before, after })).toBe(direction);
});
