// How a service is written into its row.

import { formatText, truncateMiddle } from '../lib/format';
import type { AppState } from '../state/app-state';
import { setAttribute, setText } from '../ui/live';
import { valueOptions } from '../ui/moment';
import { setShape, spanOf, writeNumber, writes } from '../ui/table/cells';
import type { DataColumn } from '../ui/table/data-table';
import type { RowLook } from '../ui/table/table-body';
import type { ServiceLine } from './rows';

/** Longer names are cut in the middle. */
const longestName = 40;

/** serviceLook is what concerns the row of a service as a whole. */
export const serviceLook: RowLook<ServiceLine> = {
  class: ({ level, chosen }) => [level === 'ok' ? '' : `is-${level}`, chosen ? 'is-opened' : ''].filter((each) => each !== '').join(' '),
};

/** serviceColumns are the columns of a table of services. */
export function serviceColumns(app: AppState): readonly DataColumn<ServiceLine>[] {
  const number = (name: string, title: string, text: (service: ServiceLine) => string, reason?: string): DataColumn<ServiceLine> => ({
    name,
    title,
    look: `is-number column-${name}`,
    ...(reason !== undefined && { reason }),
    write: writes(text),
  });
  const marked = (name: 'cpu' | 'memory' | 'io', title: string, unit: string, reason?: string): DataColumn<ServiceLine> => ({
    ...number(name, title, () => '', reason),
    write: (cell, service) => writeNumber(cell, formatText(service[name], unit), service.suspect === name),
  });
  return [
    {
      name: 'name',
      title: 'service',
      look: 'service-name',
      names: true,
      make: (cell) => cell.append(spanOf(''), spanOf('instance-word')),
      write(cell, { name, level, word }) {
        setAttribute(cell, 'title', name.length > longestName ? name : undefined);
        setShape(cell, level === 'ok' ? undefined : level);
        setText(cell.lastElementChild?.previousElementSibling, truncateMiddle(name, longestName));
        setText(cell.lastElementChild, word);
      },
    },
    { name: 'kind', title: 'kind', look: 'is-dim column-kind', write: writes(({ kind }) => kind) },
    marked('cpu', 'CPU', 'percent', '100 % is one core'),
    number('cpuLimit', 'of', ({ cpuLimit }) => limitText(cpuLimit, 'percent'), 'the limit of its CPU'),
    marked('memory', 'memory', 'bytes', 'working set: without files that nobody used lately'),
    number('memoryLimit', 'of', ({ memoryLimit }) => limitText(memoryLimit, 'bytes'), 'the limit of its memory'),
    marked('io', 'I/O', 'bytes/s'),
    number('network', 'network', ({ network }) => (network === null ? '' : formatText(network, 'bytes/s', valueOptions(app))), 'of its own network namespace; empty where it shares the host\u2019s'),
    number('tasks', 'tasks', ({ tasks }) => (tasks === null ? '' : String(tasks))),
  ];
}

/** limitText is empty where there is no limit. */
const limitText = (limit: number | null, unit: string): string => (limit === null ? '' : formatText(limit, unit));
