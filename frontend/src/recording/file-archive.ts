// The past out of an incident's file, from memory: the same answers that a host gives over
// HTTP, and nothing that would need one.

import { ApiError, isOfKind, type Archive, type BucketQuery, type Buckets, type BucketSeries, remembered } from '../data/archive';
import { type ObservationMessage } from '../wire/decode';
import type { GapAnswer, HistoryMessage, SeriesInfo, TableInfo } from '../wire/types';
import type { Recording } from './recording';
import { observations } from './tables';

/** How far from the wanted time the row of an answer may be, as in the API. */
const nearMs = 10_000;

/** The steps of buckets, in seconds, as in the API. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600] as const;

export function createFileArchive(recording: Recording): Archive {
  const rows = once(() => readRows(recording));
  const series = recording.schema.message.series ?? [];
  return {
    buckets: (query) => answer(() => summarise(rows(), series, query)),

    row: (query) =>
      answer(() => {
        const all = rows();
        const at = 'seq' in query ? all.seq.indexOf(query.seq) : nearest(all.t, query.at);
        const [seq, t] = [all.seq[at], all.t[at]];
        if (seq === undefined || t === undefined) throw new ApiError(404, 'not_remembered');
        const columns = Array.from(all.columns, ([id, q]): HistoryMessage['columns'][number] => [id, [nullable(q[at] ?? NaN)]]);
        return { type: 'history', rev: recording.schema.message.rev, seq: [seq], t: [t], columns } satisfies HistoryMessage;
      }),

    async table(table, fromSeq, toSeq) {
      const { tables } = await recording.rest;
      const all = tables.get(table.name) ?? [];
      const first = all.findIndex(({ seq }) => seq >= fromSeq);
      const last = all.findLastIndex(({ seq }) => seq <= toSeq);
      if (first < 0 || last < first) return [];
      const from = all.findLastIndex(({ whole }, i) => whole && i <= first);
      return Array.from(observations(table, all, from, last))
        .filter(({ seq }) => seq >= fromSeq)
        .map((each) => remembered(table, each));
    },

    async tableCsv(name, from, to) {
      const { tables } = await recording.rest;
      const table = recording.schema.message.tables?.find((each) => each.name === name);
      const all = tables.get(name);
      if (!table || !all) throw new ApiError(404, 'no_table');
      return new Blob([tableCsv(table, observations(table, all, 0, all.length - 1), from, to)], { type: 'text/csv' });
    },

    explain: (id) =>
      answer(() => {
        const info = series.find((each) => each.id === id);
        if (!info) throw new ApiError(404, 'no_series');
        const all = rows();
        const about = recording.families.get(info.name);
        const value = nullable(all.columns.get(id)?.at(-1) ?? NaN);
        return {
          series: info,
          ...(about?.formula !== undefined && { formula: about.formula }),
          ...(about?.differs !== undefined && { differs: about.differs }),
          scale: about?.scale ?? 1,
          seq: all.seq.at(-1) ?? 0,
          t: all.t.at(-1) ?? 0,
          ...(value !== null && { value }),
          // What was read before anything was computed is not in a file.
          readings: [],
        };
      }),

    async verdict(at) {
      const { verdicts } = await recording.rest;
      const found = verdicts.findLast(({ message }) => message.at <= at);
      if (!found) throw new ApiError(404, 'not_remembered');
      return found.message;
    },

    async events({ from, to, kinds, limit }) {
      const { events } = await recording.rest;
      const all = events.map(({ message }) => message).filter((event) => event.t >= from && event.t < to && isOfKind(event.kind, kinds));
      const most = limit ?? all.length;
      return { events: all.slice(Math.max(0, all.length - most)), ...(all.length > most && { more: true }) };
    },

    async changes({ from, to }) {
      const { changes } = await recording.rest;
      // What was usual lies before the file: it knows the stretches that were compared when it was made.
      const shared = (each: { readonly from: number; readonly to: number }): number =>
        Math.max(0, Math.min(each.to, to) - Math.max(each.from, from)) / Math.max(each.to - each.from, to - from);
      const best = changes.reduce<(typeof changes)[number] | undefined>((found, each) => (found === undefined || shared(each) > shared(found) ? each : found), undefined);
      if (!best || shared(best) === 0) throw new ApiError(404, 'not_remembered');
      return best;
    },
  };
}

/** answer is a promise of what is known at once, or cannot be had. */
// eslint-disable-next-line @typescript-eslint/require-await -- what is thrown becomes a refusal
const answer = async <T>(make: () => T): Promise<T> => make();

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** All rows of a file: quanta by series, NaN where missing. */
interface Rows {
  readonly seq: readonly number[];
  readonly t: readonly number[];
  readonly columns: ReadonlyMap<number, Float64Array>;
  readonly gaps: readonly GapAnswer[];
}

