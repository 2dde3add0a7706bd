// The golden vectors of the wire: sequences of messages, exactly as the server's encoders
// write them, with the state they must lead to. Go reads the same files.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decode } from '../wire/decode';
import { createStore } from './row-store';
import type { Store } from './store';

interface Vector {
  readonly about: string;
  readonly steps: readonly { readonly refused?: boolean; readonly message: unknown }[];
  readonly state: {
    readonly instance: string;
    readonly rev: number;
    readonly series: readonly number[];
    readonly rows: Readonly<Record<string, { t: number; missed?: number; why?: string; values: Readonly<Record<string, number>> }>>;
    readonly gaps: readonly { readonly from: number; readonly to: number }[];
    readonly tables: Readonly<Record<string, { seq: number; t: number; rows: Readonly<Record<string, Readonly<Record<string, number | string>>>> }>>;
    readonly health: Readonly<Record<string, string>>;
    readonly events: readonly { readonly seq: number; readonly t: number; readonly kind: string; readonly text: string }[];
    readonly verdict?: object;
    readonly bye?: string;
  };
}

const directory = new URL('../../../server/wire/testdata/vectors/', import.meta.url);
const files = readdirSync(directory).filter((name) => name.endsWith('.json'));

test('there are vectors', () => {
  expect(files.length).toBeGreaterThan(5);
});

test.each(files)('%s leads to its state', (name) => {
  const vector = JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as Vector;
  const store = createStore();
  let bye: string | undefined;
  for (const [i, step] of vector.steps.entries()) {
    const message = decode(JSON.stringify(step.message));
    const type = (step.message as { type: string }).type;
    const known = ['hello', 'schema', 'history', 'frame', 'table', 'health', 'event', 'verdict', 'pong', 'bye'].includes(type);
    expect(message !== undefined, `step ${i} is decoded`).toBe(known);
    if (!message) continue;
    if (message.type === 'bye') bye = message.reason;
    const refused = store.apply(message).some(({ kind }) => kind === 'resync' || kind === 'resync-table');
    expect(refused, `step ${i} refused`).toBe(step.refused === true);
  }
  expect({ ...stateOf(store), ...(bye !== undefined && { bye }) }).toEqual({ ...vector.state, gaps: undefined, rows: withoutDropped(vector) });
});

/** The page forgets a series with its description: there is nothing left to call it by. */
function withoutDropped({ state }: Vector): Vector['state']['rows'] {
  const known = new Set(state.series.map(String));
  return Object.fromEntries(
    Object.entries(state.rows).map(([seq, row]) => [seq, { ...row, values: Object.fromEntries(Object.entries(row.values).filter(([id]) => known.has(id))) }]),
  );
}

/** What a store holds, in quanta, as the vectors write it. Gaps are asserted by the rows that are not there. */
function stateOf(store: Store): Omit<Vector['state'], 'gaps'> & { gaps: undefined } {
  const rows: Record<string, { t: number; missed?: number; why?: string; values: Record<string, number> }> = {};
  for (let i = 0; i < store.length; i++) {
    const seq = store.seqAt(i);
    if (seq === undefined) continue;
    const skipped = store.skippedBefore(i);
    const values: Record<string, number> = {};
    for (const info of store.series()) {
      const value = store.value(info.id, i);
      if (value !== null) values[String(info.id)] = value / info.quantum;
    }
    rows[String(seq)] = { t: store.time(i), ...(skipped && { missed: skipped.count, why: skipped.why }), values };
  }
  const tables: Record<string, { seq: number; t: number; partial?: string; rows: Record<string, Record<string, number | string>> }> = {};
  for (const { name, columns } of [store.table('processes')?.info].flatMap((info) => (info ? [info] : []))) {
    const table = store.table(name);
    if (!table || table.seq === 0) continue;
    // Not by assignment: a process may call itself __proto__.
    const found = Object.fromEntries(
      table.rows().map(({ key, cells }): [string, Record<string, number | string>] => [
        key,
        Object.fromEntries(
          columns.flatMap((column, i) => {
            const cell = cells[i] ?? null;
            return cell === null || cell === '' ? [] : [[column.name, typeof cell === 'number' ? cell / (column.quantum ?? 1) : cell]];
          }),
        ),
      ]),
    );
    tables[name] = { seq: table.seq, t: table.t, ...(table.partial !== '' && { partial: table.partial }), rows: found };
  }
  return {
    instance: store.instance,
    rev: Math.max(0, store.rev),
    series: store.series().map((info) => info.id),
    rows,
    gaps: undefined,
    tables,
    health: Object.fromEntries(Array.from(store.health, ([name, health]) => [name, health.state])),
    events: store.events.map(({ seq, t, kind, text }) => ({ seq, t, kind, text })),
    ...(store.verdict && { verdict: store.verdict }),
  };
}
