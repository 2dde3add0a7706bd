import type { Store } from '../data/store';
import { chartOfFamilies, instanceKinds, sections } from '../panels/sections';
import type { Alert } from '../wire/types';

/** chartOf is the chart that draws what an alert's rule reads; where none does, the first one of what it happened to. */
export function chartOf({ labels }: Pick<Alert, 'labels'>, families: readonly string[], store: Pick<Store, 'panels' | 'series'>): string | undefined {
  const read = chartOfFamilies(families, store);
  if (read !== undefined) return read;
  const kind = instanceKinds.find(({ label }) => label in labels);
  return sections(store.panels(), store.series()).find(({ id }) => id === kind?.section)?.panels[0]?.id;
}
