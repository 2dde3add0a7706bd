// What arrives from outside is unknown until it was looked at. This is the only file
// with type assertions: each stands right behind the checks that justify it.

import type {
  BucketColumns,
  BucketsAnswer,
  ExplainAnswer,
  GapAnswer,
  Observation,
  ProcessesAnswer,
  ServerMessage,
} from './types';

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isFlag: Check = (value) => typeof value === 'boolean';
const isSeq: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
/** A double holds every integer up to 2^53 exactly, the last one included. */
const isExact: Check = (value) => Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** 53;
const isQuanta: Check = (value) => value === null || isExact(value);
const isCell: Check = (value) => value === null || typeof value === 'string' || isExact(value);

const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

const isTexts = listOf(isText);
const isMatch = optional(mapOf(isTexts));

const isSeries = shape({
  id: isSeq,
  name: isText,
  kind: (value) => value === 'gauge' || value === 'counter' || value === 'state',
  quantum: (value) => typeof value === 'number' && value > 0,
  labels: optional(mapOf(isText)),
  info: optional(mapOf(isText)),
  unit: optional(isText),
  max: optional(isNumber),
  warn: optional(isNumber),
  crit: optional(isNumber),
  help: optional(isText),
  source: optional(isText),
  states: optional(isTexts),
});

const isLayer = shape({ title: isText, family: isText, color: isText, match: isMatch, reduce: optional(isText), style: optional(isText) });

const isPanel = shape({
  id: isText,
  title: isText,
  section: isText,
  subtitle: optional(isText),
  families: isTexts,
  scale: isText,
  first: optional(isNumber),
  layers: optional(listOf(isLayer)),
  where: isMatch,
  stack: optional(isFlag),
  sum: optional(isFlag),
  strip: optional(isText),
  stripMax: optional(isNumber),
});

const isSigns = listOf(shape({ family: isText, text: optional(isText) }));

const isResource = shape({
  id: isText,
  title: isText,
  section: isText,
  use: isSigns,
  sat: isSigns,
  err: isSigns,
  state: isText,
  cause: isText,
  since: isText,
  worst: optional(shape({ family: isText, label: isText, where: isMatch })),
  caption: optional(listOf(shape({ text: optional(isText), family: optional(isText), match: isMatch }))),
  rank: optional(isText),
  limits: optional(shape({ used: isText, state: isText, fullIn: isText })),
});

const isTable = shape({
  name: isText,
  title: isText,
  columns: listOf(shape({ name: isText, title: isText, kind: (v) => v === 'text' || v === 'number', quantum: optional(isNumber), unit: optional(isText) })),
  rank: isTexts,
});

const isHost = shape({
  id: isText,
  hostname: isText,
  os: isText,
  kernel: isText,
  arch: isText,
  cpus: isNumber,
  memory: isNumber,
  bootMs: isNumber,
  tz: isText,
  utcOffsetMin: isNumber,
  container: isFlag,
});

const isColumn: Check = (value) =>
  Array.isArray(value) &&
  isSeq(value[0]) &&
  ((value.length === 2 && (isQuanta(value[1]) || listOf(isQuanta)(value[1]))) || (value.length === 3 && isQuanta(value[1]) && listOf(isQuanta)(value[2])));
const isRow: Check = (value) => Array.isArray(value) && value.length === 2 && isText(value[0]) && mapOf(isCell)(value[1]);

const isOptionalNumber = optional(isNumber);
const isOptionalText = optional(isText);

/** A frame comes at every tick: its pairs of gap and quanta are gone through once, and nothing is made for it. */
function isDifference(d: unknown): boolean {
  if (!Array.isArray(d) || d.length % 2 === 1) return false;
  const pairs = d as readonly unknown[];
  for (let i = 0; i < pairs.length; i += 2) if (!isGapTo(pairs[i]) || !isQuanta(pairs[i + 1])) return false;
  return true;
}

const isGapTo = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value > 0;

