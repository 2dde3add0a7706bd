// Observations of tables out of their lines: a whole one, and the differences behind it.

import { decodeObservation, type ObservationMessage, parse } from '../wire/decode';
import type { TableInfo } from '../wire/types';
import type { ObservationLine } from './recording';
import { refusedLine } from './read-file';

type Cells = Readonly<Record<string, number | string | null>>;

/** observe reads one observation, as a whole one in quanta. */
export function observe(info: TableInfo, all: readonly ObservationLine[], at: number): ObservationMessage {
  const first = all.findLastIndex((line, i) => i <= at && line.whole);
  let found: ObservationMessage | undefined;
  for (const each of observations(info, all, first, at)) found = each;
  if (!found) throw refusedLine();
  return found;
}

/** observations reads those from..to, of which the first has to be a whole one. */
export function* observations(info: TableInfo, all: readonly ObservationLine[], from: number, to: number): Generator<ObservationMessage> {
  const names = new Set(info.columns.map((column) => column.name));
  let rows = new Map<string, Cells>();
  for (const line of all.slice(Math.max(0, from), to + 1)) {
    const message = decodeObservation(parse(line.text));
    if (!message || from < 0) throw refusedLine();
    if (message.base === 0) rows = new Map();
    for (const [key, changed] of message.rows) {
      const cells = Object.fromEntries(Object.entries(changed).filter(([name]) => names.has(name)));
      rows.set(key, { ...rows.get(key), ...cells });
    }
    const { gone, ...rest } = message;
    for (const key of gone ?? []) rows.delete(key);
    yield { ...rest, base: 0, rows: Array.from(rows) };
  }
}