function readRows({ rows, hello }: Recording): Rows {
  const seq = rows.flatMap(({ message }) => message.seq);
  const t = rows.flatMap(({ message }) => message.t);
  const columns = new Map<number, Float64Array>();
  const gaps: GapAnswer[] = [];
  let at = 0;
  for (const { message } of rows) {
    for (const [id, values] of message.columns) {
      let column = columns.get(id);
      if (!column) columns.set(id, (column = new Float64Array(seq.length).fill(NaN)));
      for (let i = 0; i < message.seq.length; i++) column[at + i] = (typeof values === 'number' ? values : values[i]) ?? NaN;
    }
    for (const missed of message.missed ?? []) {
      const i = seq.indexOf(missed.seq);
      const to = t[i] ?? 0;
      gaps.push({ from: t[i - 1] ?? to - missed.count * hello.message.intervalMs, to, why: missed.why });
    }
    at += message.seq.length;
  }
  return { seq, t, columns, gaps };
}

function nearest(times: readonly number[], at: number): number {
  let best = -1;
  for (const [i, t] of times.entries()) if (Math.abs(t - at) < (best < 0 ? nearMs : Math.abs((times[best] ?? 0) - at))) best = i;
  return best;
}

const nullable = (quanta: number): number | null => (Number.isNaN(quanta) ? null : quanta);

/** The part of a pattern in front of a star, or all of it; labels in braces are left to whoever draws. */
function matcher(patterns: readonly string[]): (name: string) => boolean {
  const names = patterns.map((pattern) => pattern.replace(/\{.*$/, ''));
  const exact = new Set(names);
  const prefixes = names.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  return (name) => names.length === 0 || exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

function summarise(all: Rows, infos: readonly SeriesInfo[], { from, to, points, match, only }: BucketQuery): Buckets {
  const seconds = steps.find((step) => step * 1000 * points >= to - from) ?? 3600 * Math.ceil((to - from) / points / 3_600_000);
  const stepMs = seconds * 1000;
  const start = all.t.findIndex((t) => t >= Math.floor(from / stepMs) * stepMs);
  const end = all.t.findLastIndex((t) => t < to);
  const t: number[] = [];
  /** The first row of each bucket, and one behind the last. */
  const edges: number[] = [];
  for (let i = start; start >= 0 && i <= end; i++) {
    const begins = Math.floor((all.t[i] ?? 0) / stepMs) * stepMs;
    if (t.at(-1) === begins) continue;
    t.push(begins);
    edges.push(i);
  }
  edges.push(end + 1);
  const wanted = matcher(match);
  const series = new Map<number, BucketSeries>();
  for (const info of infos) {
    const column = wanted(info.name) ? all.columns.get(info.id) : undefined;
    if (column) series.set(info.id, bucketsOf(column, info, edges, all.seq, only));
  }
  const rows = t.map((_, i) => ({ first: all.seq[edges[i] ?? 0] ?? 0, last: all.seq[(edges[i + 1] ?? 0) - 1] ?? 0 }));
  return {
    stepMs,
    t: Float64Array.from(t),
    series,
    gaps: all.gaps.filter((gap) => gap.to > from && gap.from < to),
    rows: only === undefined ? rows : [],
    lastSeq: rows.at(-1)?.last ?? 0,
  };
}

function bucketsOf(column: Float64Array, { quantum, kind }: SeriesInfo, edges: readonly number[], seqs: readonly number[], only: keyof BucketSeries | undefined): BucketSeries {
  const n = edges.length - 1;
  const list = (name: keyof BucketSeries): Float64Array => new Float64Array(only === undefined || only === name ? n : 0).fill(NaN);
  const out: BucketSeries = { min: list('min'), max: list('max'), mean: list('mean'), last: list('last'), n: list('n'), maxSeq: list('maxSeq') };
  const put = (name: keyof BucketSeries, i: number, value: number): void => {
    if (out[name].length > 0) out[name][i] = value;
  };
  for (let i = 0; i < n; i++) {
    let [min, max, sum, last, count, peak] = [Infinity, -Infinity, 0, NaN, 0, NaN];
    for (let k = edges[i] ?? 0; k < (edges[i + 1] ?? 0); k++) {
      const q = column[k] ?? NaN;
      if (Number.isNaN(q)) continue;
      if (q < min) min = q;
      if (q > max) [max, peak] = [q, seqs[k] ?? NaN];
      sum += q;
      last = q;
      count++;
    }
    put('n', i, count);
    if (count === 0) continue;
    put('min', i, min * quantum);
    put('max', i, max * quantum);
    // Of a state the worst stands for the bucket, and no mean means anything.
    put('mean', i, kind === 'state' ? max : Math.round(sum / count) * quantum);
    put('last', i, last * quantum);
    put('maxSeq', i, peak);
  }
  return out;
}

/** tableCsv is the layout of package server/export: a line for every row of every observation. */
function tableCsv(table: TableInfo, all: Iterable<ObservationMessage>, from: number, to: number): string {
  const lines = [['time', 'seq', 'key', ...table.columns.map(({ name, unit }) => (unit === undefined ? name : `${name} (${unit})`))]];
  for (const each of all) {
    if (each.t < from || each.t > to) continue;
    for (const { key, cells } of remembered(table, each).rows) lines.push([new Date(each.t).toISOString(), String(each.seq), key, ...cells.map((cell) => String(cell ?? ''))]);
  }
  return lines.map((line) => line.map(quoted).join(',')).join('\n') + '\n';
}

/** quoted is a field that gives no orders to a spreadsheet. */
const quoted = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
