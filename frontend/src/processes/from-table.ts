import type { Cell, TableStore } from '../data/tables';
import type { TableInfo } from '../wire/types';
import type { Process } from './rows';

/** fromTable reads the columns the page knows how to draw out of any table. */
export const fromTable: TableReader = (table) => createTableReader()(table);

/** Reads the columns the page knows how to draw out of any table. A row whose cells did not change is the very process it was before. */
type TableReader = (table: Pick<TableStore, 'info' | 'column' | 'rows'>) => readonly Process[];

/** createTableReader remembers what it read. */
export function createTableReader(): TableReader {
  let known = new Map<string, { readonly cells: readonly Cell[]; readonly process: Process }>();
  let info: TableInfo | undefined;
  return (table) => {
    // Columns may stand in other places.
    if (table.info !== info) known.clear();
    info = table.info;
    const read = reader((name) => table.column(name));
    // A map by the cells themselves is slower than all else that is done with a table.
    const before = known;
    known = new Map();
    return table.rows().map(({ key, cells }) => {
      let row = before.get(key);
      if (row?.cells !== cells) row = { cells, process: read(key, cells) };
      known.set(key, row);
      return row.process;
    });
  };
}

/** reader returns a function from a row's cells to a process; at gives the place of a column. */
export function reader(at: (column: string) => number): (key: string, cells: readonly Cell[]) => Process {
  const places = {
    name: at('name'),
    pid: at('pid'),
    parent: at('ppid'),
    started: at('start'),
    user: at('user'),
    state: at('state'),
    cpu: at('cpu'),
    memory: at('memory'),
    io: at('io'),
    read: at('read'),
    written: at('write'),
    threads: at('threads'),
    cgroup: at('cgroup'),
    command: at('command'),
  };
  return (key, cells) => ({
    key,
    name: textOf(cells[places.name]),
    pid: numberOf(cells[places.pid]),
    parent: numberOf(cells[places.parent]),
    started: msOf(cells[places.started]),
    user: textOf(cells[places.user]),
    state: textOf(cells[places.state]),
    cpu: numberOf(cells[places.cpu]),
    memory: numberOf(cells[places.memory]),
    io: numberOf(cells[places.io]),
    read: numberOf(cells[places.read]),
    written: numberOf(cells[places.written]),
    threads: numberOf(cells[places.threads]),
    cgroup: textOf(cells[places.cgroup]),
    command: textOf(cells[places.command]),
  });
}

const numberOf = (cell: Cell | undefined): number | null => (typeof cell === 'number' ? cell : null);
/** A time on the wire is in seconds; 0 is not known. */
const msOf = (cell: Cell | undefined): number | null => (typeof cell === 'number' && cell > 0 ? cell * 1000 : null);
const textOf = (cell: Cell | undefined): string => (typeof cell === 'string' ? cell : '');