const messages: Readonly<Record<ServerMessage['type'], Check>> = {
  hello: shape({
    protocol: isNumber,
    version: isText,
    build: isText,
    instance: isText,
    host: isHost,
    intervalMs: (value) => typeof value === 'number' && value > 0,
    nowMs: isNumber,
    oldest: isSeq,
    oldestT: isNumber,
    newest: isSeq,
    first: optional(isSeq),
    demo: optional(isFlag),
    starts: optional(listOf(shape({ seq: isSeq, t: isNumber, why: isText }))),
  }),
  schema: shape({
    rev: isSeq,
    series: optional(listOf(isSeries)),
    panels: optional(listOf(isPanel)),
    resources: optional(listOf(isResource)),
    tables: optional(listOf(isTable)),
    add: optional(listOf(isSeries)),
    drop: optional(listOf(isSeq)),
  }),
  history: shape({
    rev: isSeq,
    seq: listOf(isSeq),
    t: listOf(isNumber),
    columns: listOf(isColumn),
    missed: optional(listOf(shape({ seq: isSeq, count: isNumber, why: isText }))),
    gap: optional(shape({ from: isSeq, to: isSeq })),
    older: optional(shape({ from: isSeq, to: isSeq, why: optional(isText) })),
    more: optional(isFlag),
    part: optional((value) => value === 'first' || value === 'rest'),
  }),
  frame: (value) => isObject(value) && isSeq(value.rev) && isSeq(value.seq) && isNumber(value.t) && isOptionalNumber(value.missed) && isOptionalText(value.why) && isDifference(value.d),
  table: shape({ table: isText, seq: isSeq, t: isNumber, base: isSeq, cols: isTexts, rows: listOf(isRow), gone: optional(isTexts), partial: optional(isText) }),
  health: shape({
    collector: isText,
    title: isText,
    state: (value) => value === 'ok' || value === 'late' || value === 'failing' || value === 'stuck' || value === 'off',
    sinceMs: isNumber,
    cadenceMs: isNumber,
    reason: optional(isText),
    unavailable: optional(listOf(shape({ source: isText, reason: isText }))),
  }),
  event: shape({ seq: isSeq, t: isNumber, kind: isText, text: isText }),
  pong: shape({ id: isNumber, t: isNumber, nowMs: isNumber }),
  bye: shape({ reason: isText, retryMs: isNumber }),
};

/**
 * decode reads one message from the socket. Unknown types, and messages that are not
 * what they say, give undefined: they are ignored, never guessed at.
 */
export function decode(text: string): ServerMessage | undefined {
  return decodeMessage(parse(text));
}

/** decodeMessage is decode for what was parsed already. */
export function decodeMessage(parsed: unknown): ServerMessage | undefined {
  const value = withoutNulls(parsed);
  if (!isObject(value)) return undefined;
  const type = value.type;
  if (typeof type !== 'string' || !Object.hasOwn(messages, type)) return undefined;
  const check = messages[type as ServerMessage['type']];
  if (!check(value) || !isAligned(value)) return undefined;
  return (type === 'history' ? withValues(value) : value) as unknown as ServerMessage;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Lists that Go leaves nil arrive as null; a missing list is an empty one. */
const lists = new Set(['families', 'use', 'sat', 'err', 'cols', 'rows', 'seq', 't', 'columns', 'd', 'rank']);

function withoutNulls(value: unknown): unknown {
  if (!isObject(value)) return value;
  switch (value.type) {
    case 'schema':
      return {
        ...value,
        panels: fillEach(value.panels),
        resources: fillEach(value.resources),
        tables: fillEach(value.tables),
      };
    case 'frame':
      return value.d === null ? { ...value, d: [] } : value;
    case 'history':
    case 'table':
      return fill(value);
    default:
      return value;
  }
}

const fillEach = (value: unknown): unknown => (Array.isArray(value) ? value.map((each: unknown) => (isObject(each) ? fill(each) : each)) : (value ?? undefined));

function fill(value: Fields): Fields {
  if (!Object.entries(value).some(([name, each]) => each === null && lists.has(name))) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, each === null && lists.has(name) ? [] : each]));
}

/** A history's columns are as long as its rows. */
function isAligned(value: Fields): boolean {
  if (value.type !== 'history') return true;
  const rows = (value.seq as readonly number[]).length;
  const columns = value.columns as readonly (readonly [number, unknown, (readonly unknown[])?])[];
  return (value.t as readonly number[]).length === rows && columns.every(([, q, d]) => (d ? d.length + 1 === rows : !Array.isArray(q) || q.length === rows));
}

type WireColumn = readonly [id: number, first: number | null, differences?: readonly (number | null)[]];

/** withValues turns a history's differences into values: nobody else has to know that there are any. */
function withValues(value: Fields): Fields {
  const columns = (value.columns as readonly WireColumn[]).map((column) => {
    const [id, first, differences] = column;
    if (!differences) return column;
    let last = first ?? 0;
    return [id, [first, ...differences.map((each) => (each === null ? null : (last += each)))]];
  });
  return { ...value, columns };
}

const noColumns: BucketColumns = { min: [], max: [], mean: [], last: [], n: [], maxSeq: [] };
const bucketFields = ['min', 'max', 'mean', 'last', 'n', 'maxSeq'] as const;
const isGap = shape({ from: isNumber, to: isNumber, why: isText, lost: optional(isFlag) });

