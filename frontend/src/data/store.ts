// What the page knows of the host, for those who read it: rows by index, series by family,
// and what describes them. It is fed with messages (row-store.ts).

import type { HealthMessage, HelloMessage, Host, HostEvent, Match, Panel, Resource, SeriesInfo, ServerMessage, Since, VerdictMessage } from '../wire/types';
import type { Changes, OlderRows } from './change';
import type { Skipped, TimeGap } from './gaps';
import type { LedgerView } from './ledger';
import type { TableStore } from './tables';

/** The values of one series. */
export interface ColumnView {
  readonly info: SeriesInfo;
  at(index: number): number | null;
  /** Writes the values of the rows from..to−1 into out, NaN where missing. */
  read(from: number, to: number, out: Float64Array): void;
}

/** RowValues are the values of rows by index, wherever the rows come from. */
export interface RowValues {
  find(family: string, match?: Match): readonly SeriesInfo[];
  /** The value in the unit of the series; null where it is missing. */
  value(id: number, index: number): number | null;
  /** Unix milliseconds of a row, NaN for a hole. */
  time(index: number): number;
}

/** Store is the read side and {@link Store.apply}. Indices run from 0 (oldest held) and are valid until the next apply. */
export interface Store extends RowValues {
  readonly instance: string;
  readonly rev: number;
  /** Rises when rows changed in another way than by one that was added behind the newest. */
  readonly revised: number;
  readonly host: Host | undefined;
  readonly hello: HelloMessage | undefined;
  readonly intervalMs: number;
  /** The lowest and highest sequence number held of this instance; 0 while there is none. */
  readonly oldest: number;
  readonly newest: number;
  /** The rows of which only the priority columns have come, by sequence number. */
  readonly partial: { readonly from: number; readonly to: number } | undefined;
  /** How many rows lie between the first and the last one held, holes included. */
  readonly length: number;
  readonly ledger: LedgerView;
  readonly health: ReadonlyMap<string, HealthMessage>;
  readonly events: readonly HostEvent[];
  /** What was wrong with the host at the newest row of which that was said. */
  readonly verdict: VerdictMessage | undefined;
  series(): readonly SeriesInfo[];
  info(id: number): SeriesInfo | undefined;
  byFamily(name: string): readonly SeriesInfo[];
  panels(): readonly Panel[];
  resources(): readonly Resource[];
  table(name: string): TableStore | undefined;
  /** The index of a row of this instance, −1 if it is not held. */
  rowAt(seq: number): number;
  /** The sequence number at an index, undefined for a hole or another instance. */
  seqAt(index: number): number | undefined;
  /** The nearest row at or before a time, −1 if there is none. */
  indexAtTime(ms: number): number;
  has(index: number): boolean;
  /** Writes the times of the rows from..to−1 into out, NaN for holes. */
  times(from: number, to: number, out: Float64Array): void;
  column(id: number): ColumnView | undefined;
  /** What was skipped just before a row. */
  skippedBefore(index: number): Skipped | undefined;
  /** The stretches without rows that touch from..to. */
  gaps(from: number, to: number): TimeGap[];
  apply(message: ServerMessage): Changes;
  /** Takes up events of the past; those that are known are the same ones. */
  addEvents(events: readonly HostEvent[]): Changes;
  /** Counts how many of the rows that a change named as older the API has; the others are lost. */
  countOlder(rows: OlderRows, found: number): Changes;
}

/** The newest index, −1 while there are no rows. */
export const newestIndex = (store: Store): number => store.length - 1;

/** sinceOf says where a store stands; nothing while it is empty. */
export function sinceOf(store: Store): { since?: Since } {
  if (store.newest === 0) return {};
  const { instance, newest: seq, partial: rest } = store;
  return { since: { instance, seq, ...(rest && { rest }) } };
}
