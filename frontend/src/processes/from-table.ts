import type { Cell, TableRowView, TableStore } from '../data/tables';
import type { TableInfo } from '../wire/types';
import type { Process } from './rows';

/** fromTable reads the columns the page knows how to draw out of any table. */
export const fromTable: TableReader = (table) => createTableReader()(table);

/** Reads the columns the page knows how to draw out of any table. A row that did not change is the very process it was before. */
type TableReader = (table: Pick<TableStore, 'info' | 'column' | 'rows'>) => readonly Process[];

/** createTableReader remembers what it read. */
export function createTableReader(): TableReader {
  let known: { readonly rows: readonly TableRowView[]; readonly processes: readonly Process[] } = { rows: [], processes: [] };
  let info: TableInfo | undefined;
  return (table) => {
    // Columns may stand in other places.
    if (table.info !== info) known = { rows: [], processes: [] };
    info = table.info;
    const read = reader((name) => table.column(name));
    const rows = table.rows();
    // A table keeps the order of its rows, and one that did not change is the very row it was:
    // both lists are gone through side by side, without a map of thousands.
    let at = 0;
    const processes = rows.map((row) => {
      while (at < known.rows.length && known.rows[at]?.key !== row.key) at++;
      const process = known.rows[at] === row ? known.processes[at] : undefined;
      at++;
      return process ?? read(row.key, row.cells);
    });
    known = { rows, processes };
    return processes;
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
