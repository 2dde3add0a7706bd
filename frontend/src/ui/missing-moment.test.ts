import { expect, test } from 'vitest';
import { UTC } from '../lib/time';
import { missingWords } from './missing-moment';

const now = Date.UTC(2026, 10, 20, 18, 2, 44);
const known = { oldest: now - 3_600_000, now };

// A link to the future said "0 s behind" and nothing else.
test.each([
  ['before the oldest second', now - 86_400_000, '2026-11-19 18:02:44 is not remembered any more. The oldest second kept is 17:02:44.'],
  ['remembered', now - 60_000, ''],
  ['now', now, ''],
  ['in the future', now + 86_400_000, '2026-11-21 18:02:44 has not come yet.'],
])('a moment %s', (_, wanted, words) => expect(missingWords(wanted, known, UTC)).toBe(words));
