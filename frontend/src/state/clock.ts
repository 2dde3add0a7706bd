// The clocks of the page: the browser's, which only goes on, and the host's, in whose
// zone times are shown.

import type { ReadonlySignal } from '@preact/signals';
import { browserZone, timeZone, type TimeZone, UTC } from '../lib/time';
import type { Host } from '../wire/types';

/** Timers calls back later; the returned function cancels. */
export type RunLater = (ms: number, run: () => void) => () => void;

export interface Clock {
  /** Milliseconds of a clock that only goes on. */
  readonly now: () => number;
  readonly later: RunLater;
  /** The host's wall clock in Unix milliseconds. */
  readonly hostNow: () => number;
  /** The zone in which times are shown. */
  readonly zone: () => TimeZone;
}

interface ClockDeps extends Pick<Clock, 'now' | 'later' | 'hostNow'> {
  readonly host: ReadonlySignal<Host | undefined>;
  readonly chosen: ReadonlySignal<'host' | 'browser' | 'utc'>;
}

export function createClock({ now, later, hostNow, host, chosen }: ClockDeps): Clock {
  const browser = browserZone();
  let known: { readonly name: string; readonly zone: TimeZone } | undefined;
  const hostZone = (): TimeZone => {
    const facts = host.value;
    if (!facts) return browser;
    if (known?.name !== facts.tz) known = { name: facts.tz, zone: timeZone(facts.tz, facts.utcOffsetMin) };
    return known.zone;
  };
  return {
    now,
    later,
    hostNow,
    zone: () => (chosen.value === 'utc' ? UTC : chosen.value === 'browser' ? browser : hostZone()),
  };
}
