import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatInterval, formatText } from '../lib/format';
import { useApp, watch } from '../ui/context';
import { setAttribute, setText } from '../ui/live';
import { writes } from '../ui/table/cells';
import { type DataColumn, DataTable } from '../ui/table/data-table';
import type { RowLook } from '../ui/table/table-body';
import { type CollectorColumn, collectorColumns, collectorRows, isBad, type CollectorRow } from './collector-rows';

/** CollectorTable says what every collector costs, at the second that the page speaks of. */
export function CollectorTable(): JSX.Element {
  const app = useApp();
  watch(app.feed.shape);
  const revision = app.feed.shape.value;
  const known = useMemo(() => collectorColumns(app.feed.store.series()), [app, revision]);
  const columns = useMemo(() => [...ownColumns, ...known.map(costColumn)], [known]);
  return <DataTable class="host-gaps collector-table" columns={columns} look={collectorLook} from="rows" rowsAt={({ values, index }) => collectorRows(app.feed.store, known, values, index)} />;
}

const collectorLook: RowLook<CollectorRow> = { class: (row) => (isBad(row) ? 'is-bad' : '') };

const ownColumns: readonly DataColumn<CollectorRow>[] = [
  { name: 'collector', title: 'collector', look: '', names: true, write: writes(({ title }) => title) },
  {
    name: 'state',
    title: 'state',
    look: '',
    write(cell, { state, reason }) {
      setText(cell, state);
      setAttribute(cell, 'data-reason', reason === '' ? undefined : reason);
    },
  },
  { name: 'every', title: 'every', look: 'is-number', write: writes(({ everyMs }) => formatInterval(everyMs)) },
];

const costColumn = ({ family, title, unit, id }: CollectorColumn, at: number): DataColumn<CollectorRow> => ({
  name: family,
  title,
  look: 'is-number',
  help: id,
  write: writes(({ state, values }) => (state === 'off' ? '—' : formatText(values[at] ?? null, unit))),
});
