import type { AppState } from '../state/app-state';
import type { HeadColumn } from '../ui/table/table-head';
import { columnTitle } from './auto';
import type { ColumnName } from './rows';

/** A column as the table shows it; the trail is drawn, not sorted. */
interface ShownColumn {
  readonly name: ColumnName | 'trail';
  readonly title: string;
  readonly number: boolean;
}

const column = (name: ColumnName, number: boolean, title = columnTitle(name)): ShownColumn => ({ name, title, number });

export const shownColumns: readonly ShownColumn[] = [
  column('name', false),
  column('cpu', true, 'CPU %'),
  column('memory', true),
  column('io', true),
  { name: 'trail', title: 'last 5 min', number: true },
  column('pid', true),
  column('user', false),
  column('threads', true),
  column('state', false),
  column('cgroup', false),
];

/** The columns that tell who uses the machine. */
export type RankingColumn = 'cpu' | 'memory' | 'io';

/** rankingColumn is the column that ranks, undefined where the order is another one. */
export const rankingColumn = (name: string): RankingColumn | undefined => (name === 'cpu' || name === 'memory' || name === 'io' ? name : undefined);

/** columnsBehind are the columns with the one that ranks right behind the name. */
export function columnsBehind<C extends { readonly name: string }>(columns: readonly C[], ranking: RankingColumn | undefined): readonly C[] {
  const [name, ...rest] = columns;
  const first = rest.find((each) => each.name === ranking);
  return name && first ? [name, first, ...rest.filter((each) => each !== first)] : columns;
}

const noted: Readonly<Partial<Record<ColumnName, (withoutIo: string) => string | undefined>>> = {
  cpu: () => 'percent of one core, or of the whole machine (s switches)',
  io: (withoutIo) => (withoutIo === '' ? undefined : `${withoutIo}: the kernel tells the I/O of a process only to its owner and to root; process-io.conf gives the systemd unit the rights to see it.`),
};

/** headColumns are the heads of the columns, each a button that sorts by it. */
export function headColumns(cpu: string, withoutIo: string, ranking: RankingColumn | undefined): readonly HeadColumn<ShownColumn['name']>[] {
  return columnsBehind(shownColumns, ranking).map(({ name, title, number }) => ({
    name,
    title: name === 'cpu' ? cpu : title,
    look: `column-${name} ${number ? 'is-number' : ''}`,
    sorts: name !== 'trail',
    ...(name !== 'trail' && { reason: noted[name]?.(withoutIo) }),
    ...(name === 'io' && { note: withoutIo }),
  }));
}

/** rowHeight is --row-height of tokens.css: virtual rows need to know it. */
export const rowHeight = ({ view }: Pick<AppState, 'view'>): number => (view.density.peek() === 'dense' ? 18 : 22);

/** What a share of the processors depends on. */
type ViewedStore = Pick<AppState, 'view'> & { readonly feed: Pick<AppState['feed'], 'store'> };

/** cpuShare is a percentage of one core as a person wants to read it. */
export function cpuShare({ view, feed: { store } }: ViewedStore, percent: number | null): number | null {
  const cores = store.host?.cpus ?? 1;
  return percent === null || view.cpu.peek() === 'core' ? percent : percent / Math.max(1, cores);
}

/** cpuTitle is the head of the numbers that cpuShare makes. */
export function cpuTitle({ view, feed: { store } }: ViewedStore): string {
  return view.cpu.value === 'core' ? 'CPU %' : `CPU % of ${store.host?.cpus ?? '…'}`;
}
