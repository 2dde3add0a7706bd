// What a person chose on the wall, as a fragment; and the place on it to come back to.

import { metricOf } from './metrics';

/** What is chosen: the filter, the label to group by ('' for none), the groups that are closed, and the metric that is compared ('' for none), its lowest first or its highest. */
interface WallView {
  readonly filter: string;
  readonly group: string;
  readonly collapsed: ReadonlySet<string>;
  readonly metric: string;
  readonly lowest: boolean;
}

/** parseWall reads "#f=role%3Ddb&g=site&c=ams"; what it does not understand it leaves out. */
export function parseWall(fragment: string): WallView {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''));
  return { filter: fields.get('f') ?? '', group: fields.get('g') ?? '', collapsed: new Set(fields.getAll('c')), metric: metricOf(fields.get('m') ?? '')?.id ?? '', lowest: fields.get('o') === 'low' };
}

/** formatWall writes it; nothing chosen is ''. */
export function formatWall({ filter, group, collapsed, metric, lowest }: WallView): string {
  const fields = new URLSearchParams();
  if (filter !== '') fields.set('f', filter);
  if (group !== '') {
    fields.set('g', group);
    for (const value of Array.from(collapsed).sort()) fields.append('c', value);
  }
  if (metric !== '') {
    fields.set('m', metric);
    if (lowest) fields.set('o', 'low');
  }
  const text = fields.toString();
  return text === '' ? '' : `#${text}`;
}
