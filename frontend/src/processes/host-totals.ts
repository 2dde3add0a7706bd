import type { Store } from '../data/store';
import type { Moment } from '../ui/moment';
import { readSigns } from '../ui/reading';
import type { HostTotals } from './rows';

/** hostTotals is what the host has in all at a moment: what its resources say, whichever families these are made of. */
export function hostTotals(store: Store, { values, index }: Moment): HostTotals {
  const { cpus = 0, memory = 0 } = store.host ?? {};
  const resource = store.resources().find(({ rank }) => rank === 'cpu');
  const { series, value } = readSigns(values, resource?.use, index);
  return { cpu: value === null || series?.unit !== 'percent' ? null : value * cpus, memory };
}