/** decodeBuckets reads the answer of api/v1/history; where only one list was asked for the others are empty. */
export function decodeBuckets(value: unknown, only?: keyof BucketColumns): BucketsAnswer | undefined {
  if (!isObject(value) || !isSeq(value.rev) || !isNumber(value.stepMs)) return undefined;
  const t = value.t ?? [];
  const rows = value.rows ?? [];
  const firstSeq = value.firstSeq ?? [];
  const lastSeq = value.lastSeq ?? [];
  const series = value.series ?? {};
  const gaps = value.gaps ?? [];
  if (!listOf(isNumber)(t) || !listOf(isSeq)(rows) || !listOf(isSeq)(firstSeq) || !listOf(isSeq)(lastSeq) || !listOf(isGap)(gaps) || !isObject(series)) return undefined;
  const length = (t as readonly number[]).length;
  for (const columns of Object.values(series)) {
    if (!isObject(columns)) return undefined;
    for (const field of only === undefined ? bucketFields : [only]) {
      const column = columns[field];
      if (!listOf(isQuanta)(column) || (column as readonly unknown[]).length !== length) return undefined;
    }
  }
  return {
    rev: value.rev as number,
    stepMs: value.stepMs as number,
    t: t as readonly number[],
    rows: rows as readonly number[],
    firstSeq: firstSeq as readonly number[],
    lastSeq: lastSeq as readonly number[],
    series: Object.fromEntries(Object.entries(series).map(([id, columns]) => [id, { ...noColumns, ...(columns as Partial<BucketColumns>) }])),
    gaps: gaps as readonly GapAnswer[],
  };
}

const isObservation = shape({
  seq: isSeq,
  t: isNumber,
  rows: listOf(isRow),
  others: optional(shape({ count: isSeq, sums: mapOf(isQuanta) })),
  partial: optional(isText),
});

/** decodeProcesses reads the answer of api/v1/processes for remembered rows. */
export function decodeProcesses(value: unknown): ProcessesAnswer | undefined {
  if (!isObject(value)) return undefined;
  const observations = value.observations ?? [];
  return listOf(isObservation)(observations) ? { observations: observations as readonly Observation[] } : undefined;
}

const isReading = shape({ atMs: isNumber, form: isText, value: optional(isNumber), num: optional(isNumber), den: optional(isNumber) });
const isExplained = shape({
  series: isSeries,
  formula: optional(isText),
  differs: optional(isText),
  scale: isNumber,
  seq: isSeq,
  t: isNumber,
  value: (value) => value === undefined || isQuanta(value),
  readings: listOf(isReading),
});

/** decodeExplain reads the answer of api/v1/explain. */
export function decodeExplain(value: unknown): ExplainAnswer | undefined {
  if (!isObject(value)) return undefined;
  const { value: quanta, ...rest } = value;
  const present = quanta === null || quanta === undefined ? rest : value;
  return isExplained(present) ? (present as unknown as ExplainAnswer) : undefined;
}

/** decodeErrorCode reads the code of an error of the API, or gives ''. */
export function decodeErrorCode(value: unknown): string {
  if (!isObject(value) || !isObject(value.error)) return '';
  const code = value.error.code;
  return typeof code === 'string' ? code : '';
}

/** What one signs in with. */
export type SignInMode = 'none' | 'token' | 'password';

/** How this page is signed in, as api/v1/session says it. */
export interface SessionAnswer {
  readonly signIn: SignInMode;
  /** Whether there is a session that can be ended. */
  readonly session: boolean;
  /** Whether the printed link works once, and the token is in a file. */
  readonly linkOnce: boolean;
}

const isMode = (value: unknown): value is SignInMode => value === 'none' || value === 'token' || value === 'password';

/** decodeSession reads an answer of api/v1/session; of a refusal it reads what to sign in with. */
export function decodeSession(value: unknown): SessionAnswer | undefined {
  if (!isObject(value)) return undefined;
  if (isObject(value.error)) return isMode(value.error.signIn) ? { signIn: value.error.signIn, session: false, linkOnce: value.error.linkOnce === true } : undefined;
  return isMode(value.signIn) && typeof value.session === 'boolean' ? { signIn: value.signIn, session: value.session, linkOnce: false } : undefined;
}

/** decodeKey reads the key of a session that has begun, or gives ''. */
export function decodeKey(value: unknown): string {
  return isObject(value) && typeof value.key === 'string' ? value.key : '';
}
