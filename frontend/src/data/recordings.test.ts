// What server/stream really sent to a page over lives of ticks, cuts, lags, series that
// come and go, forgotten rows and restarts, with what the page must hold in the end: every
// row, number for number. Go computes that from what was committed, and holds its own
// reading of the same messages to it (server/stream/recordings_test.go).

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decode } from '../wire/decode';
import type { Since } from '../wire/types';
import { createStore } from './row-store';
import { sinceOf, type Store } from './store';

interface Recording {
  readonly about: string;
  readonly steps: readonly { readonly open?: { readonly since?: Since }; readonly message?: unknown }[];
  readonly columns: Columns;
}

interface Columns {
  readonly instance: string;
  readonly seq: readonly number[];
  readonly t: readonly number[];
  readonly missed: Readonly<Record<string, number>>;
  readonly series: Readonly<Record<string, readonly (number | null)[]>>;
  readonly lost: number;
  readonly events: readonly { readonly seq: number; readonly t: number; readonly kind: string; readonly text: string; readonly id?: string | undefined }[];
  readonly table: Readonly<Record<string, Readonly<Record<string, number | string>>>>;
}

const directory = new URL('../../../server/wire/testdata/recordings/', import.meta.url);
const files = readdirSync(directory).filter((name) => name.endsWith('.json'));

test('there are recordings', () => {
  expect(files.length).toBeGreaterThan(3);
});

test.each(files)('%s leads to what was committed', (name) => {
  const recording = JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as Recording;
  const store = createStore();
  for (const [i, step] of recording.steps.entries()) {
    if (step.open) {
      // The page asks for what the recorded one asked for: it stands at the same row.
      expect(sinceOf(store).since, `step ${i}`).toEqual(step.open.since);
      continue;
    }
    const message = decode(JSON.stringify(step.message));
    if (!message) throw new Error(`step ${i} is not decoded`);
    const refused = store.apply(message).some(({ kind }) => kind === 'resync' || kind === 'resync-table');
    expect(refused, `step ${i} is refused`).toBe(false);
  }
  expect(columnsOf(store)).toEqual(recording.columns);
});

function columnsOf(store: Store): Columns {
  const held = Array.from({ length: store.length }, (_, i) => i).filter((i) => store.has(i));
  const missed: Record<string, number> = {};
  for (const [place, i] of held.entries()) {
    const skipped = store.skippedBefore(i);
    if (skipped) missed[String(place)] = skipped.count;
  }
  const table = store.table('processes');
  return {
    instance: store.instance,
    seq: held.map((i) => store.seqAt(i) ?? 0),
    t: held.map((i) => store.time(i)),
    missed,
    series: Object.fromEntries(
      store.series().map((info) => [
        info.labels?.n ?? '',
        held.map((i) => {
          const value = store.value(info.id, i);
          return value === null ? null : value / info.quantum;
        }),
      ]),
    ),
    lost: store.ledger.lost,
    events: store.events.map(({ seq, t, kind, text, id }) => ({ seq, t, kind, text, id })),
    table: Object.fromEntries(
      (table?.rows() ?? []).map(({ key, cells }) => [
        key,
        Object.fromEntries((table?.info.columns ?? []).flatMap(({ name }, i) => (cells[i] === null || cells[i] === '' ? [] : [[name, cells[i] ?? '']]))),
      ]),
    ),
  };
}
