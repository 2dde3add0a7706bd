import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatDuration } from '../lib/format';
import { holdsMs, inStretch, type Stretch, type Taken } from '../processes/history';
import { type DrawnLine, HistoryStrip, useSheet } from '../processes/history-strip';
import { blockRows, type TableMemory } from '../processes/memory';
import { lineText, lineTitle, takenLines } from '../processes/open-lines';
import { shownOfRow } from '../processes/open-row';
import type { AppState } from '../state/app-state';
import { useApp } from '../ui/context';
import { useDraw } from '../ui/live';
import { type LargestLine, largestOf, peakOf, type ServiceSecond } from './largest';
import { readerOf, type Service } from './rows';
import { tableName } from './service-rows';

/** LargestServices are the services that took most over the window, each over time and all on one scale, and what the others took together. */
export function LargestServices({ memory }: { memory: TableMemory<Service> }): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  const [recent] = useState(createRecent);
  const [before] = useState(() => new Map<Taken, readonly string[]>());
  const [drawn, setDrawn] = useState(0);
  useDraw(root, () => setDrawn((times) => times + 1), 'tables');
  const { canvas, sheet } = useSheet(app);
  recent.take(app);
  const { stretch, cursor } = shownOfRow(app);
  const seconds = recent.seconds(stretch, memory);
  useEffect(() => {
    // Nobody is sent what is not looked at.
    if (drawn === 0) return;
    const { seq } = app.shown.row();
    // The second under the cursor goes first, for the table below.
    if (cursor === undefined || seq === undefined || memory.at(seq) !== 'loading') memory.prefetch(stretch.lastSeq, stretch.firstSeq);
  });
  return (
    <div class="largest-services" ref={root} role="group" aria-label={`the services that took most over ${formatDuration(stretch.to - stretch.from)}`}>
      {Object.values(takenLines).map((column) => {
        const lines = largestOf(seconds, column.taken, before.get(column.taken));
        before.set(column.taken, lines.map(({ id }) => id));
        if (lines.length === 0) return null;
        const text = (value: number | null): string => lineText(app, column, value);
        const scaled: DrawnLine<'taken'> = { ...column, taken: 'taken', leastTop: Math.max(column.leastTop, peakOf(lines)) };
        return (
          <div key={column.taken} class="largest-column">
            <div class="largest-head">
              <h3>{lineTitle(app, column)} by service</h3>
              <span>the largest of {formatDuration(stretch.to - stretch.from)}, on one scale</span>
            </div>
            {lines.map((line, place) => (
              // A line that changes its place is drawn there: the sheet knows where places are.
              <HistoryStrip
                key={place}
                line={scaled}
                title={line.name}
                now={text(valueAt(line, cursor ?? stretch.to))}
                textOf={text}
                points={line.points}
                stretch={stretch}
                cursor={cursor}
                sheet={sheet}
              />
            ))}
          </div>
        );
      })}
      <canvas class="history-sheet" ref={canvas} aria-hidden="true" />
    </div>
  );
}

/** valueAt is what a line said last at a time, null where that is too long ago. */
function valueAt({ points }: LargestLine, at: number): number | null {
  const last = points.findLast(({ t }) => t <= at);
  return last && at - last.t <= holdsMs && !Number.isNaN(last.taken) ? last.taken : null;
}

/** Recent holds the last seconds as they came: what is remembered of them is asked for in blocks. */
interface Recent {
  take(app: AppState): void;
  seconds(stretch: Stretch, memory: TableMemory<Service>): readonly ServiceSecond[];
}

function createRecent(): Recent {
  const seen = new Map<number, ServiceSecond>();
  let instance = '';
  return {
    take({ feed: { store } }) {
      if (instance !== store.instance) seen.clear();
      instance = store.instance;
      const table = store.table(tableName);
      if (!table || seen.has(table.seq)) return;
      const read = readerOf(table.info);
      seen.set(table.seq, { t: table.t, rows: table.rows().map(({ key, cells }) => read(key, cells)), others: { count: 0, cpu: 0, io: 0 } });
      for (const seq of seen.keys()) if (table.seq - seq > 2 * blockRows) seen.delete(seq);
    },
    seconds({ from, to, firstSeq, lastSeq }, memory) {
      const found = new Map<number, ServiceSecond>();
      for (const second of memory.seconds(firstSeq, lastSeq)) found.set(second.seq, second);
      for (const [seq, second] of seen) found.set(seq, second);
      return inStretch(found.values(), { from, to });
    },
  };
}
