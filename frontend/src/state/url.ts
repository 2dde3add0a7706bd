// The view in the fragment of the address, which never reaches a server's log, and the
// mode of the page in its query.

/** What a link says about the view. Absent parts are the defaults. */
export interface ViewLink {
  readonly windowMs?: number;
  readonly range?: { readonly from: number; readonly to: number };
  /** The pinned cursor in Unix milliseconds. */
  readonly at?: number;
  readonly panel?: string;
  readonly filter?: string;
  readonly hidden?: readonly string[];
}

/** The windows that can be chosen, in milliseconds. */
export const WINDOWS = [
  { name: '1m', ms: 60_000 },
  { name: '5m', ms: 300_000 },
  { name: '15m', ms: 900_000 },
  { name: '1h', ms: 3_600_000 },
  { name: '6h', ms: 21_600_000 },
  { name: '24h', ms: 86_400_000 },
  { name: '7d', ms: 604_800_000 },
  { name: '30d', ms: 2_592_000_000 },
] as const;

const DAY_MS = 86_400_000;

/** offeredWindows are those up to a day, and of the longer ones those of which something is remembered that a shorter one does not show. */
export function offeredWindows(rememberedMs: number): readonly (typeof WINDOWS)[number][] {
  return WINDOWS.filter(({ ms }, i) => ms <= DAY_MS || rememberedMs > (WINDOWS[i - 1]?.ms ?? 0));
}

/** The window of a page that was opened without a link. */
export const DEFAULT_WINDOW_MS = 300_000;

/** parseFragment reads "#w=15m&at=…"; what it does not understand it leaves out. */
export function parseFragment(fragment: string): ViewLink {
  const fields = fieldsOf(fragment);
  const window = WINDOWS.find(({ name }) => name === fields.get('w'));
  const from = moment(fields.get('from'));
  const to = moment(fields.get('to'));
  const at = moment(fields.get('at'));
  const panel = decodeText(fields.get('p') ?? '');
  const filter = decodeText(fields.get('f') ?? '');
  const hidden = (fields.get('h') ?? '').split(',').filter((name) => name !== '');
  return {
    ...(window && { windowMs: window.ms }),
    ...(from !== undefined && to !== undefined && to > from && { range: { from, to } }),
    ...(at !== undefined && { at }),
    ...(panel !== '' && { panel }),
    ...(filter !== '' && { filter }),
    ...(hidden.length > 0 && { hidden: hidden.map(decodeText) }),
  };
}

/** formatFragment writes a link; the default view is ''. */
export function formatFragment(link: ViewLink): string {
  const fields: string[] = [];
  if (link.range) fields.push(`from=${iso(link.range.from)}`, `to=${iso(link.range.to)}`);
  else if (link.windowMs !== undefined && link.windowMs !== DEFAULT_WINDOW_MS) {
    const window = WINDOWS.find(({ ms }) => ms === link.windowMs);
    if (window) fields.push(`w=${window.name}`);
  }
  if (link.at !== undefined) fields.push(`at=${iso(link.at)}`);
  if (link.panel !== undefined) fields.push(`p=${encodeURIComponent(link.panel)}`);
  if (link.filter !== undefined && link.filter !== '') fields.push(`f=${encodeURIComponent(link.filter)}`);
  if (link.hidden && link.hidden.length > 0) fields.push(`h=${link.hidden.map(encodeName).join(',')}`);
  return fields.length === 0 ? '' : `#${fields.join('&')}`;
}

/** Route is what an address asks for in its query. */
export type Route = (
  | { readonly kind: 'page' | 'kiosk' }
  /** All hosts of a hub, as tiles where nobody is there to press anything. */
  | { readonly kind: 'wall'; readonly tiles: boolean }
  /** One panel, or those of one section, alone. */
  | { readonly kind: 'embed'; readonly id: string }
) & {
  /** Whether every tick says what it costs. */
  readonly bench: boolean;
};

/** parseQuery reads a query; hub is what a hub says of the page (see pageKind). */
export function parseQuery(query: string, hub = ''): Route {
  const fields = new URLSearchParams(query);
  const bench = fields.has('bench');
  const id = fields.get('embed') ?? '';
  const kiosk = fields.get('kiosk') === '1';
  if (hub === 'wall' && (kiosk || id === '')) return { kind: 'wall', tiles: kiosk, bench };
  if (kiosk) return { kind: 'kiosk', bench };
  return id === '' ? { kind: 'page', bench } : { kind: 'embed', id, bench };
}

const iso = (ms: number): string => new Date(ms).toISOString();

function moment(written: string | undefined): number | undefined {
  // RFC 3339 in UTC, and nothing of what else Date.parse understands.
  const text = decodeText(written ?? '');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The fields as they are written: commas that separate names are told from those inside by being bare. */
function fieldsOf(fragment: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const field of fragment.replace(/^#/, '').split('&')) {
    const at = field.indexOf('=');
    if (at > 0 && !fields.has(field.slice(0, at))) fields.set(field.slice(0, at), field.slice(at + 1));
  }
  return fields;
}

/** A colon may stand in a fragment, and a name reads better with it. */
const encodeName = (name: string): string => encodeURIComponent(name).replaceAll('%3A', ':');

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
