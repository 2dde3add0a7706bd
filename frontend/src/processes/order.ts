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
  const average = new Map<string, { mean: number; turn: number }>();
  let turn = 0;
  let order: readonly string[] = [];
  let lastMs = -Infinity;

  const update = (rows: readonly Ranked[]): void => {
    turn++;
    let present = 0;
    for (const { key, value } of rows) {
      if (typeof value !== 'number') continue;
      present++;
      const known = average.get(key);
      if (known) {
        known.mean += (value - known.mean) * weightOfNewest;
        known.turn = turn;
      } else average.set(key, { mean: value, turn });
    }
    if (average.size > present) for (const [key, known] of average) if (known.turn !== turn) average.delete(key);
  };

  return {
    next(rows, nowMs, frozen) {
      update(rows);
      const due = nowMs - lastMs >= reorderEveryMs || nowMs < lastMs;
      if (order.length === 0 || (due && !frozen)) {
        lastMs = nowMs;
        order = sortKeys(rows, (row) => average.get(row.key)?.mean ?? row.value, descending());
        return order;
      }
      order = keepOrder(order, rows, descending());
      return order;
    },
    reset() {
      average.clear();
      order = [];
      lastMs = -Infinity;
    },
  };
}

function keepOrder(order: readonly string[], rows: readonly Ranked[], descending: boolean): readonly string[] {
  const present = new Set(rows.map((row) => row.key));
  const known = new Set(order);
  const kept = order.filter((key) => present.has(key));
  const added = rows.filter((row) => !known.has(row.key));
  if (added.length === 0) return kept.length === order.length ? order : kept;
  return [...kept, ...sortKeys(added, (row) => row.value, descending)];
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
