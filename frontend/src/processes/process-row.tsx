import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { formatValue, truncateMiddle } from '../lib/format';
import { StateShape } from '../ui/icons';
import { setProperty } from '../ui/live';
import { still } from '../ui/still';
import { shownColumns } from './columns';
import { isKernel, stateText, type ColumnName } from './rows';
import type { ShownRow } from './view-model';

/** What a row needs to know beside its process; plain values, so that rows can tell whether they changed. */
export interface RowContext {
  /** cpu is the use of processors as a person wants to read it. */
  readonly cpu: number | null;
  readonly opened: boolean;
  /** suspect is the column in which this process takes a large share of a bad resource. */
  readonly suspect: ColumnName | undefined;
  readonly level: 'ok' | 'warn' | 'critical';
  readonly memoryShare: number;
  readonly ioShare: number;
}

const noMemory = 'A kernel thread has no memory of its own.';
const noKernelIo = 'A kernel thread does no I/O for itself.';
const noIo = 'The kernel tells the I/O of a process only to its owner and to root.';

type RowProps = ShownRow & RowContext & { readonly tree: boolean; readonly index: number; readonly onOpen: (key: string) => void };

/** ProcessRow is one process. Pressed anywhere it opens; its name is the button that says so. */
export const ProcessRow = still(function ProcessRow(props: RowProps): JSX.Element {
  const { process, depth, tree, index, onOpen } = props;
  const name = useRef<HTMLTableCellElement>(null);
  useLayoutEffect(() => setProperty(name.current, '--depth', String(depth)), [depth]);
  const state = stateText(process.state);
  const look = [props.level === 'warn' ? 'is-warn' : '', props.opened ? 'is-opened' : '', props.context ? 'is-context' : ''].filter((each) => each !== '').join(' ');
  return (
    <tr aria-rowindex={index + 2} {...(tree && { 'aria-level': depth + 1 })} class={look === '' ? undefined : look} onClick={() => onOpen(process.key)}>
      <td class="process-name column-name" ref={name} title={process.name.length > 26 ? process.name : undefined}>
        <button
          type="button"
          class="process-open"
          tabIndex={-1}
          aria-expanded={props.opened}
          data-process={process.key}
          onClick={(event) => {
            event.stopPropagation();
            onOpen(process.key);
          }}
        >
          {truncateMiddle(process.name, 26)}
        </button>
      </td>
      <td class="is-number is-dim column-pid">{process.pid ?? ''}</td>
      <td class="is-dim column-user">{truncateMiddle(process.user, 14)}</td>
      <td class="is-number column-cpu">
        <Suspect on={props.suspect === 'cpu'}>{formatValue(props.cpu, 'percent').text}</Suspect>
      </td>
      <td class="is-number column-trail">
        <span class="trail-place" data-key={process.key} />
      </td>
      <Amount class="column-memory" value={process.memory} unit="bytes" reason={noMemory} share={props.memoryShare} suspect={props.suspect === 'memory'} />
      <Amount class="column-io" value={process.io} unit="bytes/s" reason={isKernel(process) ? noKernelIo : noIo} share={props.ioShare} suspect={props.suspect === 'io'} />
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

/** Amount is a cell with a bar for the share of the largest. */
function Amount(props: { class: string; value: number | null; unit: string; reason: string; share: number; suspect: boolean }): JSX.Element {
  const cell = useRef<HTMLTableCellElement>(null);
  const share = props.value === null ? 0 : props.share;
  useLayoutEffect(() => setProperty(cell.current, '--share', String(share)), [share]);
  return (
    <td class={`is-number with-bar ${props.class}`} ref={cell}>
      {props.value === null ? (
        <span class="is-dim" data-reason={props.reason}>
          n/a
        </span>
      ) : (
        <Suspect on={props.suspect}>{amountText(props.value, props.unit)}</Suspect>
      )}
    </td>
  );
}

function amountText(value: number, unitOf: string): string {
  const { text, unit } = formatValue(value, unitOf);
  return value === 0 ? '0' : `${text} ${unit}`;
}
