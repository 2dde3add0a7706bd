// The past of the host that is watched, asked over HTTP. Addresses are relative to the
// page, which may be served under a sub-path.

import { decodeBuckets, decodeChanges, decodeContents, decodeErrorCode, decodeEvents, decodeExplain, decodeMessage, decodeProcesses, decodeVerdict } from '../wire/decode';
import type { BucketsAnswer, SeriesInfo } from '../wire/types';
import { ApiError, type Archive, type Buckets, type BucketSeries, remembered } from './archive';
import { keyHeaders } from './session-key';

export const httpArchive: Archive = {
  alerts: true,

  async buckets(query) {
    const fields = new URLSearchParams({
      from: String(Math.floor(query.from)),
      to: String(Math.ceil(query.to)),
      points: String(query.points),
    });
    for (const pattern of query.match) fields.append('match', pattern);
    if (query.only !== undefined) fields.set('only', query.only);
    return toBuckets(readable(decodeBuckets(await get(`api/v1/history?${fields.toString()}`, query.signal), query.only)), query.info);
  },

  async row(query, signal) {
    const which = 'seq' in query ? `seq=${query.seq}` : `at=${Math.round(query.at)}`;
    const answer = decodeMessage(await get(`api/v1/row?${which}`, signal));
    return readable(answer?.type === 'history' ? answer : undefined);
  },

  async table(table, fromSeq, toSeq, signal) {
    const answer = readable(decodeProcesses(await get(`api/v1/tables/${table.name}?from=${fromSeq}&to=${toSeq}`, signal)));
    return answer.observations.map((each) => remembered(table, each));
  },

  async tableCsv(name, from, to) {
    const response = await ask(`api/v2/tables/${name}?from=${Math.floor(from)}&to=${Math.ceil(to)}`, 'text/csv');
    return response.blob();
  },

  explain: async (id, signal) => readable(decodeExplain(await get(`api/v1/explain?id=${id}`, signal))),

  verdict: async (at, signal) => readable(decodeVerdict(await get(`api/v1/verdict?at=${Math.round(at)}`, signal))),

  async events({ from, to, kinds = [], limit }, signal) {
    const fields = new URLSearchParams({ from: String(Math.floor(from)), to: String(Math.ceil(to)) });
    for (const kind of kinds) fields.append('kind', kind);
    if (limit !== undefined) fields.set('limit', String(limit));
    return readable(decodeEvents(await get(`api/v1/events?${fields.toString()}`, signal)));
  },

  async changes({ from, to, base }, signal) {
    const stretch = `from=${Math.floor(from)}&to=${Math.ceil(to)}${base === undefined ? '' : `&base=${Math.floor(base)}`}`;
    return readable(decodeChanges(await get(`api/v1/changes?${stretch}`, signal)));
  },

  sessions: true,

  incidents: {
    contents: async (range, signal) => readable(decodeContents(await get(`api/v1/incident/contents?${stretchOf(range)}`, signal))),
    async file(range, mask) {
      const response = await ask(`api/v1/incident?${stretchOf(range)}&mask=${mask.join(',')}`, 'text/html');
      return response.blob();
    },
  },

  async mark(text) {
    await ask('api/v1/events', 'application/json', undefined, JSON.stringify({ text }));
  },
};

const stretchOf = ({ from, to }: { readonly from: number; readonly to: number }): string => `from=${Math.floor(from)}&to=${Math.ceil(to)}`;

function readable<T>(answer: T | undefined): T {
  if (answer === undefined) throw new ApiError(200, 'unreadable');
  return answer;
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

async function get(address: string, signal: AbortSignal | undefined): Promise<unknown> {
  const response = await ask(address, 'application/json', signal);
  return response.json().catch(() => undefined);
}

async function ask(address: string, accept: string, signal?: AbortSignal, body?: string): Promise<Response> {
  const headers = { accept, ...(body !== undefined && { 'content-type': 'application/json' }), ...keyHeaders() };
  const response = await fetch(address, { headers, credentials: 'same-origin', ...(signal && { signal }), ...(body !== undefined && { method: 'POST', body }) });
  if (!response.ok) throw new ApiError(response.status, decodeErrorCode(await response.json().catch(() => undefined)));
  return response;
}
