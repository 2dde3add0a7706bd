import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { panelFamilies } from '../charts/layers';
import { formatText, truncateMiddle } from '../lib/format';
import type { AppState } from '../state/app-state';
import { useApp, watch } from '../ui/context';
import { setAttribute, setText } from '../ui/live';
import { valueOptions } from '../ui/moment';
import { setShape, spanOf } from '../ui/table/cells';
import { type DataColumn, DataTable } from '../ui/table/data-table';
import type { RowLook } from '../ui/table/table-body';
import type { Panel } from '../wire/types';
import { type InstanceColumn, instanceColumns, instanceRows, type InstanceRow } from './instance-rows';
import type { InstanceKind } from './sections';

/** Longer names are cut in the middle. */
const longestName = 32;

/** InstanceTable is every disk, mount, interface or sensor with its numbers at the second that the page speaks of; the bad ones are on top. */
export function InstanceTable({ kind, panels }: { kind: InstanceKind; panels: readonly Panel[] }): JSX.Element | null {
  const app = useApp();
  watch(app.feed.shape);
  const revision = app.feed.shape.value;
  const known = useMemo(() => instanceColumns(app.feed.store.series(), kind.label, new Set(panels.flatMap(panelFamilies))), [app, kind.label, revision]);
  const columns = useMemo(() => [nameColumn(kind.title), ...known.map((column, i) => numberColumn(app, kind, column, i))], [app, kind, known]);
  if (known.length === 0) return null;
  return (
    <DataTable
      class="instance-table"
      label={`every ${kind.title}`}
      columns={columns}
      look={instanceLook}
      from="rows"
      rowsAt={({ stale, values, index }) => instanceRows(known, stale ? [] : app.feed.store.resources(), kind.section, values, index)}
    />
  );
}

const instanceLook: RowLook<InstanceRow> = { class: ({ level }) => (level === 'ok' ? '' : `is-${level}`) };

const nameColumn = (title: string): DataColumn<InstanceRow> => ({
  name: 'name',
  title,
  look: '',
  names: true,
  make: (cell) => cell.append(spanOf(''), spanOf('instance-word')),
  write(cell, { name, level, word }) {
    setAttribute(cell, 'title', name.length > longestName ? name : undefined);
    setShape(cell, level === 'ok' ? undefined : level);
    setText(cell.lastElementChild?.previousElementSibling, truncateMiddle(name, longestName));
    setText(cell.lastElementChild, word);
  },
});

const numberColumn = (app: AppState, kind: InstanceKind, { key, title, id, unit, series }: InstanceColumn, at: number): DataColumn<InstanceRow> => ({
  name: key,
  title,
  look: 'is-number',
  help: id,
  write(cell, { name, values }) {
    const own = series.get(name)?.id;
    setAttribute(cell, 'data-explain', own === undefined ? undefined : String(own));
    setText(cell, formatText(values[at] ?? null, unit, kind.section === 'network' ? valueOptions(app) : {}));
  },
});
