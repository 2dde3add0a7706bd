// Messages for tests, as small as the page understands them.

import type { FrameMessage, HelloMessage, HistoryMessage, Panel, Resource, SchemaMessage, SeriesInfo } from '../wire/types';

/** The time of row 1. */
export const T0 = 1_795_186_289_000;

export const hello = (fields: Partial<HelloMessage> = {}): HelloMessage => ({
  type: 'hello',
  protocol: 1,
  version: '0.1.0',
  build: 'b1',
  instance: 'A',
  host: {
    id: '9f',
    hostname: 'db-01',
    os: 'Debian 12',
    kernel: '6.12.3',
    arch: 'amd64',
    cpus: 4,
    memory: 1 << 30,
    bootMs: T0 - 1e6,
    tz: 'Europe/Berlin',
    utcOffsetMin: 60,
    container: false,
  },
  intervalMs: 1000,
  nowMs: T0,
  oldest: 1,
  oldestT: T0,
  newest: 0,
  ...fields,
});

export const series = (id: number, name: string, labels: Record<string, string> = {}, more: Partial<SeriesInfo> = {}): SeriesInfo => ({
  id,
  name,
  labels,
  kind: 'gauge',
  quantum: 0.5,
  unit: 'percent',
  help: 'x',
  ...more,
});

export const schema = (list: readonly SeriesInfo[], fields: Partial<SchemaMessage> = {}): SchemaMessage => ({
  type: 'schema',
  rev: 1,
  series: list,
  panels: [],
  resources: [],
  tables: [],
  ...fields,
});

/** Rows from..to (inclusive) with t = T0 + seq seconds; a column's values are in quanta. */
export const history = (from: number, to: number, columns: HistoryMessage['columns'], fields: Partial<HistoryMessage> = {}): HistoryMessage => {
  const seq = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  return { type: 'history', rev: 1, seq, t: seq.map(timeOf), columns, ...fields };
};

export const frame = (seq: number, d: FrameMessage['d'] = [], fields: Partial<FrameMessage> = {}): FrameMessage => ({ type: 'frame', rev: 1, seq, t: timeOf(seq), d, ...fields });

export const timeOf = (seq: number): number => T0 + seq * 1000;

export const panel = (id: string, fields: Partial<Panel> = {}): Panel => ({ id, title: id, section: 'cpu', families: [id], scale: 'free', ...fields });

export const resource = (id: string): Resource => ({
  id,
  title: id.toUpperCase(),
  section: id,
  use: [],
  sat: [],
  err: [],
  state: `state.${id}`,
  cause: `cause.${id}`,
  since: `since.${id}`,
});
