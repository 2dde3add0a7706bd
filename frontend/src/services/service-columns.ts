// How a service is written into its row.

import { formatText, truncateMiddle } from '../lib/format';
import { cpuShare, cpuTitle } from '../processes/columns';
import type { AppState } from '../state/app-state';
import { setAttribute, setProperty, setText } from '../ui/live';
import { valueOptions } from '../ui/moment';
import { setShape, spanOf, writeNumber, writes } from '../ui/table/cells';
import type { DataColumn } from '../ui/table/data-table';
import type { RowLook } from '../ui/table/table-body';
import type { ServiceLine } from './lines';
import { identity, type Service } from './rows';

/** Longer names are cut in the middle. */
const longestName = 40;

/** serviceLook is what concerns the row of a service as a whole. */
export const serviceLook: RowLook<ServiceLine> = {
  class: ({ level, opened, of }) => [level === 'ok' ? '' : `is-${level}`, opened ? 'is-opened' : '', of === 'service' ? '' : `is-${of}`].filter((each) => each !== '').join(' '),
};

/** What the rows can be ordered by, and how each compares. */
const sorts = {
  name: ({ name }: Service) => name,
  kind: ({ kind }: Service) => kind,
  cpu: ({ cpu }: Service) => cpu,
  cpuLimit: ({ cpuLimit }: Service) => cpuLimit,
  memory: ({ memory }: Service) => memory,
  memoryLimit: ({ memoryLimit }: Service) => memoryLimit,
  io: ({ io }: Service) => io,
  network: ({ network }: Service) => network,
  tasks: ({ tasks }: Service) => tasks,
};

export type SortColumn = keyof typeof sorts;

/** sortColumn is the column of a name, undefined where services have none. */
export const sortColumn = (name: string): SortColumn | undefined => (isSortColumn(name) ? name : undefined);

const isSortColumn = (name: string): name is SortColumn => name in sorts;

/** isText says which columns are ordered from A on at first. */
export const isText = (column: SortColumn): boolean => column === 'name' || column === 'kind';

/** valueIn is what a service is ordered by in a column; null comes last. */
export const valueIn = (column: SortColumn, service: Service): number | string | null => sorts[column](service);

/** serviceColumns are the columns of a table of services; those of one that sorts have buttons for heads. */
export function serviceColumns(app: AppState, { sorting = false }: { sorting?: boolean } = {}): readonly DataColumn<ServiceLine>[] {
  const number = (name: SortColumn, title: string, text: (service: ServiceLine) => string, reason?: string): DataColumn<ServiceLine> => ({
    name,
    title,
    look: `is-number column-${name}`,
    sorts: sorting,
    ...(reason !== undefined && { reason }),
    write: writes(text),
  });
  const marked = (name: 'cpu' | 'memory' | 'io', title: string, text: (service: ServiceLine) => string, reason?: string): DataColumn<ServiceLine> => ({
    ...number(name, title, () => '', reason),
    look: `is-number with-bar column-${name}`,
    write(cell, service) {
      setProperty(cell, '--share', String(service.shares[name]));
      writeNumber(cell, text(service), service.suspect === name);
    },
  });
  return [
    {
      name: 'name',
      title: 'service',
      look: 'service-name',
      names: true,
      sorts: sorting,
      make(cell) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'service-open';
        button.tabIndex = -1;
        cell.append(button, spanOf('instance-word'));
      },
      write(cell, service) {
        const { name, level, word, depth, of, opened } = service;
        const button = cell.lastElementChild?.previousElementSibling;
        setProperty(cell, '--depth', String(depth));
        setAttribute(cell, 'title', name.length > longestName ? name : undefined);
        setShape(cell, level === 'ok' ? undefined : level);
        setText(button, truncateMiddle(name, longestName));
        setAttribute(button, 'aria-expanded', of === 'service' ? String(opened) : undefined);
        setAttribute(button, 'data-service', of === 'service' ? identity(service) : undefined);
        setText(cell.lastElementChild, word);
      },
    },
    { name: 'kind', title: 'kind', look: 'is-dim column-kind', sorts: sorting, write: writes(({ kind, state }) => (state === 'ended' ? 'ended' : kind)) },
    marked('cpu', cpuTitle(app), ({ cpu }) => formatText(cpuShare(app, cpu), 'percent'), 'percent of one core, or of the whole machine (s switches)'),
    number('cpuLimit', 'of', ({ cpuLimit }) => (cpuLimit === null ? '' : formatText(cpuShare(app, cpuLimit), 'percent')), 'the limit of its CPU'),
    marked('memory', 'memory', ({ memory }) => formatText(memory, 'bytes'), 'working set: without files that nobody used lately'),
    number('memoryLimit', 'of', ({ memoryLimit }) => (memoryLimit === null ? '' : formatText(memoryLimit, 'bytes')), 'the limit of its memory'),
    marked('io', 'I/O', ({ io }) => formatText(io, 'bytes/s')),
    number('network', 'network', ({ network }) => (network === null ? '' : formatText(network, 'bytes/s', valueOptions(app))), 'of its own network namespace; empty where it shares the host’s'),
    number('tasks', 'tasks', ({ tasks }) => (tasks === null ? '' : String(tasks))),
  ];
}
