import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { formatValue, truncateMiddle } from '../lib/format';
import { StateShape } from '../ui/icons';
import { setProperty } from '../ui/live';
import { still } from '../ui/still';
import { shownColumns } from './columns';
import { stateText, type ColumnName, type Process } from './rows';

/** What a row needs to know beside its process; plain values, so that rows can tell whether they changed. */
export interface RowContext {
  /** suspect is the column in which this process takes a large share of a bad resource. */
  readonly suspect: ColumnName | undefined;
  readonly level: 'ok' | 'warn' | 'critical';
  readonly memoryShare: number;
  readonly ioShare: number;
}

const noMemory = 'A kernel thread has no memory of its own.';
const noIo = 'The kernel tells the I/O of a process only to its owner and to root.';

/** ProcessRow is one process. */
export const ProcessRow = still(function ProcessRow(props: { process: Process; index: number } & RowContext): JSX.Element {
  const { process, index } = props;
  const state = stateText(process.state);
  return (
    <tr aria-rowindex={index + 2} class={props.level === 'warn' ? 'is-warn' : undefined}>
      <td class="process-name column-name" title={process.name.length > 26 ? process.name : undefined}>
        {truncateMiddle(process.name, 26)}
      </td>
      <td class="is-number is-dim column-pid">{process.pid ?? ''}</td>
      <td class="is-dim column-user">{truncateMiddle(process.user, 14)}</td>
      <td class="is-number column-cpu">
        <Suspect on={props.suspect === 'cpu'}>{formatValue(process.cpu, 'percent').text}</Suspect>
      </td>
      <td class="is-number column-trail">
        <span class="trail-place" data-key={process.key} />
      </td>
      <td class="is-number with-bar column-memory">
        <Amount value={process.memory} unit="bytes" reason={noMemory} share={props.memoryShare} suspect={props.suspect === 'memory'} />
      </td>
      <td class="is-number with-bar column-io">
        <Amount value={process.io} unit="bytes/s" reason={noIo} share={props.ioShare} suspect={props.suspect === 'io'} />
      </td>
      <td class="is-number is-dim column-threads">{process.threads ?? ''}</td>
      <td class={`column-state ${process.state === 'D' ? 'cell-blocked' : 'is-dim'}`}>{state}</td>
      <td class="is-dim column-cgroup">{truncateMiddle(groupName(process.cgroup), 18)}</td>
    </tr>
  );
});

/** groupName is the last part of a control group, without what every unit ends in. */
function groupName(cgroup: string): string {
  return cgroup.replace(/^.*\/(?=.)/, '').replace(/\.service$/, '');
}

/** WaitingRow stands where a process will, while the second is being fetched. */
export function WaitingRow(): JSX.Element {
  return (
    <tr class="process-waiting">
      {shownColumns.map(({ name, number }) => (
        <td key={name} class={`is-dim column-${name} ${number ? 'is-number' : ''}`}>
          {name === 'trail' ? '' : '…'}
        </td>
      ))}
    </tr>
  );
}

function Suspect({ on, children }: { on: boolean; children: string }): JSX.Element {
  if (!on) return <>{children}</>;
  return (
    <span class="cell-culprit">
      <StateShape shape="critical" />
      <span class="visually-hidden">a large share, </span>
      {children}
    </span>
  );
}

function Amount(props: { value: number | null; unit: string; reason: string; share: number; suspect: boolean }): JSX.Element {
  const bar = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => setProperty(bar.current, '--share', String(props.share)), [props.share]);
  if (props.value === null) {
    return (
      <span class="is-dim" data-reason={props.reason}>
        n/a
      </span>
    );
  }
  const { text, unit } = formatValue(props.value, props.unit);
  return (
    <>
      <Suspect on={props.suspect}>{props.value === 0 ? '0' : `${text} ${unit}`}</Suspect>
      <span class="cell-bar" ref={bar} />
    </>
  );
}
