import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { fetchProcesses } from '../data/history-api';
import type { AppState } from '../state/app-state';
import { watch } from '../ui/context';
import { reader } from './from-table';
import type { Process } from './rows';

/** Which processes the table shows: those of now, or the remembered ones of a second in the past. */
export type Past =
  | { readonly type: 'live' }
  | { readonly type: 'loading'; readonly ms: number }
  | { readonly type: 'at'; readonly ms: number; readonly rows: readonly Process[]; readonly others: number }
  | { readonly type: 'none'; readonly ms: number; readonly why: string };

const live: Past = { type: 'live' };

/** A moving cursor asks nothing; one that rests so long asks once. */
const restMs = 150;

/** usePast follows the cursor and fetches what was on top at its second. While it is on its way nothing old is shown. */
export function usePast(app: AppState): Past {
  const [past, setPast] = useState<Past>(live);
  const asked = useRef(0);
  const abort = useRef<AbortController>(undefined);

  useSignalEffect(() => {
    const cursor = app.view.cursor.value;
    abort.current?.abort();
    clearTimeout(asked.current);
    if (!cursor) {
      setPast(live);
      return;
    }
    watch(app.rowsCame);
    const { state, seq, t: ms } = app.row();
    if (state === 'loading') {
      setPast({ type: 'loading', ms });
      return;
    }
    if (seq === undefined) {
      setPast({ type: 'none', ms, why: 'the processes of this second are not remembered' });
      return;
    }
    setPast({ type: 'loading', ms });
    const controller = new AbortController();
    abort.current = controller;
    asked.current = window.setTimeout(() => void load(app, seq, ms, controller.signal, setPast), restMs);
  });
  useEffect(
    () => () => {
      abort.current?.abort();
      clearTimeout(asked.current);
    },
    [],
  );
  useEffect(() => app.frameLoop.markDirty('table'), [app, past]);
  return past;
}

/** How many rows back an observation may lie, at most ten seconds. */
const reach = (app: AppState): number => Math.ceil(10_000 / app.store.intervalMs);

async function load(app: AppState, seq: number, ms: number, signal: AbortSignal, done: (past: Past) => void): Promise<void> {
  const table = app.store.table('processes');
  if (!table) return;
  try {
    // Not every row has an observation of its own: the newest one up to it counts.
    const found = (await fetchProcesses(table.info, Math.max(1, seq - reach(app)), seq, signal)).at(-1);
    if (signal.aborted) return;
    if (!found) {
      done({ type: 'none', ms, why: 'the processes of this second are not remembered' });
      return;
    }
    const read = reader((name) => table.column(name));
    done({ type: 'at', ms, rows: found.rows.map(({ key, cells }) => read(key, cells)), others: found.others });
  } catch {
    if (!signal.aborted) done({ type: 'none', ms, why: 'the processes of this second could not be fetched' });
  }
}
