import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Archive } from '../data/archive';
import type { SocketEvents } from '../state/connection';
import { hello, history, panel, schema, series, T0, timeOf } from '../testing/messages';
import type { TableInfo } from '../wire/types';
import { createFileArchive } from './file-archive';
import { FileError, FORMAT, readHead, readLines } from './read-file';
import { type Recording, readRecording } from './recording';
import { openReplay } from './replay';
import { observations, observe } from './tables';

const table: TableInfo = {
  name: 'processes',
  title: 'Processes',
  help: 'x',
  columns: [
    { name: 'name', title: 'Name', kind: 'text' },
    { name: 'cpu', title: 'CPU', kind: 'number', unit: 'percent', quantum: 0.5, sum: true },
  ],
  rank: ['cpu'],
  top: 2,
};

const event = (seq: number, kind: string): object => ({ type: 'event', seq, t: timeOf(seq), kind, text: `${kind} ${seq}`, id: `e${seq}` });
const verdict = (seq: number): object => ({ type: 'verdict', seq, at: timeOf(seq), resource: 'cpu', level: 'warn', text: `verdict ${seq}`, clauses: [], culprits: [] });
const tableLine = (seq: number, base: number, rows: unknown, gone?: readonly string[]): object => ({
  type: 'table', table: 'processes', seq, t: timeOf(seq), base, rows, ...(gone && { gone }), ...(base === 0 && { others: { count: 3, sums: { cpu: 8 } } }),
});

const head: readonly object[] = [
  hello({ recorded: true, newest: 9 }),
  schema([series(1, 'cpu.usage'), series(2, 'state.cpu', {}, { kind: 'state', quantum: 1 })], { panels: [panel('cpu.usage')], tables: [table] }),
  { type: 'families', families: [{ name: 'cpu.usage', formula: 'busy / all', differs: 'others count waiting' }] },
];
const pieces: readonly object[] = [
  history(1, 4, [[1, [2, 4, null, 8]], [2, 0]]),
  history(6, 9, [[1, 20], [2, [1, 1, 2, 0]]], { missed: [{ seq: 6, count: 1, why: 'slow' }] }),
];
const rest: readonly object[] = [
  event(2, 'clock'),
  event(7, 'oom'),
  verdict(3),
  verdict(8),
  tableLine(2, 0, [['a', { name: 'postgres', cpu: 6 }], ['b', { name: '=sum', cpu: 2 }]]),
  tableLine(4, 2, [['a', { cpu: 9 }]]),
  tableLine(6, 4, [['c', { name: 'pg "dump", it', cpu: 1 }]], ['b']),
  tableLine(8, 0, [['d', { name: 'nginx', cpu: 4 }]]),
  { type: 'changes', from: timeOf(1), to: timeOf(4), base: T0, changes: [] },
  { type: 'changes', from: timeOf(6), to: timeOf(9), base: T0, changes: [] },
];

// eslint-disable-next-line @typescript-eslint/require-await -- lines come from a stream
async function* linesOf(messages: readonly unknown[]): AsyncGenerator<string> {
  for (const message of messages) yield typeof message === 'string' ? message : JSON.stringify(message);
}

const read = (messages: readonly unknown[] = [...head, ...pieces, ...rest]): Promise<Recording> => readRecording(linesOf(messages));
const archive = async (): Promise<Archive> => createFileArchive(await read());

async function all(lines: AsyncGenerator<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

describe('what a file says of itself', () => {
  const fields = { format: FORMAT, version: '0.1.0', host: 'db-01', from: 1, to: 2, masked: ['users'], rows: 9, sha256: 'x' };

  test('is read, and what is not known of it is left out', () => {
    expect(readHead(JSON.stringify({ ...fields, more: 1 }))).toEqual(fields);
  });

  test('is refused where it is missing, damaged or of a later format, each in its own words', () => {
    expect(() => readHead(undefined)).toThrow(/holds no incident/);
    expect(() => readHead('')).toThrow(/holds no incident/);
    for (const text of ['{', '[]', 'null', '{"format":"1"}', JSON.stringify({ ...fields, format: 0 }), ...Object.keys(fields).slice(1).map((name) => JSON.stringify({ ...fields, [name]: undefined }))]) {
      expect(() => readHead(text), text).toThrow(/damaged/);
    }
    expect(() => readHead(JSON.stringify({ format: FORMAT + 1 }))).toThrow(/later dashcam/);
  });
});

describe('the lines of a file', () => {
  const packed = (text: string): { text: string; bytes: Uint8Array<ArrayBuffer> } => {
    const bytes = Uint8Array.from(gzipSync(text));
    return { bytes, text: Buffer.from(bytes).toString('base64') };
  };
  const sumOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');

  test('come in order, whatever pieces they are unpacked in, the last one without an end, too', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `line ${i} ü ${'x'.repeat(i % 97)}`);
    const file = packed(lines.join('\n'));
    expect(await all(readLines(file.text, { sha256: await sumOf(file.bytes) }))).toEqual(lines);
  });

  test('are refused where they are missing, no base64, not what was summed, or cut', async () => {
    const file = packed('a\nb\n');
    const sha256 = await sumOf(file.bytes);
    await expect(all(readLines(undefined, { sha256 }))).rejects.toThrow(FileError);
    await expect(all(readLines('%', { sha256 }))).rejects.toThrow(/damaged/);
    await expect(all(readLines(file.text, { sha256: sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }))).rejects.toThrow(/damaged/);
    const cut = file.bytes.slice(0, -6);
    await expect(all(readLines(Buffer.from(cut).toString('base64'), { sha256: await sumOf(cut) }))).rejects.toThrow(/damaged/);
  });
});

