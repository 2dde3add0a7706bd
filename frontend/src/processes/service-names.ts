// What containers are called, for processes whose control group is only an id: the table of
// services knows it. It is asked for when such a process is there, once, and not followed.

import type { TableStore } from '../data/tables';

interface NamesDeps {
  readonly table: () => Pick<TableStore, 'seq' | 'column' | 'rows'> | undefined;
  /** Begins to send the table, and returns what ends it. */
  readonly watchTable: () => () => void;
  readonly now: () => number;
}

interface ServiceNames {
  /** of returns the name of the container that a control group is of or in, '' where it is none or not known. */
  of(cgroup: string): string;
  /** look asks for names that were missed, and takes those that have come. */
  look(): void;
  dispose(): void;
}

/** A name that the table does not have is asked for again after so long. */
const againMs = 30_000;

const container = /[0-9a-f]{64}/;

export function createServiceNames({ table, watchTable, now }: NamesDeps): ServiceNames {
  let known = new Map<string, string>();
  let missed = false;
  let [end, askedAt, before]: [(() => void) | undefined, number, number] = [undefined, -Infinity, 0];
  const stop = (): void => {
    end?.();
    end = undefined;
  };
  return {
    of(cgroup) {
      const id = container.exec(cgroup);
      if (!id) return '';
      // Groups inside a container are part of it.
      const rest = cgroup.indexOf('/', id.index);
      const name = known.get(rest < 0 ? cgroup : cgroup.slice(0, rest));
      if (name === undefined) missed = true;
      return name ?? '';
    },
    look() {
      const services = table();
      if (end && services && services.seq > before) {
        const [name, cgroup] = [services.column('name'), services.column('cgroup')];
        known = new Map(services.rows().flatMap(({ cells }) => (typeof cells[cgroup] === 'string' && typeof cells[name] === 'string' ? [[cells[cgroup], cells[name]] as const] : [])));
        stop();
      } else if (!end && missed && now() - askedAt >= againMs) {
        askedAt = now();
        before = services?.seq ?? 0;
        end = watchTable();
      }
      missed = false;
    },
    dispose: stop,
  };
}
