import type { Store } from '../data/store';
import type { Moment } from '../ui/moment';
import { readSigns, type Values } from '../signs/reading';
import type { Resource, Whole } from '../wire/types';
import type { HostTotals } from './rows';

/** hostTotals is what the host has in all at a moment: what its resources say, whichever families these are made of. */
export function hostTotals(store: Store, { values, index }: Pick<Moment, 'values' | 'index'>): HostTotals {
  const { cpus = 0, memory = 0 } = store.host ?? {};
  const ranked = (rank: string): Resource | undefined => store.resources().find((resource) => resource.rank === rank);
  const { series, value } = readSigns(values, ranked('cpu')?.use, index);
  const whole = ranked('io')?.whole;
  return { cpu: value === null || series?.unit !== 'percent' ? null : value * cpus, io: whole ? sumOf(values, whole, index) : null, memory };
}

/** sumOf adds up what is known; null where nothing is. */
function sumOf(values: Values, { family, where }: Whole, index: number): number | null {
  const known = index < 0 ? [] : values.find(family, where).flatMap(({ id }) => values.value(id, index) ?? []);
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0);
}
