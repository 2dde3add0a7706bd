// What answers questions about the past: everything older or wider than the rows that are
// held. The host that is watched does so over HTTP (http-archive.ts); a recorded incident
// can do so from memory. Who asks is handed one and does not know which.

import type { IncidentContents } from '../wire/decode';
import type { ChangesAnswer, EventsAnswer, ExplainAnswer, GapAnswer, HistoryMessage, ProcessesAnswer, SeriesInfo, TableInfo, Verdict } from '../wire/types';
import { type Cell, cellValue, type TableRowView } from './tables';

/** The values of one series over buckets, in its unit; NaN is missing. */
export interface BucketSeries {
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  readonly last: Float64Array;
  /** How many values are in a bucket. */
  readonly n: Float64Array;
  /** The row of the largest value. */
  readonly maxSeq: Float64Array;
}

/** Buckets are rows taken together over equal steps of time. */
export interface Buckets {
  readonly stepMs: number;
  /** The beginning of each bucket in Unix milliseconds, a multiple of the step. */
  readonly t: Float64Array;
  readonly series: ReadonlyMap<number, BucketSeries>;
  readonly gaps: readonly GapAnswer[];
  /** The first and the last row of each bucket. */
  readonly rows: readonly { readonly first: number; readonly last: number }[];
  /** The newest row that is in them; 0 where there is none. */
  readonly lastSeq: number;
}

export interface BucketQuery {
  readonly from: number;
  readonly to: number;
  readonly points: number;
  /** Patterns like "disk.busy" or "state.*". */
  readonly match: readonly string[];
  /** The one list that is wanted of every series; the others are then empty, and so is rows. */
  readonly only?: keyof BucketSeries | undefined;
  readonly info: (id: number) => SeriesInfo | undefined;
  readonly signal?: AbortSignal;
}

/** ApiError is what was answered instead. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code === '' ? `status ${status}` : code);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** What was on top at one remembered moment. */
export interface Remembered {
  readonly seq: number;
  readonly t: number;
  readonly rows: readonly TableRowView[];
  /** How many rows were left out, and their sums in the order of the columns. */
  readonly others: number;
  readonly sums: readonly (number | null)[];
  readonly partial: string;
}

/** remembered is one moment of a table as it was sent, its cells in the columns' units. */
export function remembered(table: TableInfo, each: Pick<ProcessesAnswer['observations'][number], 'seq' | 't' | 'rows' | 'others' | 'partial'>): Remembered {
  const cells = (values: Readonly<Record<string, Cell>>): Cell[] => table.columns.map((column) => cellValue(column, values[column.name] ?? null));
  return {
    seq: each.seq,
    t: each.t,
    rows: each.rows.map(([key, values]) => ({ key, cells: cells(values) })),
    others: each.others?.count ?? 0,
    sums: cells(each.others?.sums ?? {}).map((sum) => (typeof sum === 'number' ? sum : null)),
    partial: each.partial ?? '',
  };
}

/** Which row is wanted: by its number, or the one nearest to a time in Unix milliseconds. */
export type RowQuery = { readonly seq: number } | { readonly at: number };

/** Which events are wanted, in Unix milliseconds, to exclusive; all kinds where none is named. */
export interface EventQuery {
  readonly from: number;
  readonly to: number;
  /** With a minus before a kind, all but that. */
  readonly kinds?: readonly string[];
  /** The newest so many of them. */
  readonly limit?: number;
}

/** isOfKind says whether a kind is one of those wanted: without any all are, and one with a minus before it is not. */
export function isOfKind(kind: string, kinds: readonly string[] = []): boolean {
  if (kinds.includes(kind)) return true;
  return !kinds.includes(`-${kind}`) && kinds.every((each) => each.startsWith('-'));
}

/** A stretch of time that is compared with the one before, in Unix milliseconds. */
interface ChangesQuery {
  readonly from: number;
  readonly to: number;
  /** Where the stretch before begins; the answer says which was taken where it is not named. */
  readonly base?: number;
}

/** Archive answers; where it cannot, the promise is rejected, with an ApiError of status 404 where there is nothing. */
export interface Archive {
  /** A stretch of time in at most the given number of buckets. */
  buckets(query: BucketQuery): Promise<Buckets>;
  /** One remembered row, as a batch of one row. */
  row(query: RowQuery, signal?: AbortSignal): Promise<HistoryMessage>;
  /** The remembered top rows of a table in the rows fromSeq..toSeq, both inclusive. */
  table(table: TableInfo, fromSeq: number, toSeq: number, signal?: AbortSignal): Promise<readonly Remembered[]>;
  /** The remembered top rows of a table in a range, as a file. */
  tableCsv(name: string, from: number, to: number): Promise<Blob>;
  /** Where the number of a series comes from. */
  explain(id: number, signal?: AbortSignal): Promise<ExplainAnswer>;
  /** What was wrong with the host at a moment, in Unix milliseconds. */
  verdict(at: number, signal?: AbortSignal): Promise<Verdict>;
  /** What happened, the oldest first. */
  events(query: EventQuery, signal?: AbortSignal): Promise<EventsAnswer>;
  /** What is different in a stretch of time from the one before, the most telling first. */
  changes(query: ChangesQuery, signal?: AbortSignal): Promise<ChangesAnswer>;
  /** Leaves a mark among the events of now; absent where nothing can be added. */
  readonly mark?: (text: string) => Promise<void>;
  /** Whether there are alerts and silences to ask for, with alerts/alerts-api.ts; absent in a file, which raises none. */
  readonly alerts?: true;
  /** Makes files of incidents; absent in such a file, which is one. */
  readonly incidents?: IncidentFiles;
  /** Whether one may have to sign in there. */
  readonly sessions?: true;
}

/** Makes one HTML file of a stretch of time. */
export interface IncidentFiles {
  /** What the file would hold, and every name in it. */
  contents(range: { readonly from: number; readonly to: number }, signal: AbortSignal): Promise<IncidentContents>;
  /** The file, in which some kinds of names are replaced. */
  file(range: { readonly from: number; readonly to: number }, mask: readonly string[]): Promise<Blob>;
}
