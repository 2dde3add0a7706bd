import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { panelFamilies } from '../charts/layers';
import { formatText, truncateMiddle } from '../lib/format';
import { useApp, watch } from '../ui/context';
import { StateShape } from '../ui/icons';
import { setClass, useDraw } from '../ui/live';
import { momentOf, valueOptions } from '../ui/moment';
import type { Panel } from '../wire/types';
import type { InstanceKind } from './instance-kinds';
import { instanceColumns, instanceRows, type InstanceRow } from './instance-rows';

/** InstanceTable is every disk, mount, interface or sensor with its numbers at the second that the page speaks of; the bad ones are on top. */
export function InstanceTable({ kind, panels }: { kind: InstanceKind; panels: readonly Panel[] }): JSX.Element | null {
  const app = useApp();
  watch(app.shape);
  const root = useRef<HTMLDivElement>(null);
  const revision = app.shape.value;
  const columns = useMemo(() => instanceColumns(app.store.series(), kind.label, new Set(panels.flatMap(panelFamilies))), [app, kind.label, revision]);
  const [rows, setRows] = useState<readonly InstanceRow[]>([]);
  useDraw(root, () => {
    const moment = momentOf(app);
    setClass(root.current, 'is-stale', moment.stale);
    setRows(instanceRows(columns, moment.stale ? [] : app.store.resources(), kind.section, moment.values, moment.index));
  });
  if (columns.length === 0) return null;
  const options = kind.section === 'network' ? valueOptions(app) : {};
  return (
    <div class="instance-table" ref={root} tabIndex={0} role="region" aria-label={`every ${kind.title}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{kind.title}</th>
            {columns.map(({ key, title, id }) => (
              <th key={key} scope="col" class="is-number" data-help={id}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name} class={row.level === 'ok' ? undefined : `is-${row.level}`}>
              <th scope="row" title={row.name.length > 32 ? row.name : undefined}>
                {row.level !== 'ok' && <StateShape shape={row.level} />}
                {truncateMiddle(row.name, 32)}
                {row.word !== '' && <span class="instance-word">{row.word}</span>}
              </th>
              {row.values.map((value, i) => (
                <td key={columns[i]?.key} class="is-number" data-explain={columns[i]?.series.get(row.name)?.id}>
                  {formatText(value, columns[i]?.unit ?? '', options)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
