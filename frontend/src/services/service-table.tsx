import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { fetchTable } from '../data/history-api';
import { createTablePast, type TablePast } from '../data/table-past';
import { formatText, truncateMiddle } from '../lib/format';
import { createCalmOrder } from '../processes/order';
import type { AppState } from '../state/app-state';
import { useApp } from '../ui/context';
import { setAttribute, setText } from '../ui/live';
import { type Moment, valueOptions } from '../ui/moment';
import { setShape, spanOf, writes } from '../ui/table/cells';
import { type DataColumn, DataTable } from '../ui/table/data-table';
import type { RowLook } from '../ui/table/table-body';
import { readService, type Service, worstFirst } from './rows';

/** The table of the wire. */
const tableName = 'services';

/** Longer names are cut in the middle. */
const longestName = 40;

/** An observation counts for rows up to so long after it. */
const reachMs = 10_000;

/** ServiceTable is who uses the machine by the name people call it, at the second that the page speaks of. */
export function ServiceTable(): JSX.Element {
  const app = useApp();
  const [columns] = useState(() => columnsOf(app));
  const [rowsAt] = useState(() => createRows(app));
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => whileSeen(root.current, () => app.connection.watchTable(tableName)), [app]);
  return (
    <div ref={root}>
      <DataTable class="instance-table" label="every service" columns={columns} look={serviceLook} rowsAt={rowsAt} />
    </div>
  );
}

/** whileSeen begins something when an element comes near the window, and ends it when it leaves: nobody is sent a table that is not looked at. */
function whileSeen(element: Element | null, begin: () => () => void): () => void {
  if (!element) return () => undefined;
  let end: (() => void) | undefined;
  const observer = new IntersectionObserver(
    (entries) => {
      const seen = entries.at(-1)?.isIntersecting === true;
      if (seen) end ??= begin();
      else {
        end?.();
        end = undefined;
      }
    },
    { rootMargin: '200px' },
  );
  observer.observe(element);
  return () => {
    observer.disconnect();
    end?.();
  };
}

function createRows(app: AppState): (moment: Moment) => readonly Service[] {
  const past: TablePast = createTablePast({
    fetch: async (from, to, signal) => {
      const table = app.store.table(tableName);
      return table ? fetchTable(table.info, from, to, signal) : [];
    },
    reach: () => Math.ceil(reachMs / app.store.intervalMs),
    ready: () => app.frameLoop.markDirty('table'),
  });
  const order = createCalmOrder(() => true);
  let instance = '';
  return () => {
    const table = app.store.table(tableName);
    if (instance !== app.store.instance) {
      instance = app.store.instance;
      past.clear();
    }
    if (!table) return [];
    const column = (name: string): number => table.column(name);
    const pinned = app.view.cursor.peek() !== null;
    const row = pinned ? app.row() : undefined;
    const found = row?.seq === undefined ? undefined : past.at(row.seq);
    if (pinned) return typeof found === 'object' ? worstFirst(ranked(found.rows.map(({ key, cells }) => readService(key, cells, column)))) : [];
    const live = new Map(table.rows().map(({ key, cells }) => [key, readService(key, cells, column)]));
    const keys = order.next(Array.from(live.values(), ({ key, cpu }) => ({ key, value: cpu })), app.now(), false);
    return worstFirst(keys.flatMap((key) => live.get(key) ?? []));
  };
}

const ranked = (services: readonly Service[]): readonly Service[] => services.toSorted((a, b) => (b.cpu ?? -1) - (a.cpu ?? -1));

const serviceLook: RowLook<Service> = { class: ({ level }) => (level === 'ok' ? '' : `is-${level}`) };

function columnsOf(app: AppState): readonly DataColumn<Service>[] {
  const number = (name: string, title: string, text: (service: Service) => string, reason?: string): DataColumn<Service> => ({
    name,
    title,
    look: 'is-number',
    ...(reason !== undefined && { reason }),
    write: writes(text),
  });
  return [
    {
      name: 'name',
      title: 'service',
      look: '',
      names: true,
      make: (cell) => cell.append(spanOf(''), spanOf('instance-word')),
      write(cell, { name, level, word }) {
        setAttribute(cell, 'title', name.length > longestName ? name : undefined);
        setShape(cell, level === 'ok' ? undefined : level);
        setText(cell.lastElementChild?.previousElementSibling, truncateMiddle(name, longestName));
        setText(cell.lastElementChild, word);
      },
    },
    { name: 'kind', title: 'kind', look: '', write: writes(({ kind }) => kind) },
    number('cpu', 'CPU', ({ cpu }) => formatText(cpu, 'percent'), '100 % is one core'),
    number('cpuLimit', 'of', ({ cpuLimit }) => limitText(cpuLimit, 'percent'), 'the limit of its CPU'),
    number('memory', 'memory', ({ memory }) => formatText(memory, 'bytes'), 'working set: without files that nobody used lately'),
    number('memoryLimit', 'of', ({ memoryLimit }) => limitText(memoryLimit, 'bytes'), 'the limit of its memory'),
    number('io', 'I/O', ({ io }) => formatText(io, 'bytes/s')),
    number('network', 'network', ({ network }) => (network === null ? '' : formatText(network, 'bytes/s', valueOptions(app))), 'of its own network namespace; empty where it shares the host\u2019s'),
    number('tasks', 'tasks', ({ tasks }) => (tasks === null ? '' : String(tasks))),
  ];
}

/** limitText is empty where there is no limit. */
const limitText = (limit: number | null, unit: string): string => (limit === null ? '' : formatText(limit, unit));
