// What a person chose on the wall, as a fragment; and the place on it to come back to.

/** What is chosen: the filter, the label to group by ('' for none), and the groups that are closed. */
export interface WallView {
  readonly filter: string;
  readonly group: string;
  readonly collapsed: ReadonlySet<string>;
}

/** parseWall reads "#f=role%3Ddb&g=site&c=ams"; what it does not understand it leaves out. */
export function parseWall(fragment: string): WallView {
  const fields = new URLSearchParams(fragment.replace(/^#/, ''));
  return { filter: fields.get('f') ?? '', group: fields.get('g') ?? '', collapsed: new Set(fields.getAll('c')) };
}

/** formatWall writes it; nothing chosen is ''. */
export function formatWall({ filter, group, collapsed }: WallView): string {
  const fields = new URLSearchParams();
  if (filter !== '') fields.set('f', filter);
  if (group !== '') {
    fields.set('g', group);
    for (const value of Array.from(collapsed).sort()) fields.append('c', value);
  }
  const text = fields.toString();
  return text === '' ? '' : `#${text}`;
}
