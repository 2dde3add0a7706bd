// How a process is written into its row.

import { formatValue, truncateMiddle } from '../lib/format';
import { setAttribute, setClass, setProperty, setText } from '../ui/live';
import { spanOf, writeNumber, writes } from '../ui/table/cells';
import type { Column, RowLook } from '../ui/table/table-body';
import { shownColumns } from './columns';
import { isKernel, type Process, stateText, type ColumnName } from './rows';
import type { ShownRow } from './view-model';

/** A process, and what its row needs to know beside it. */
export interface ProcessLine extends ShownRow {
  /** cpu is the use of processors as a person wants to read it. */
  readonly cpu: number | null;
  readonly opened: boolean;
  /** suspect is the column in which this process takes a large share of a bad resource. */
  readonly suspect: ColumnName | undefined;
  readonly level: 'ok' | 'warn' | 'critical';
  /** The shares of the largest, which bars show; that of CPU time only where it ranks. */
  readonly cpuShare: number;
  readonly memoryShare: number;
  readonly ioShare: number;
  readonly tree: boolean;
  /** service is what the container of its control group is called, '' where that says it itself. */
  readonly service: string;
}

const noMemory = 'A kernel thread has no memory of its own.';
const noKernelIo = 'A kernel thread does no I/O for itself.';
const noIo = 'The kernel tells the I/O of a process only to its owner and to root.';

const writers: Readonly<Record<ColumnName | 'trail', Pick<Column<ProcessLine>, 'make' | 'write' | 'drawn'>>> = {
  name: {
    make(cell) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'process-open';
      button.tabIndex = -1;
      const line = spanOf('process-line');
      line.append(button, spanOf('process-tail'));
      cell.append(line);
    },
    write(cell, { process, depth, opened }) {
      const button = cell.firstElementChild?.firstElementChild;
      const tail = tailOf(process);
      setProperty(cell, '--depth', String(depth));
      setAttribute(cell, 'title', tail === '' && process.name.length <= 26 ? undefined : `${process.name} ${tail}`.trim());
      setText(button?.nextElementSibling, tail);
      setAttribute(button, 'aria-expanded', String(opened));
      setAttribute(button, 'data-process', process.key);
      setText(button, truncateMiddle(process.name, 26));
    },
  },
  pid: { write: writes(({ process }) => String(process.pid ?? '')) },
  user: { write: writes(({ process }) => truncateMiddle(process.user, 14)) },
  cpu: {
    write(cell, { cpu, cpuShare, suspect }) {
      setProperty(cell, '--share', String(cpuShare));
      writeNumber(cell, formatValue(cpu, 'percent').text, suspect === 'cpu');
    },
  },
  trail: {
    drawn: true,
    make: (cell) => cell.append(spanOf('trail-place')),
    write: (cell, { process }) => setAttribute(cell.firstElementChild, 'data-key', process.key),
  },
  memory: { write: (cell, { process, memoryShare, suspect }) => writeAmount(cell, process.memory, 'bytes', memoryShare, suspect === 'memory', noMemory) },
  io: { write: (cell, { process, ioShare, suspect }) => writeAmount(cell, process.io, 'bytes/s', ioShare, suspect === 'io', isKernel(process) ? noKernelIo : noIo) },
  threads: { write: writes(({ process }) => String(process.threads ?? '')) },
  state: {
    write(cell, { process }) {
      setClass(cell, 'cell-blocked', process.state === 'D');
      setClass(cell, 'is-dim', process.state !== 'D');
      setText(cell, stateText(process.state));
    },
  },
  cgroup: {
    // The name of the service leads to it.
    make(cell) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'service-link';
      button.tabIndex = -1;
      cell.append(button);
    },
    write(cell, { process, service }) {
      setAttribute(cell.firstElementChild, 'data-service', process.cgroup);
      setAttribute(cell, 'title', process.cgroup);
      setText(cell.firstElementChild, service === '' ? groupText(process.cgroup) : truncateMiddle(service, longestGroup));
    },
  },
};

const looks: Readonly<Partial<Record<ColumnName | 'trail', string>>> = {
  name: 'process-name',
  cpu: 'with-bar',
  pid: 'is-dim',
  user: 'is-dim',
  memory: 'with-bar',
  io: 'with-bar',
  threads: 'is-dim',
  cgroup: 'is-dim',
};

/** processColumns are the columns of the table, in their order. */
export const processColumns: readonly Column<ProcessLine>[] = shownColumns.map(({ name, number }) => ({
  name,
  look: [number ? 'is-number' : '', looks[name] ?? '', `column-${name}`].filter((each) => each !== '').join(' '),
  ...writers[name],
}));

/** processLook is what concerns the row of a process as a whole. */
export const processLook: RowLook<ProcessLine> = {
  class: ({ level, opened, context }) => [level === 'warn' ? 'is-warn' : '', opened ? 'is-opened' : '', context ? 'is-context' : ''].filter((each) => each !== '').join(' '),
  write: (element, { tree, depth }) => setAttribute(element, 'aria-level', tree ? String(depth + 1) : undefined),
};

/** writeAmount writes a value over a bar for its share of the largest. */
function writeAmount(cell: HTMLElement, value: number | null, unit: string, share: number, suspect: boolean, reason: string): void {
  setProperty(cell, '--share', String(value === null ? 0 : share));
  if (value !== null) {
    writeNumber(cell, amountText(value, unit), suspect);
    return;
  }
  let unknown = cell.firstElementChild;
  if (!unknown?.hasAttribute('data-reason')) {
    unknown = spanOf('is-dim', 'n/a');
    cell.replaceChildren(unknown);
  }
  setAttribute(unknown, 'data-reason', reason);
}

function amountText(value: number, unitOf: string): string {
  const { text, unit } = formatValue(value, unitOf);
  return value === 0 ? '0' : `${text} ${unit}`;
}

/**
 * tailOf tells processes of one name apart: what they were started with where the server
 * shows it, else the service that they belong to.
 */
export function tailOf({ name, command, cgroup }: Pick<Process, 'name' | 'command' | 'cgroup'>): string {
  if (command !== '') return command.replace(/^\S+\s*/, '');
  const group = shortId(groupName(cgroup));
  return group === name || group === '/' ? '' : group;
}

/** So many letters of a control group have room, but for wide ones: the column cuts those. */
const longestGroup = 18;

/** groupText is what the column of a control group says of it. */
export const groupText = (cgroup: string): string => truncateMiddle(shortId(groupName(cgroup)), longestGroup);

/** shortId leaves of an id without a name the digits by which people know it, without what a runtime puts around them. */
const shortId = (name: string): string => name.replace(/(?:[a-z-]+-)?(?<![0-9a-f])([0-9a-f]{12})[0-9a-f]{20,}(?:\.scope)?/g, '$1');

/** unitName is the last part of a control group. */
const unitName = (cgroup: string): string => cgroup.replace(/^.*\/(?=.)/, '');

/** groupName is that without what every unit ends in. */
const groupName = (cgroup: string): string => unitName(cgroup).replace(/\.service$/, '');
