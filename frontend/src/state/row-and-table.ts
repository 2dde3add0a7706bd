// A row and the table of the same tick come one behind the other. Where the table is
// usually there at once, the row waits for it, so that both are drawn in one frame.

import type { RunLater } from './clock';

/** A row waits for its table this long at most. */
const TOGETHER_MS = 10;

interface RowAndTable {
  row(): void;
  table(): void;
  dispose(): void;
}

/** createRowAndTable tells what came: at once, or a row with its table where the one before was due that soon. */
export function createRowAndTable({ now, later, tell }: { readonly now: () => number; readonly later: RunLater; readonly tell: (what: 'rows' | 'table') => void }): RowAndTable {
  let cameAt = -Infinity;
  /** How long after its row the last table came. */
  let lag = Infinity;
  let cancel: (() => void) | undefined;
  const tellRow = (): void => {
    cancel?.();
    cancel = undefined;
    tell('rows');
  };
  return {
    row() {
      cameAt = now();
      if (cancel) return;
      if (lag > TOGETHER_MS) tell('rows');
      else {
        cancel = later(TOGETHER_MS, () => {
          lag = Infinity;
          tellRow();
        });
      }
    },
    table() {
      lag = now() - cameAt;
      if (cancel) tellRow();
      tell('table');
    },
    dispose: () => cancel?.(),
  };
}
