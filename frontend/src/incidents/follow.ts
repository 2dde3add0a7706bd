// Where the words of an incident lead: to the chart that draws a series, at its second, and to
// the row of a process or a service.

import type { Store } from '../data/store';
import { chartOfFamilies, sections } from '../panels/sections';
import type { AppState } from '../state/app-state';
import { formatFragment } from '../state/url';
import type { Culprit, Resource } from '../wire/types';

/** chartOf is the chart that draws one of some series, by their names; that of the resource where they are signs of it. */
export function chartOf(names: readonly string[], store: Pick<Store, 'panels' | 'series' | 'resources'>): string | undefined {
  const families = names.map((name) => name.replace(/\{.*/, ''));
  const drawn = chartOfFamilies(families, store);
  if (drawn !== undefined) return drawn;
  const resource = store.resources().find((each) => families.some((family) => signsOf(each).includes(family)));
  if (!resource) return undefined;
  return (store.panels().find(({ first, section }) => (first ?? 0) > 0 && section === resource.section) ?? sections(store.panels(), store.series()).find(({ id }) => id === resource.section)?.panels[0])?.id;
}

const signsOf = ({ state, cause, since, use, sat, err, limits }: Resource): readonly string[] => [
  state,
  cause,
  since,
  ...[...use, ...sat, ...err].map(({ family }) => family),
  ...(limits ? [limits.used, limits.state, limits.fullIn] : []),
];

/** linkTo is the address of a second, and of a chart where there is one. */
export function linkTo({ view }: Pick<AppState, 'view'>, at: number, panel: string | undefined): string {
  return formatFragment({ windowMs: view.windowMs.peek(), at, ...(panel !== undefined && { panel }) });
}

/** followTo goes there. */
export function followTo({ view, shown }: Pick<AppState, 'view' | 'shown'>, at: number, panel: string | undefined): void {
  view.pinTo(at, shown.edge());
  if (panel !== undefined) view.showPanel(panel);
}

/** openCulprit shows who is named among all others: opened where it is found, else alone. */
export function openCulprit({ feed, view }: Pick<AppState, 'feed' | 'view'>, { kind, name, pid }: Pick<Culprit, 'kind' | 'name' | 'pid'>): void {
  view.showPanel(null);
  const key = kind === 'service' ? undefined : keyOf(feed.store, name, pid);
  view.face.value = kind === 'service' ? 'services' : 'processes';
  view.filter.value = key === undefined ? name : '';
  if (key !== undefined) view.showProcess(key);
  requestAnimationFrame(() => document.getElementById('process-title')?.scrollIntoView({ block: 'nearest' }));
}

/** keyOf is the row of a process, where it is the only one of its number. */
function keyOf(store: Pick<Store, 'table'>, name: string, pid: number | undefined): string | undefined {
  const table = store.table('processes');
  if (!table || pid === undefined) return undefined;
  const [pids, names] = [table.column('pid'), table.column('name')];
  return table.rows().find(({ cells }) => cells[pids] === pid && cells[names] === name)?.key;
}
