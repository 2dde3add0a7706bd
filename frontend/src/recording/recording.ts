// What an incident's file holds, as messages: rows first, so that a chart is drawn while
// the rest is still being unpacked.

import { decodeChanges, decodeFamilies, decodeMessage, type FamilyAnswer, parse } from '../wire/decode';
import type { ChangesAnswer, EventMessage, HealthMessage, HelloMessage, HistoryMessage, SchemaMessage, ServerMessage, VerdictMessage } from '../wire/types';
import { refusedLine } from './read-file';

/** A message, and the text that it was. */
export interface Said<T extends ServerMessage> {
  readonly message: T;
  readonly text: string;
}

/** An observation of a table, not yet read: only who opens the table pays for it. */
export interface ObservationLine {
  readonly seq: number;
  readonly whole: boolean;
  readonly text: string;
}

export interface Recording {
  readonly hello: Said<HelloMessage>;
  readonly schema: Said<SchemaMessage>;
  readonly families: ReadonlyMap<string, FamilyAnswer>;
  readonly rows: readonly Said<HistoryMessage>[];
  /** What comes behind the rows, when all of it is there. */
  readonly rest: Promise<Rest>;
}

export interface Rest {
  readonly health: readonly Said<HealthMessage>[];
  readonly events: readonly Said<EventMessage>[];
  readonly verdicts: readonly Said<VerdictMessage>[];
  readonly changes: readonly ChangesAnswer[];
  readonly tables: ReadonlyMap<string, readonly ObservationLine[]>;
}

const typeOf = (line: string): string => /^\{"type":"([a-z]+)"/.exec(line)?.[1] ?? '';

/** readRecording reads lines up to the last row, and the others behind it. */
export async function readRecording(lines: AsyncGenerator<string>): Promise<Recording> {
  let hello: Said<HelloMessage> | undefined;
  let schema: Said<SchemaMessage> | undefined;
  let families: ReadonlyMap<string, FamilyAnswer> = new Map();
  const health: Said<HealthMessage>[] = [];
  const rows: Said<HistoryMessage>[] = [];
  for (;;) {
    const next = await lines.next();
    const text: string | undefined = next.done === true ? undefined : next.value;
    const type = typeOf(text ?? '');
    // A line of a type that is not known is of a later version.
    if (text === undefined || (rows.length > 0 && type !== 'history')) {
      if (!hello || !schema || rows.length === 0) throw refusedLine();
      return { hello, schema, families, rows, rest: readRest(lines, text, health) };
    }
    if (type === 'families') families = decodeFamilies(parse(text)) ?? families;
    else {
      const message = decodeMessage(parse(text));
      if (!message) {
        if (known.has(type)) throw refusedLine();
      } else if (message.type === 'hello') hello = { message, text };
      else if (message.type === 'schema') schema = { message, text };
      else if (message.type === 'health') health.push({ message, text });
      else if (message.type === 'history') rows.push({ message, text });
    }
  }
}

const known: ReadonlySet<string> = new Set(['hello', 'schema', 'health', 'history', 'event', 'verdict']);

async function readRest(lines: AsyncGenerator<string>, first: string | undefined, health: readonly Said<HealthMessage>[]): Promise<Rest> {
  const events: Said<EventMessage>[] = [];
  const verdicts: Said<VerdictMessage>[] = [];
  const changes: ChangesAnswer[] = [];
  const tables = new Map<string, ObservationLine[]>();
  const take = (text: string): void => {
    const type = typeOf(text);
    if (type === 'table') {
      const found = /^\{"type":"table","table":"([^"\\]*)","seq":(\d+),"t":\d+,"base":(\d+)/.exec(text);
      if (!found) throw refusedLine();
      const [, name = '', seq, base] = found;
      const all = tables.get(name);
      const line = { seq: Number(seq), whole: base === '0', text };
      if (all) all.push(line);
      else tables.set(name, [line]);
      return;
    }
    if (type === 'changes') {
      const answer = decodeChanges(parse(text));
      if (!answer) throw refusedLine();
      changes.push(answer);
      return;
    }
    const message = decodeMessage(parse(text));
    if (message?.type === 'event') events.push({ message, text });
    else if (message?.type === 'verdict') verdicts.push({ message, text });
    else if (known.has(type)) throw refusedLine();
  };
  if (first !== undefined) take(first);
  for await (const line of lines) take(line);
  return { health, events, verdicts, changes, tables };
}
