/** How often rows may change places, and how much a new value weighs in the average that ranks them. */
const reorderEveryMs = 3000;
const weightOfNewest = 0.35;

/** CalmOrder keeps rows from jumping: they are ranked by a short moving average, seldom, and never while a person points at them. */
export interface CalmOrder {
  /**
   * next takes the newest value of every row and returns the keys in the order in
   * which to show them. Between two orders a new row stands at the end and a row that
   * is gone leaves.
   */
  next(rows: readonly Ranked[], nowMs: number, frozen: boolean): readonly string[];
  /** reset lets the next call reorder at once: the column or the filter changed. */
  reset(): void;
}

/** A row to rank: null sorts last in either direction. */
export interface Ranked {
  readonly key: string;
  readonly value: number | string | null;
}

export function createCalmOrder(descending: () => boolean): CalmOrder {
  /** The rows of the last turn, with the averages of those that have a number. */
  const seen = new Map<string, { mean: number | undefined; turn: number }>();
  let turn = 0;
  let order: readonly string[] = [];
  let lastMs = -Infinity;

  /** update takes the rows of a turn, and returns the order before without those that are gone and with the new ones behind it. */
  const update = (rows: readonly Ranked[]): readonly string[] => {
    turn++;
    const added: Ranked[] = [];
    for (const row of rows) {
      const value = typeof row.value === 'number' ? row.value : undefined;
      const known = seen.get(row.key);
      if (known) {
        known.mean = value === undefined || known.mean === undefined ? value : known.mean + (value - known.mean) * weightOfNewest;
        known.turn = turn;
      } else {
        seen.set(row.key, { mean: value, turn });
        added.push(row);
      }
    }
    const isGone = seen.size > rows.length;
    if (isGone) for (const [key, known] of seen) if (known.turn !== turn) seen.delete(key);
    return added.length > 0 || isGone ? [...order.filter((key) => seen.has(key)), ...sortKeys(added, (row) => row.value, descending())] : order;
  };

  return {
    next(rows, nowMs, frozen) {
      const kept = update(rows);
      const due = nowMs - lastMs >= reorderEveryMs || nowMs < lastMs;
      const isAnew = order.length === 0 || (due && !frozen);
      if (isAnew) lastMs = nowMs;
      order = isAnew ? sortKeys(rows, (row) => seen.get(row.key)?.mean ?? row.value, descending()) : kept;
      return order;
    },
    reset() {
      seen.clear();
      order = [];
      lastMs = -Infinity;
    },
  };
}

function sortKeys(rows: readonly Ranked[], value: (row: Ranked) => number | string | null, descending: boolean): readonly string[] {
  return rows
    .map((row) => ({ key: row.key, value: value(row) }))
    .sort((a, b) => compare(a.value, b.value, descending) || (a.key < b.key ? -1 : 1))
    .map((row) => row.key);
}

/** compare orders two values; missing ones come last whatever the direction. */
export function compare(a: number | string | null, b: number | string | null, descending: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const order =
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });
  return descending ? -order : order;
}
