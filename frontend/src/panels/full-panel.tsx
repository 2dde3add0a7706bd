import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatClock, formatText, type FormatOptions } from '../lib/format';
import { ChartPanel, rateOptions } from '../ui/chart-panel';
import { statistics, visibleTable, type ChartTable } from '../ui/chart-table';
import { useApp } from '../ui/context';
import { CloseIcon } from '../ui/icons';
import { useDraw } from '../ui/live';
import type { Panel } from '../wire/types';

/** Values are for reading: they need not follow every frame. */
const everyMs = 900;
const mostRows = 600;

/** FullPanel is one chart as large as the window, with its statistics and, if wanted, its values. */
export function FullPanel(props: {
  panel: Panel;
  asTable: boolean;
  /** What else can be done with the chart, by name. */
  tools: readonly (readonly [name: string, run: () => void])[];
  onClose: () => void;
  onTable: () => void;
}): JSX.Element {
  const { panel, asTable, tools, onClose, onTable } = props;
  const app = useApp();
  const root = useRef<HTMLElement>(null);
  const before = useRef<Element | null>(null);
  const drawn = useRef(-Infinity);
  const [table, setTable] = useState<ChartTable>();
  useDraw(root, () => {
    if (app.clock.now() - drawn.current < everyMs && table) return;
    drawn.current = app.clock.now();
    setTable(visibleTable(app, panel));
  });
  // What lies behind is inert: the browser takes the focus out of it at the next frame, so it is noted at
  // once, and can have it again only when this is gone, which is when an effect's cleanup runs.
  useLayoutEffect(() => {
    if (root.current?.contains(document.activeElement) !== true) before.current = document.activeElement;
    root.current?.querySelector<HTMLElement>('.chart-slider')?.focus();
  }, [panel.id]);
  useEffect(
    () => () => {
      if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
    },
    [],
  );
  const options = rateOptions(app, panel);
  return (
    <section class={`full-panel ${asTable ? 'is-table' : ''}`} ref={root} aria-label={`${panel.title} in full`}>
      <div class="full-tools">
        <button type="button" class="text-button" aria-pressed={asTable} onClick={onTable}>
          Values
        </button>
        {tools.map(([name, run]) => (
          <button type="button" class="text-button" key={name} onClick={run}>
            {name}
          </button>
        ))}
        <button type="button" class="icon-button" aria-label="close the chart in full" onClick={onClose}>
          <CloseIcon />
        </button>
      </div>
      <ChartPanel panel={panel} heading="h2" />
      <div class="full-numbers" tabIndex={0} role="region" aria-label="numbers of the chart">
        {table ? asTable ? <ValueTable table={table} options={options} /> : <StatisticsTable table={table} options={options} /> : '…'}
      </div>
    </section>
  );
}

function StatisticsTable({ table, options }: { table: ChartTable; options: FormatOptions }): JSX.Element {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">over the window</th>
          {['last', 'min', 'mean', 'max'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {table.columns.map((column) => {
          const { now, min, mean, max } = statistics(column);
          return (
            <tr key={column.curve.key}>
              <th scope="row">{column.curve.title}</th>
              {[now, min, mean, max].map((value, i) => (
                <td key={i}>{formatText(value, column.curve.unit, options)}</td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function ValueTable({ table, options }: { table: ChartTable; options: FormatOptions }): JSX.Element {
  const app = useApp();
  const indices = Array.from(table.times.keys()).reverse().slice(0, mostRows);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{table.stepMs > 0 ? `mean of ${table.stepMs / 1000} s from` : 'time'}</th>
          {table.columns.map(({ curve }) => (
            <th key={curve.key} scope="col">
              {curve.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {indices.map((i) => (
          <tr key={table.times[i]}>
            <th scope="row">{formatClock(table.times[i] ?? NaN, app.clock.zone())}</th>
            {table.columns.map(({ curve, values }) => (
              <td key={curve.key}>{formatText(values[i] ?? null, curve.unit, options)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
