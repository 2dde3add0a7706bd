// Reads a running dashcam by the types that openapi-typescript made of its description.
import type { components, paths } from './api';

declare const process: { readonly argv: readonly string[] };

type History = paths['/api/v2/history']['get'];
type HistoryAnswer = History['responses'][200]['content']['application/json'];
type Table = components['schemas']['TableInUnits'];
type Refusal = components['schemas']['Error'];

const [url = '', token = ''] = process.argv.slice(2);

async function get(path: string): Promise<unknown> {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  return answer.json();
}

const query: NonNullable<History['parameters']['query']> = { from: '10m', points: 20, match: ['cpu.usage{mode=user}'] };
const fields = new URLSearchParams({ from: query.from ?? '', points: String(query.points), match: (query.match ?? []).join(',') });
const history = (await get(`/api/v2/history?${fields.toString()}`)) as HistoryAnswer;
const [series] = history.series;
if (!series?.mean || series.mean.some((v) => v !== null && (v < 0 || v > 100))) throw new Error(JSON.stringify(history));

const table = (await get('/api/v2/tables/processes')) as Table;
const pid: number | string | undefined = table.rows[0]?.['pid'];
if (typeof pid !== 'number' || pid < 1) throw new Error(JSON.stringify(table.rows[0]));

const refused = (await get('/api/v2/history?from=yesterday')) as Refusal;
if (refused.error.code !== 'bad_parameter') throw new Error(JSON.stringify(refused));

const { hosts } = (await get('/api/v1/hosts')) as components['schemas']['FleetHosts'];
const use: number | null | undefined = hosts[0]?.states['cpu']?.use;
if (typeof use !== 'number' || use < 0 || use > 100) throw new Error(JSON.stringify(hosts[0]));

type Up = paths['/prometheus/api/v1/query']['get']['responses'][200]['content']['application/json'];
const up = (await get('/prometheus/api/v1/query?query=up')) as Up;
if (up.data.resultType !== 'vector') throw new Error(JSON.stringify(up));

console.log(`${series.name} ${series.unit}: ${history.t.length} buckets; ${table.rows.length} processes; ${hosts.length} hosts of a hub`);
