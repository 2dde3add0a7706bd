// Everything older or wider than the rows that are held comes from here. Addresses are
// relative to the page, which may be served under a sub-path.

import { decodeBuckets, decodeErrorCode, decodeExplain, decodeMessage, decodeProcesses } from '../wire/decode';
import type { BucketsAnswer, ExplainAnswer, GapAnswer, HistoryMessage, SeriesInfo, TableInfo } from '../wire/types';
import { keyHeaders } from './session-key';
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

/** ApiError is what the server answered instead. */
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

/** fetchBuckets asks for a stretch of time in at most the given number of buckets. */
export async function fetchBuckets(query: BucketQuery): Promise<Buckets> {
  const fields = new URLSearchParams({
    from: String(Math.floor(query.from)),
    to: String(Math.ceil(query.to)),
    points: String(query.points),
  });
  for (const pattern of query.match) fields.append('match', pattern);
  if (query.only !== undefined) fields.set('only', query.only);
  const answer = decodeBuckets(await get(`api/v1/history?${fields.toString()}`, query.signal), query.only);
  if (!answer) throw new ApiError(200, 'unreadable');
  return toBuckets(answer, query.info);
}

/** toBuckets gives quanta their unit. */
export function toBuckets(answer: BucketsAnswer, info: (id: number) => SeriesInfo | undefined): Buckets {
  const series = new Map<number, BucketSeries>();
  for (const [key, columns] of Object.entries(answer.series)) {
    const id = Number(key);
    const quantum = info(id)?.quantum;
    if (quantum === undefined) continue;
    const scaled = (values: readonly (number | null)[], unit: number): Float64Array =>
      Float64Array.from(values, (value) => (value === null ? NaN : value * unit));
    series.set(id, {
      min: scaled(columns.min, quantum),
      max: scaled(columns.max, quantum),
      mean: scaled(columns.mean, quantum),
      last: scaled(columns.last, quantum),
      n: scaled(columns.n, 1),
      maxSeq: scaled(columns.maxSeq, 1),
    });
  }
  const rows = answer.firstSeq.map((first, i) => ({ first, last: answer.lastSeq[i] ?? first }));
  return { stepMs: answer.stepMs, t: Float64Array.from(answer.t), series, gaps: answer.gaps, rows, lastSeq: rows.at(-1)?.last ?? 0 };
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

/** fetchTable asks for the remembered top rows of a table in the rows fromSeq..toSeq, both inclusive. */
export async function fetchTable(table: TableInfo, fromSeq: number, toSeq: number, signal?: AbortSignal): Promise<readonly Remembered[]> {
  const answer = decodeProcesses(await get(`api/v1/tables/${table.name}?from=${fromSeq}&to=${toSeq}`, signal));
  if (!answer) throw new ApiError(200, 'unreadable');
  const cells = (values: Readonly<Record<string, Cell>>): Cell[] => table.columns.map((column) => cellValue(column, values[column.name] ?? null));
  return answer.observations.map((each) => ({
    seq: each.seq,
    t: each.t,
    rows: each.rows.map(([key, values]) => ({ key, cells: cells(values) })),
    others: each.others?.count ?? 0,
    sums: cells(each.others?.sums ?? {}).map((sum) => (typeof sum === 'number' ? sum : null)),
    partial: each.partial ?? '',
  }));
}

/** fetchRow asks for one remembered row, which comes as a batch of one row. */
export async function fetchRow(query: { readonly seq: number } | { readonly at: number }, signal?: AbortSignal): Promise<HistoryMessage> {
  const which = 'seq' in query ? `seq=${query.seq}` : `at=${Math.round(query.at)}`;
  const answer = decodeMessage(await get(`api/v1/row?${which}`, signal));
  if (answer?.type !== 'history') throw new ApiError(200, 'unreadable');
  return answer;
}

/** fetchExplain asks where the number of a series comes from. */
export async function fetchExplain(id: number, signal?: AbortSignal): Promise<ExplainAnswer> {
  const answer = decodeExplain(await get(`api/v1/explain?id=${id}`, signal));
  if (!answer) throw new ApiError(200, 'unreadable');
  return answer;
}

/** fetchTableCsv asks for the remembered top rows of a table in a range, as a file. */
export async function fetchTableCsv(table: string, from: number, to: number): Promise<Blob> {
  const response = await ask(`api/v2/tables/${table}?from=${Math.floor(from)}&to=${Math.ceil(to)}`, 'text/csv');
  return response.blob();
}

async function get(address: string, signal: AbortSignal | undefined): Promise<unknown> {
  const response = await ask(address, 'application/json', signal);
  return response.json().catch(() => undefined);
}

async function ask(address: string, accept: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(address, { headers: { accept, ...keyHeaders() }, credentials: 'same-origin', ...(signal && { signal }) });
  if (!response.ok) throw new ApiError(response.status, decodeErrorCode(await response.json().catch(() => undefined)));
  return response;
}