describe('a recording', () => {
  test('is there with its last row, and the rest behind it', async () => {
    const found = await read();
    expect(found.hello.message.host.hostname).toBe('db-01');
    expect(found.rows.map(({ message }) => message.seq)).toEqual([[1, 2, 3, 4], [6, 7, 8, 9]]);
    expect(found.families.get('cpu.usage')?.formula).toBe('busy / all');
    const { events, verdicts, changes, tables } = await found.rest;
    expect([events.length, verdicts.length, changes.length]).toEqual([2, 2, 2]);
    expect(tables.get('processes')?.map(({ seq, whole }) => [seq, whole])).toEqual([[2, true], [4, false], [6, false], [8, true]]);
  });

  test('passes over what a later version says, and refuses what is not as it was made', async () => {
    const later = { type: 'later', x: 1 };
    const { rest: behind } = await read([later, ...head, ...pieces, later, ...rest]);
    expect((await behind).events).toHaveLength(2);
    for (const [name, messages] of Object.entries({
      'no hello': [...head.slice(1), ...pieces],
      'no schema': [head[0], ...pieces],
      'no rows': [...head, ...rest],
      nothing: [],
      'a row that is none': [...head, '{"type":"history","rev":1}'],
    })) await expect(read(messages), name).rejects.toThrow(FileError);
    for (const line of ['{"type":"table","table":"processes"}', '{"type":"changes"}', '{"type":"event","seq":"x"}']) {
      await expect((await read([...head, ...pieces, line])).rest, line).rejects.toThrow(FileError);
    }
  });
});

describe('observations of a table', () => {
  test('are whole ones, whatever differences they were written as', async () => {
    const { tables } = await (await read()).rest;
    const lines = tables.get('processes') ?? [];
    expect(Object.fromEntries(observe(table, lines, 2).rows)).toEqual({ a: { name: 'postgres', cpu: 9 }, c: { name: 'pg "dump", it', cpu: 1 } });
    expect(Array.from(observations(table, lines, 0, 3), ({ seq, rows }) => [seq, rows.map(([key]) => key)])).toEqual([[2, ['a', 'b']], [4, ['a', 'b']], [6, ['a', 'c']], [8, ['d']]]);
    // Without a whole one nothing is known.
    expect(() => observe(table, lines.slice(1), 0)).toThrow(FileError);
  });
});

