import { formatMoment } from '../lib/format';
import type { TimeZone } from '../lib/time';

/** What is known, in Unix milliseconds of the host: the oldest second kept, and now. */
export interface Known {
  readonly oldest: number;
  readonly now: number;
}

/** missingWords says why there is nothing at a moment that a link leads to; '' where it is between the oldest second and now. */
export function missingWords(wanted: number, { oldest, now }: Known, zone: TimeZone): string {
  const moment = formatMoment(wanted, now, zone);
  if (wanted < oldest) return `${moment} is not remembered any more. The oldest second kept is ${formatMoment(oldest, now, zone)}.`;
  return wanted > now ? `${moment} has not come yet.` : '';
}
