// What arrives from outside is unknown until it was looked at. This is the only file
// with type assertions: each stands right behind the checks that justify it. Messages of
// the socket are checked by the shapes of their Go types, answers of the API by those below.

import { createChecks, type Check, type Fields, isNatural, isObject, isText } from './check';
import { SHAPES } from './shapes.gen';
import type { BucketColumns, BucketsAnswer, ChangesAnswer, EventsAnswer, ExplainAnswer, ProcessesAnswer, ServerMessage, TableMessage, Verdict } from './types';

/** A double holds every integer up to 2^53 exactly, the last one included. */
const isExact: Check = (value) => Number.isInteger(value) && Math.abs(Number(value)) <= 2 ** 53;
const isQuanta: Check = (value) => value === null || isExact(value);

const checkOf = createChecks(
  {
    ...SHAPES,
    Buckets: 'rev:u stepMs:n t:[n rows:[u firstSeq:[u lastSeq:[u series:{BucketColumns gaps:[GapAnswer',
    BucketColumns: 'min?:[Quanta max?:[Quanta mean?:[Quanta last?:[Quanta n?:[Quanta maxSeq?:[Quanta',
    GapAnswer: 'from:n to:n why:s lost?:b',
    Processes: 'observations:[Observation',
    Observation: 'seq:u t:n rows:[TableRow others?:Others partial?:s',
    Others: 'count:u sums:{Quanta',
    Explained: 'series:SeriesInfo formula?:s differs?:s scale:n seq:u t:n value?:Quanta readings:[Reading',
    Reading: 'atMs:n form:s value?:n num?:n den?:n',
    Events: 'events:[event more?:b',
    Changes: 'from:i to:i base:i changes:[Difference',
    Difference: 'kind:s name:s labels?:{s before:Value after:Value unit?:s score:n since:i text:s more?:u',
    Session: 'signIn:=none|token|password session:b',
    Family: 'name:s scale?:n formula?:s differs?:s',
    Families: 'families:[Family',
    Remembered: 'type:=table table:s seq:u t:n base:u rows:[TableRow gone?:[s others?:Others partial?:s',
    Contents: 'from:i to:i rows:u series:u observations:u events:u names:{[s',
    Refusal: 'signIn:=none|token|password linkOnce?:b',
  },
  {
    Quanta: isQuanta,
    Value: (value) => value === null || Number.isFinite(value),
    Cell: (value) => isQuanta(value) || isText(value),
    HistoryColumn: (value) =>
      Array.isArray(value) &&
      isNatural(value[0]) &&
      ((value.length === 2 && (isQuanta(value[1]) || isQuantas(value[1]))) || (value.length === 3 && isQuanta(value[1]) && isQuantas(value[2]))),
    TableRow: (value) => Array.isArray(value) && value.length === 2 && isText(value[0]) && isCells(value[1]),
  },
);
const isQuantas = checkOf('[Quanta');
const isCells = checkOf('{Cell');

const types = new Set<unknown>(['hello', 'schema', 'history', 'frame', 'table', 'health', 'event', 'verdict', 'pong', 'bye'] satisfies ServerMessage['type'][]);

/**
 * decode reads one message from the socket. Unknown types, and messages that are not
 * what they say, give undefined: they are ignored, never guessed at.
 */
export function decode(text: string): ServerMessage | undefined {
  return decodeMessage(parse(text));
}

/** decodeMessage is decode for what was parsed already. */
export function decodeMessage(parsed: unknown): ServerMessage | undefined {
  if (!isObject(parsed)) return undefined;
  const type = parsed.type;
  if (typeof type !== 'string' || !types.has(type) || !checkOf(type)(parsed)) return undefined;
  if (type === 'frame' && !isDifference(parsed)) return undefined;
  if (type === 'history') return isAligned(parsed) ? (withValues(parsed) as unknown as ServerMessage) : undefined;
  return parsed as unknown as ServerMessage;
}

/** parse reads JSON; undefined where it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A frame's list is pairs of a gap to the next series and its quanta. */
const isDifference = ({ d }: Fields): boolean => {
  const list = d as readonly (number | null)[];
  return list.length % 2 === 0 && list.every((each, i) => i % 2 === 1 || (each !== null && each > 0));
};

