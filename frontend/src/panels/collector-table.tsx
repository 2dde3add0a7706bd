import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { formatDuration, formatText } from '../lib/format';
import { useApp, watch } from '../ui/context';
import { setClass, useDraw } from '../ui/live';
import { momentOf } from '../ui/moment';
import { collectorColumns, collectorRows, isBad, type CollectorRow } from './collector-rows';

/** CollectorTable says what every collector costs, at the second that the page speaks of. */
export function CollectorTable(): JSX.Element {
  const app = useApp();
  watch(app.shape);
  const root = useRef<HTMLDivElement>(null);
  const columns = collectorColumns(app.store.series());
  const [rows, setRows] = useState<readonly CollectorRow[]>([]);
  useDraw(root, () => {
    const moment = momentOf(app);
    setClass(root.current, 'is-stale', moment.stale);
    setRows(collectorRows(app.store, columns, moment.values, moment.index));
  });
  return (
    <div class="host-gaps collector-table" ref={root}>
      <table>
        <thead>
          <tr>
            <th scope="col">collector</th>
            <th scope="col">state</th>
            <th scope="col" class="is-number">
              every
            </th>
            {columns.map(({ family, title, id }) => (
              <th key={family} scope="col" class="is-number" data-help={id}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} class={isBad(row) ? 'is-bad' : undefined}>
              <th scope="row">{row.title}</th>
              <td data-reason={row.reason === '' ? undefined : row.reason}>{row.state}</td>
              <td class="is-number">{formatDuration(row.everyMs)}</td>
              {row.values.map((value, i) => (
                <td key={columns[i]?.family} class="is-number">
                  {row.state === 'off' ? '—' : formatText(value, columns[i]?.unit ?? '')}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
