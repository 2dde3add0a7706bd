import type { ComponentProps, JSX } from 'preact';
import { formatText } from '../lib/format';
import type { AppState } from '../state/app-state';
import { useApp } from '../ui/context';
import { CloseIcon } from '../ui/icons';
import { cpuShare, cpuTitle } from './columns';
import type { Taken } from './history';
import { type DrawnLine, HistoryStrip, useSheet } from './history-strip';

/** OpenLine is one number of a row that is open. */
export interface OpenLine<K extends string> extends DrawnLine<K> {
  readonly title: string;
  readonly unit: string;
}

/** What a process, or a service, takes. */
export const takenLines: Readonly<Record<Taken, OpenLine<Taken>>> = {
  cpu: { taken: 'cpu', title: 'CPU', unit: 'percent', base: 'decimal', leastTop: 5 },
  memory: { taken: 'memory', title: 'memory', unit: 'bytes', base: 'binary', leastTop: 1 << 20 },
  io: { taken: 'io', title: 'I/O', unit: 'bytes/s', base: 'binary', leastTop: 64 << 10 },
};

/** lineTitle says of the processor what the page counts its share in. */
export const lineTitle = (app: AppState, line: OpenLine<string>): string => (line.taken === 'cpu' ? cpuTitle(app) : line.title);

/** lineText is a value of a line; that of the processor is a share of what the page counts in. */
export const lineText = (app: AppState, line: OpenLine<string>, value: number | null): string => formatText(line.taken === 'cpu' ? cpuShare(app, value) : value, line.unit);

/** OpenHead names what is open, and closes it. */
export function OpenHead({ name, kind, note, what, close }: { name: string | undefined; kind: string | number | null | undefined; note: string; what: string; close: () => void }): JSX.Element {
  return (
    <div class="open-head">
      <h3 class="open-name" title={name}>
        {name ?? '…'}
      </h3>
      <span class="open-pid">{kind}</span>
      <span class="open-note">{note}</span>
      <button type="button" class="icon-button" aria-label={`close the ${what}`} onClick={close}>
        <CloseIcon />
      </button>
    </div>
  );
}

/** OpenLines are the numbers of what is open over time, on one sheet. */
export function OpenLines<K extends string, L extends OpenLine<K>>(
  props: Pick<ComponentProps<typeof HistoryStrip<K>>, 'points' | 'stretch' | 'cursor'> & {
    lines: readonly L[];
    /** now is the number of the second the page speaks of. */
    now: (line: L) => string;
    limit?: (line: L) => number | null;
  },
): JSX.Element {
  const { lines, now, limit, ...drawn } = props;
  const app = useApp();
  const { canvas, sheet } = useSheet(app);
  return (
    <div class="history-lines">
      {lines.map((line) => (
        <HistoryStrip
          key={line.taken}
          line={line}
          title={lineTitle(app, line)}
          now={now(line)}
          textOf={(value) => lineText(app, line, value)}
          limit={limit?.(line) ?? null}
          sheet={sheet}
          {...drawn}
        />
      ))}
      <canvas class="history-sheet" ref={canvas} aria-hidden="true" />
    </div>
  );
}