/** A history's columns are as long as its rows. */
function isAligned(value: Fields): boolean {
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
const bucketFields = Object.keys(noColumns) as (keyof BucketColumns)[];

/** decodeBuckets reads the answer of api/v1/history; where only one list was asked for the others are empty. */
export function decodeBuckets(value: unknown, only?: keyof BucketColumns): BucketsAnswer | undefined {
  if (!isObject(value)) return undefined;
  const { series, ...rest } = value;
  const filled = { t: [], rows: [], firstSeq: [], lastSeq: [], gaps: [], ...rest, series: series ?? {} };
  if (!checkOf('Buckets')(filled)) return undefined;
  const answer = filled as unknown as Omit<BucketsAnswer, 'series'> & { readonly series: Readonly<Record<string, Partial<BucketColumns>>> };
  const wanted = only === undefined ? bucketFields : [only];
  if (!Object.values(answer.series).every((columns) => wanted.every((field) => columns[field]?.length === answer.t.length))) return undefined;
  return { ...answer, series: Object.fromEntries(Object.entries(answer.series).map(([id, columns]) => [id, { ...noColumns, ...columns }])) };
}

/** decodeProcesses reads the answer of api/v1/processes for remembered rows. */
export function decodeProcesses(value: unknown): ProcessesAnswer | undefined {
  if (!isObject(value)) return undefined;
  const filled = { observations: [], ...value };
  return checkOf('Processes')(filled) ? filled : undefined;
}

/** decodeExplain reads the answer of api/v1/explain; a value that could not be read is missing in it. */
export function decodeExplain(value: unknown): ExplainAnswer | undefined {
  if (!isObject(value)) return undefined;
  const { value: quanta, ...rest } = value;
  const present = quanta === null ? rest : value;
  return checkOf('Explained')(present) ? (present as unknown as ExplainAnswer) : undefined;
}

/** decodeVerdict reads the answer of api/v1/verdict, which is of no row. */
export function decodeVerdict(value: unknown): Verdict | undefined {
  return isObject(value) && checkOf('verdict')({ seq: 0, ...value }) ? (value as unknown as Verdict) : undefined;
}

/** decodeEvents reads the answer of api/v1/events. */
export const decodeEvents = (value: unknown): EventsAnswer | undefined => (checkOf('Events')(value) ? (value as EventsAnswer) : undefined);

/** decodeChanges reads the answer of api/v1/changes. */
export const decodeChanges = (value: unknown): ChangesAnswer | undefined => (checkOf('Changes')(value) ? (value as ChangesAnswer) : undefined);

/** What is said of a family beside its schema. */
export interface FamilyAnswer {
  readonly name: string;
  readonly scale?: number;
  readonly formula?: string;
  readonly differs?: string;
}

/** decodeFamilies reads the line of an incident's file that describes families, by their names. */
export function decodeFamilies(value: unknown): ReadonlyMap<string, FamilyAnswer> | undefined {
  if (!checkOf('Families')(value)) return undefined;
  const { families } = value as { readonly families: readonly FamilyAnswer[] };
  return new Map(families.map((family) => [family.name, family]));
}

/** A table message with the rows that were left out. */
export type ObservationMessage = Omit<TableMessage, 'cols'> & Pick<ProcessesAnswer['observations'][number], 'others'>;

/** decodeObservation reads the line of an incident's file with an observation of a table. */
export const decodeObservation = (value: unknown): ObservationMessage | undefined => (checkOf('Remembered')(value) ? (value as ObservationMessage) : undefined);

/** What an incident's file would hold, and the names in it by kind. */
export interface IncidentContents {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly series: number;
  readonly observations: number;
  readonly events: number;
  readonly names: Readonly<Record<string, readonly string[]>>;
}

/** decodeContents reads the answer of api/v1/incident/contents. */
export const decodeContents = (value: unknown): IncidentContents | undefined => (checkOf('Contents')(value) ? (value as IncidentContents) : undefined);

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

/** decodeSession reads an answer of api/v1/session; of a refusal it reads what to sign in with. */
export function decodeSession(value: unknown): SessionAnswer | undefined {
  if (!isObject(value)) return undefined;
  const { error } = value;
  if (isObject(error)) return checkOf('Refusal')(error) ? { signIn: error.signIn as SignInMode, session: false, linkOnce: error.linkOnce === true } : undefined;
  return checkOf('Session')(value) ? { signIn: value.signIn as SignInMode, session: value.session === true, linkOnce: false } : undefined;
}

/** decodeKey reads the key of a session that has begun, or gives ''. */
export function decodeKey(value: unknown): string {
  return isObject(value) && typeof value.key === 'string' ? value.key : '';
}
