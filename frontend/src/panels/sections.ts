import type { Store } from '../data/store';
import { type Arrangement, NO_ARRANGEMENT } from '../state/preferences';
import type { Panel, SeriesInfo } from '../wire/types';

/** A section under the first screen. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** A kind of part of which a host has any number, by the label that tells them apart. */
export interface InstanceKind {
  readonly section: string;
  readonly label: string;
  readonly title: string;
}

export const instanceKinds: readonly InstanceKind[] = [
  { section: 'disk', label: 'device', title: 'disk' },
  { section: 'filesystem', label: 'mount', title: 'mount' },
  { section: 'network', label: 'interface', title: 'interface' },
  { section: 'sensors', label: 'sensor', title: 'sensor' },
];

/** The sections in the order of the page; it never changes. */
const known: readonly (readonly [id: string, title: string, families: readonly string[]])[] = [
  ['cpu', 'CPU', ['cpu', 'load', 'tasks']],
  ['memory', 'Memory', ['memory', 'swap']],
  ['pressure', 'Pressure', ['pressure']],
  ['disk', 'Disks', ['disk']],
  ['filesystem', 'Filesystems', ['filesystem']],
  ['network', 'Network', ['net']],
  ['tcp', 'TCP and UDP', ['tcp', 'udp']],
  ['services', 'Services and containers', ['service', 'services']],
  ['sensors', 'Sensors', ['sensor']],
  ['limits', 'Limits and processes', ['kernel', 'process', 'host', 'cgroup']],
  ['textfile', 'Own metrics', ['textfile']],
  ['self', 'dashcam itself', ['self', 'collector', 'sampler']],
];

/** Families of signs and states: they stand in the matrix, not in charts. */
const signs = new Set(['use', 'sat', 'err', 'state', 'cause', 'since', 'limit']);

/** hasSeries says whether this host has anything that a panel draws. */
export function hasSeries(panel: Panel, series: readonly SeriesInfo[]): boolean {
  const families = new Set(panel.layers && panel.layers.length > 0 ? panel.layers.map((layer) => layer.family) : panel.families);
  return series.some((info) => families.has(info.name) && matchesWhere(panel, info));
}

function matchesWhere(panel: Panel, info: SeriesInfo): boolean {
  return Object.entries(panel.where ?? {}).every(([name, wanted]) => wanted.includes(info.labels?.[name] ?? info.info?.[name] ?? ''));
}

/** firstPanels are the charts of the first screen, those that a person moved in front. */
export function firstPanels(panels: readonly Panel[], { order }: Arrangement = NO_ARRANGEMENT): readonly Panel[] {
  const place = ({ id, first }: Panel): number => {
    const at = order.indexOf(id);
    return at < 0 ? order.length + (first ?? 0) : at;
  };
  return panels.filter((panel) => (panel.first ?? 0) > 0).sort((a, b) => place(a) - place(b));
}

/** shownOf leaves out what a person does not want to see. */
export function shownOf<T extends { readonly id: string }>(all: readonly T[], { hidden }: Arrangement): readonly T[] {
  return all.filter(({ id }) => !hidden.includes(id));
}

/**
 * sections sorts the panels that have something to draw into their sections. A family
 * that stands in no panel gets a plain one, so that a new collector is seen without a
 * line of TypeScript.
 */
export function sections(panels: readonly Panel[], series: readonly SeriesInfo[]): readonly Section[] {
  const drawn = panels.filter((panel) => (panel.first ?? 0) === 0 && hasSeries(panel, series));
  const all = [...drawn, ...plainPanels(panels, series)];
  const ids = [...known.map(([id]) => id), ...all.map((panel) => panel.section)];
  return [...new Set(ids)].flatMap((id) => {
    const own = all.filter((panel) => panel.section === id);
    return own.length === 0 ? [] : [{ id, title: sectionTitle(id), panels: own }];
  });
}

/** sectionTitle is what stands over a section. */
export function sectionTitle(id: string): string {
  return known.find(([name]) => name === id)?.[1] ?? capital(id);
}

function plainPanels(panels: readonly Panel[], series: readonly SeriesInfo[]): readonly Panel[] {
  const shown = new Set(panels.flatMap((panel) => [...panel.families, ...(panel.layers ?? []).map((layer) => layer.family), panel.strip ?? '']));
  const plain = new Map<string, Panel>();
  for (const info of series) {
    const group = info.name.split('.')[0] ?? info.name;
    if (shown.has(info.name) || signs.has(group) || info.kind === 'state' || info.unit === 'timestamp' || plain.has(info.name)) continue;
    plain.set(info.name, {
      id: info.name,
      title: plainTitle(info.name),
      subtitle: (info.help ?? '').replace(/\.$/, ''),
      section: known.find(([, , families]) => families.includes(group))?.[0] ?? group,
      families: [info.name],
      scale: info.unit === 'percent' && (info.max ?? 0) === 100 ? 'percent' : 'free',
    });
  }
  return [...plain.values()];
}

/**
 * plainTitle makes words of a family's name: "cpu.core.usage" is "Cpu core usage". What came
 * from a text file has the name that somebody gave it there.
 */
function plainTitle(name: string): string {
  return name.startsWith('textfile.') ? name.slice('textfile.'.length) : capital(name.replaceAll(/[._]/g, ' '));
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** sectionId is the id of a section's element. */
export const sectionId = (section: string): string => `section-${section}`;

/** panelOf finds a panel by its id, those that stand in a section without being declared too. */
export function panelOf(store: Pick<Store, 'panels' | 'series'>, id: string | null): Panel | undefined {
  if (id === null) return undefined;
  return store.panels().find((panel) => panel.id === id) ?? sections(store.panels(), store.series()).flatMap((section) => section.panels).find((panel) => panel.id === id);
}

/** panelByFamily is the chart of each family: the first that draws it. */
export function panelByFamily(panels: readonly Panel[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const panel of panels) {
    for (const family of [...panel.families, ...(panel.layers ?? []).map((layer) => layer.family)]) if (!found.has(family)) found.set(family, panel.id);
  }
  return found;
}

/** chartOfFamilies is the chart that draws the first of some families which any chart draws. */
export function chartOfFamilies(families: readonly string[], store: Pick<Store, 'panels' | 'series'>): string | undefined {
  const charts = panelByFamily([...store.panels(), ...sections(store.panels(), store.series()).flatMap(({ panels }) => panels)]);
  return families.flatMap((family) => charts.get(family) ?? [])[0];
}