describe('the archive of a file', () => {
  test('summarises rows as the API does', async () => {
    const info = series(1, 'cpu.usage');
    const answer = await (await archive()).buckets({ from: timeOf(1), to: timeOf(10), points: 3, match: ['cpu.*', 'state.cpu{x="y"}'], info: () => info });
    const start = Math.floor(timeOf(1) / 5000) * 5000;
    expect(answer.stepMs).toBe(5000);
    expect(answer.t[0]).toBe(start);
    expect(answer.rows.map(({ first, last }) => last - first + 1).reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(8);
    const cpu = answer.series.get(1);
    const [min, max] = [cpu?.min ?? [], cpu?.max ?? []].map((values) => Array.from(values).filter((each) => !Number.isNaN(each)));
    expect([Math.min(...(min ?? [])), Math.max(...(max ?? []))]).toEqual([1, 10]);
    expect(Array.from(cpu?.n ?? []).reduce((sum, n) => sum + n, 0)).toBe(7);
    // Of a state the worst stands for a bucket.
    const state = answer.series.get(2);
    expect(Array.from(state?.mean ?? [])).toEqual(Array.from(state?.max ?? []));
    expect(answer.gaps).toEqual([{ from: timeOf(4), to: timeOf(6), why: 'slow' }]);
    const only = await (await archive()).buckets({ from: timeOf(1), to: timeOf(10), points: 3, match: ['state.cpu'], only: 'maxSeq', info: () => undefined });
    expect([only.series.has(1), only.series.get(2)?.min.length, only.rows.length]).toEqual([false, 0, 0]);
    expect(Array.from(only.series.get(2)?.maxSeq ?? [])).toContain(8);
  });

  test('finds a row by its number or near a time, and says what it does not remember', async () => {
    const file = await archive();
    expect((await file.row({ seq: 8 })).columns).toEqual([[1, [20]], [2, [2]]]);
    expect((await file.row({ at: timeOf(3) + 400 })).seq).toEqual([3]);
    await expect(file.row({ seq: 5 })).rejects.toMatchObject({ status: 404 });
    await expect(file.row({ at: timeOf(30) })).rejects.toMatchObject({ status: 404 });
  });

  test('has the tables between two rows, with what is left out of them counted', async () => {
    const file = await archive();
    const found = await file.table(table, 3, 7);
    expect(found.map(({ seq, rows }) => [seq, rows.map(({ key, cells }) => [key, ...cells])])).toEqual([
      [4, [['a', 'postgres', 4.5], ['b', '=sum', 1]]],
      [6, [['a', 'postgres', 4.5], ['c', 'pg "dump", it', 0.5]]],
    ]);
    expect(await file.table(table, 8, 20)).toMatchObject([{ seq: 8, others: 3, sums: [null, 4] }]);
    expect(await file.table(table, 9, 20)).toEqual([]);
    expect(await file.table({ ...table, name: 'other' }, 1, 9)).toEqual([]);
  });

  test('writes a table as lines that give no orders to a spreadsheet', async () => {
    const file = await archive();
    const text = await (await file.tableCsv('processes', timeOf(2), timeOf(6))).text();
    expect(text.split('\n')).toEqual([
      'time,seq,key,name,cpu (percent)',
      ...[[2, 'a', 'postgres', 3], [2, 'b', "'=sum", 1], [4, 'a', 'postgres', 4.5], [4, 'b', "'=sum", 1], [6, 'a', 'postgres', 4.5], [6, 'c', '"pg ""dump"", it"', 0.5]].map(([seq, ...cells]) => [new Date(timeOf(Number(seq))).toISOString(), seq, ...cells].join(',')),
      '',
    ]);
    await expect(file.tableCsv('none', 0, 1)).rejects.toMatchObject({ status: 404 });
  });

  test('explains, and has the verdict, the events and the changes of its time', async () => {
    const file = await archive();
    expect(await file.explain(1)).toMatchObject({ formula: 'busy / all', seq: 9, t: timeOf(9), value: 20, readings: [] });
    await expect(file.explain(7)).rejects.toMatchObject({ status: 404 });
    expect((await file.verdict(timeOf(7))).text).toBe('verdict 3');
    expect((await file.verdict(timeOf(8))).text).toBe('verdict 8');
    await expect(file.verdict(timeOf(2))).rejects.toMatchObject({ status: 404 });
    const kinds = async (query: object): Promise<string[]> => (await file.events({ from: timeOf(1), to: timeOf(9), ...query })).events.map(({ kind }) => kind);
    expect(await kinds({})).toEqual(['clock', 'oom']);
    expect(await kinds({ kinds: ['-clock'] })).toEqual(['oom']);
    expect(await file.events({ from: timeOf(1), to: timeOf(9), limit: 1 })).toMatchObject({ events: [{ kind: 'oom' }], more: true });
    expect((await file.changes({ from: timeOf(5), to: timeOf(8) })).from).toBe(timeOf(6));
    await expect(file.changes({ from: timeOf(20), to: timeOf(30) })).rejects.toMatchObject({ status: 404 });
  });
});

describe('a socket whose other end is a file', () => {
  interface Said {
    readonly type: string;
    readonly seq?: number | readonly number[];
    readonly cols?: readonly string[];
  }

  const listen = (): { events: SocketEvents; said: Said[]; opened: () => number } => {
    const said: Said[] = [];
    let opened = 0;
    return { said, opened: () => opened, events: {
      open: () => {
        opened++;
      },
      message: (text) => void said.push(JSON.parse(text) as Said),
      close: () => expect.unreachable('it is never closed'),
    } };
  };
  const settled = async (recording: Recording): Promise<void> => {
    await recording.rest;
    await new Promise((done) => setImmediate(done));
  };

  test('says what a host would say: who it is, its rows once, and then the rest', async () => {
    const recording = await read();
    const { said, opened, events } = listen();
    const socket = openReplay(recording)('dashcam.v1', events);
    socket.tellPast?.();
    expect([opened(), said.map(({ type }) => type)]).toEqual([1, ['hello', 'schema']]);
    for (let i = 0; i < 2; i++) socket.send(JSON.stringify({ type: 'subscribe', topics: ['metrics', 'processes', 'verdict'] }));
    // An answer never comes while one is still asking.
    expect(said).toHaveLength(2);
    await settled(recording);
    const count = (type: string): number => said.filter((each) => each.type === type).length;
    expect([count('history'), count('event')]).toEqual([2, 2]);
    expect(said.findLast(({ type }) => type === 'table')).toMatchObject({ seq: 8, base: 0, cols: ['name', 'cpu'] });
    expect(said.findLast(({ type }) => type === 'verdict')).toMatchObject({ text: 'verdict 8' });
  });

  test('is silent when it was given up, and about what it is not asked', async () => {
    const recording = await read();
    const { said, events } = listen();
    const socket = openReplay(recording)('dashcam.v1', events);
    socket.tellPast?.();
    for (const text of ['{"type":"ping","id":1}', '{"type":"subscribe"}', '[]', 'no message']) socket.send(text);
    await settled(recording);
    expect(said).toHaveLength(2);
    socket.send(JSON.stringify({ type: 'subscribe', topics: ['metrics', 'processes', 'none'] }));
    socket.abandon();
    await settled(recording);
    expect(said).toHaveLength(2);
  });
});
