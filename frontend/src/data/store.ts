// What the page knows of the host: rows as typed columns, outside the reactive graph.
// It is fed with messages and asked by index; it touches neither the document nor a clock.

import type {
  EventMessage,
  FrameMessage,
  HealthMessage,
  HelloMessage,
  HistoryMessage,
  Host,
  Match,
  Panel,
  Resource,
  SchemaMessage,
  SeriesInfo,
  ServerMessage,
  Since,
} from '../wire/types';
import { Column } from './column';
import { type LedgerView, type Interruption, Ledger } from './ledger';
import { KEPT_ROWS, Rows, SLOTS } from './rows';
import { Schema, seriesKey } from './schema';
import { TableStore } from './tables';

export { KEPT_ROWS } from './rows';

/** What a message changed. */
export interface Change {
  /** Rows that were added. */
  readonly rows: number;
  readonly schema: boolean;
  readonly hello: boolean;
  /** The instance is another one than before: the server was started anew. */
  readonly restarted: boolean;
  /** The table that changed. */
  readonly table: string | undefined;
  readonly health: boolean;
  readonly event: boolean;
  /** The message does not fit what is held: ask for everything since the newest row. */
  readonly resync: boolean;
  /** A table's difference does not fit: ask for that table anew. */
  readonly resyncTable: string | undefined;
  /** An interruption was settled. */
  readonly resumed: Interruption | undefined;
  /** Rows that are further back than the socket reaches: the API is to be asked how many it has. */
  readonly older: OlderRows | undefined;
}

/** Rows that the API has. */
export interface OlderRows {
  readonly from: number;
  readonly to: number;
  /** The times of the rows around them, in Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

const UNCHANGED: Change = {
  rows: 0,
  schema: false,
  hello: false,
  restarted: false,
  table: undefined,
  health: false,
  event: false,
  resync: false,
  resyncTable: undefined,
  resumed: undefined,
  older: undefined,
};

/** Why a stretch of time has no rows. */
export type GapKind = 'not-sampled' | 'not-received' | 'not-remembered' | 'restart';

/** A stretch of time without rows, in Unix milliseconds; a restart is where it begins. */
export interface TimeGap {
  readonly from: number;
  readonly to: number;
  readonly kind: GapKind;
  readonly why: string;
}

/** Ticks that were skipped before a row. */
export interface Skipped {
  readonly count: number;
  readonly why: string;
}

/** The values of one series. */
export interface ColumnView {
  readonly info: SeriesInfo;
  at(index: number): number | null;
  /** Writes the values of the rows from..to−1 into out, NaN where missing. */
  read(from: number, to: number, out: Float64Array): void;
}

/** RowValues are the values of rows by index, wherever the rows come from. */
export interface RowValues {
  find(family: string, match?: Match): readonly SeriesInfo[];
  /** The value in the unit of the series; null where it is missing. */
  value(id: number, index: number): number | null;
  /** Unix milliseconds of a row, NaN for a hole. */
  time(index: number): number;
}

/** Store is the read side and {@link Store.apply}. Indices run from 0 (oldest held) and are valid until the next apply. */
export interface Store extends RowValues {
  readonly instance: string;
  readonly rev: number;
  /** Rises when rows changed in another way than by one that was added behind the newest. */
  readonly revised: number;
  readonly host: Host | undefined;
  readonly hello: HelloMessage | undefined;
  readonly intervalMs: number;
  /** The lowest and highest sequence number held of this instance; 0 while there is none. */
  readonly oldest: number;
  readonly newest: number;
  /** The rows of which only the first part has come, by sequence number. */
  readonly halves: { readonly from: number; readonly to: number } | undefined;
  /** How many rows lie between the first and the last one held, holes included. */
  readonly length: number;
  readonly ledger: LedgerView;
  readonly health: ReadonlyMap<string, HealthMessage>;
  readonly events: readonly EventMessage[];
  series(): readonly SeriesInfo[];
  info(id: number): SeriesInfo | undefined;
  byFamily(name: string): readonly SeriesInfo[];
  panels(): readonly Panel[];
  resources(): readonly Resource[];
  table(name: string): TableStore | undefined;
  /** The index of a row of this instance, −1 if it is not held. */
  rowAt(seq: number): number;
  /** The sequence number at an index, undefined for a hole or another instance. */
  seqAt(index: number): number | undefined;
  /** The nearest row at or before a time, −1 if there is none. */
  indexAtTime(ms: number): number;
  has(index: number): boolean;
  /** Writes the times of the rows from..to−1 into out, NaN for holes. */
  times(from: number, to: number, out: Float64Array): void;
  column(id: number): ColumnView | undefined;
  /** What was skipped just before a row. */
  skippedBefore(index: number): Skipped | undefined;
  /** The stretches without rows that touch from..to. */
  gaps(from: number, to: number): TimeGap[];
  apply(message: ServerMessage): Change;
  /** Counts how many of the rows that a change named as older the API has; the others are lost. */
  countOlder(rows: OlderRows, found: number): Change;
}

/** How many events are kept. */
const KEPT_EVENTS = 500;
/** How many stretches that are no longer remembered are kept. */
const KEPT_GAPS = 32;

export const createStore = (): Store => new RowStore();

class RowStore implements Store {
  readonly #rows = new Rows();
  readonly #schema = new Schema();
  readonly #ledger = new Ledger();
  readonly #tables = new Map<string, TableStore>();
  readonly #health = new Map<string, HealthMessage>();
  readonly #missed = new Map<number, Skipped>();
  /** Rows that were said to be no longer remembered, by position. */
  #forgotten: { readonly from: number; readonly to: number }[] = [];
  /** The stretches without rows between those held, up to a position; only a new row at the end leaves them as they are. */
  #breaks: { upTo: number; readonly gaps: TimeGap[] } = { upTo: -1, gaps: [] };
  #columns = new Map<number, Column>();
  #events: EventMessage[] = [];
  #hello: HelloMessage | undefined;
  /** position = seq + offset; rows of an earlier instance lie below #boundary. */
  #offset = 0;
  #boundary = 0;
  /** The highest row of this instance that is expected, known or not. */
  #expected = 0;
  #halves = { from: 0, to: 0 };
  /** How the instance before ended, by the first row of the one that followed. */
  #starts: ReadonlyMap<number, string> = new Map();
  /** Rows that the API was asked to count. */
  #older: readonly OlderRows[] = [];
  /** Rows up to here were there before this page was opened. */
  #joined = 0;
  #needsSchema = true;
  #revised = 0;

  get revised(): number {
    return this.#revised;
  }

  get instance(): string {
    return this.#hello?.instance ?? '';
  }

  get rev(): number {
    return this.#schema.rev;
  }

  get host(): Host | undefined {
    return this.#hello?.host;
  }

  get hello(): HelloMessage | undefined {
    return this.#hello;
  }

  get intervalMs(): number {
    return this.#hello?.intervalMs ?? 1000;
  }

  get oldest(): number {
    return this.newest === 0 ? 0 : Math.max(this.#rows.first, this.#boundary) - this.#offset;
  }

  get newest(): number {
    return this.#rows.length > 0 && this.#rows.last >= this.#boundary ? this.#rows.last - this.#offset : 0;
  }

  get halves(): { readonly from: number; readonly to: number } | undefined {
    return this.#halves.from > 0 ? this.#halves : undefined;
  }

  get length(): number {
    return Math.max(0, this.#rows.length);
  }

  get ledger(): LedgerView {
    return this.#ledger;
  }

  get health(): ReadonlyMap<string, HealthMessage> {
    return this.#health;
  }

  get events(): readonly EventMessage[] {
    return this.#events;
  }

  series(): readonly SeriesInfo[] {
    return this.#schema.all;
  }

  info(id: number): SeriesInfo | undefined {
    return this.#schema.get(id);
  }

  byFamily(name: string): readonly SeriesInfo[] {
    return this.#schema.family(name);
  }

  find(family: string, match?: Match): readonly SeriesInfo[] {
    return this.#schema.find(family, match);
  }

  panels(): readonly Panel[] {
    return this.#schema.panels;
  }

  resources(): readonly Resource[] {
    return this.#schema.resources;
  }

  table(name: string): TableStore | undefined {
    return this.#tables.get(name);
  }

  rowAt(seq: number): number {
    const position = seq + this.#offset;
    return position >= this.#boundary && this.#rows.has(position) ? position - this.#rows.first : -1;
  }

  seqAt(index: number): number | undefined {
    const position = this.#rows.first + index;
    return position >= this.#boundary && this.#rows.has(position) ? position - this.#offset : undefined;
  }

  indexAtTime(ms: number): number {
    const position = this.#rows.atTime(ms);
    return position < 0 ? -1 : position - this.#rows.first;
  }

  has(index: number): boolean {
    return this.#rows.has(this.#rows.first + index);
  }

  time(index: number): number {
    return this.has(index) ? this.#rows.time(this.#rows.first + index) : NaN;
  }

  times(from: number, to: number, out: Float64Array): void {
    const { first } = this.#rows;
    for (let i = from; i < to; i++) out[i - from] = this.#rows.time(first + i);
  }

  value(id: number, index: number): number | null {
    const info = this.#schema.get(id);
    if (!info || !this.has(index)) return null;
    const quanta = this.#columns.get(id)?.at(this.#rows.first + index - this.#rows.base) ?? NaN;
    return Number.isNaN(quanta) ? null : quanta * info.quantum;
  }

  column(id: number): ColumnView | undefined {
    const info = this.#schema.get(id);
    const column = this.#columns.get(id);
    if (!info || !column) return undefined;
    const rows = this.#rows;
    return {
      info,
      at: (index) => this.value(id, index),
      read: (from, to, out) => {
        const slot = rows.first - rows.base;
        column.read(slot + from, slot + to, info.quantum, out);
      },
    };
  }

  skippedBefore(index: number): Skipped | undefined {
    return this.#missed.get(this.#rows.first + index);
  }

  gaps(from: number, to: number): TimeGap[] {
    const rows = this.#rows;
    if (rows.length <= 0) return [];
    this.#findBreaks();
    const oldest = rows.time(rows.first);
    const gaps = this.#breaks.gaps.filter((gap) => gap.to >= from && gap.from <= to);
    const rememberedFrom = this.#hello?.oldestT ?? 0;
    const known = Math.min(rememberedFrom > 0 ? rememberedFrom : Infinity, oldest);
    if (from < known) gaps.unshift({ from, to: Math.min(known, to), kind: 'not-remembered', why: '' });
    return gaps;
  }

  /** Looks for stretches without rows behind the row up to which they are known: every chart asks at every row. */
  #findBreaks(): void {
    const rows = this.#rows;
    const known = this.#breaks;
    if (known.upTo < rows.first) this.#breaks = { upTo: rows.first, gaps: [] };
    const { gaps } = this.#breaks;
    let before = this.#breaks.upTo;
    for (let position = before + 1; position <= rows.last; position++) {
      if (!rows.has(position)) continue;
      const [from, to] = [rows.time(before), rows.time(position)];
      const skipped = this.#missed.get(position);
      const why = position === this.#boundary ? '' : this.#starts.get(position - this.#offset);
      if (why !== undefined && position >= this.#boundary) gaps.push({ from, to, kind: 'restart', why });
      else if (position - before > 1) gaps.push({ from, to, kind: this.#isForgotten(before + 1) ? 'not-remembered' : 'not-received', why: '' });
      else if (skipped) gaps.push({ from, to, kind: 'not-sampled', why: skipped.why });
      before = position;
    }
    this.#breaks.upTo = before;
    // Of a gap that reaches beyond the rows held nothing is known any more.
    while ((gaps[0]?.from ?? Infinity) < rows.time(rows.first)) gaps.shift();
  }

  apply(message: ServerMessage): Change {
    if (message.type === 'hello' || message.type === 'history') {
      this.#breaks = { upTo: -1, gaps: [] };
      this.#revised++;
    }
    switch (message.type) {
      case 'hello':
        return this.#applyHello(message);
      case 'schema':
        return this.#applySchema(message);
      case 'history':
        return this.#applyHistory(message);
      case 'frame':
        return this.#applyFrame(message);
      case 'table': {
        const table = this.#tables.get(message.table);
        if (!table) return UNCHANGED;
        if (table.apply(message) === 'needs-full') return { ...UNCHANGED, resyncTable: message.table };
        return { ...UNCHANGED, table: message.table };
      }
      case 'health':
        this.#health.set(message.collector, message);
        return { ...UNCHANGED, health: true };
      case 'event':
        if (this.#events.some((known) => known.seq === message.seq && known.kind === message.kind && known.t === message.t && known.text === message.text)) return UNCHANGED;
        this.#events = [...this.#events, message].sort((a, b) => a.seq - b.seq).slice(-KEPT_EVENTS);
        return { ...UNCHANGED, event: true };
      case 'pong':
      case 'bye':
        return UNCHANGED;
    }
  }

  #applyHello(hello: HelloMessage): Change {
    const known = this.#hello;
    const restarted = known !== undefined && known.instance !== hello.instance;
    const last = this.#rows.last;
    const lastT = this.#rows.length > 0 ? this.#rows.time(last) : 0;
    if (known && this.#rows.length > 0) this.#ledger.interrupt(lastT);
    this.#hello = hello;
    this.#starts = new Map(hello.starts?.map(({ seq, why }) => [seq, why]));
    this.#needsSchema = true;
    for (const table of this.#tables.values()) table.clear();
    if (restarted) {
      this.#older = [];
      // A new instance that remembers what an earlier one recorded tells it itself. Half
      // rows of an earlier one are not to be completed any more.
      if ((hello.oldestT > 0 && hello.oldestT <= lastT) || this.#halves.from > 0) this.#forgetRows();
      else this.#continueRows(hello);
      this.#events = [];
      this.#health.clear();
      // What the instance before recorded was never to come.
      this.#joined = Math.max(0, hello.oldest - 1, (hello.first ?? 1) - 1);
      this.#expected = this.#joined;
    } else if (!known) {
      this.#joined = hello.newest;
      this.#expected = hello.newest;
    }
    this.#expect(hello.newest);
    return { ...UNCHANGED, hello: true, restarted };
  }

  #isForgotten(position: number): boolean {
    return this.#forgotten.some(({ from, to }) => position >= from && position <= to);
  }

  #forgetRows(): void {
    this.#revised++;
    this.#rows.clear();
    this.#breaks = { upTo: -1, gaps: [] };
    for (const id of this.#columns.keys()) this.#columns.set(id, new Column(SLOTS));
    this.#missed.clear();
    this.#forgotten = [];
    this.#halves = { from: 0, to: 0 };
    this.#offset = 0;
    this.#boundary = 0;
  }

  /** The rows of the new instance go on behind those of the old one. */
  #continueRows(hello: HelloMessage): void {
    this.#boundary = this.#rows.length > 0 ? this.#rows.last + 1 : 0;
    this.#offset = this.#rows.length > 0 ? this.#boundary - Math.max(1, hello.oldest) : 0;
  }

  #expect(seq: number): void {
    if (seq <= this.#expected) return;
    this.#ledger.expect(seq - this.#expected);
    this.#expected = seq;
  }

  #applySchema(message: SchemaMessage): Change {
    const before = new Map(this.#schema.all.map((info) => [seriesKey(info), this.#columns.get(info.id)]));
    const { complete, added, dropped } = this.#schema.apply(message);
    // Ids are those of an instance; what makes a series itself is its name and labels.
    const columns = complete ? new Map<number, Column>() : this.#columns;
    if (!complete) for (const id of dropped) columns.delete(id);
    for (const info of added) if (!columns.has(info.id)) columns.set(info.id, before.get(seriesKey(info)) ?? new Column(SLOTS));
    this.#columns = columns;
    if (complete) this.#needsSchema = false;
    for (const info of this.#schema.tables) {
      const table = this.#tables.get(info.name);
      if (table) table.describe(info);
      else this.#tables.set(info.name, new TableStore(info));
    }
    return { ...UNCHANGED, schema: true };
  }

  #applyHistory(message: HistoryMessage): Change {
    // An older revision is fine: ids are never given to another series.
    if (this.#needsSchema || message.rev > this.#schema.rev) return { ...UNCHANGED, resync: true };
    const rest = message.part === 'rest';
    const lastT = this.#rows.length > 0 ? this.#rows.time(this.#rows.last) : 0;
    const placed = message.seq.map((seq, i) => (!rest ? this.#place(seq, message.t[i] ?? NaN, true) : this.#rows.has(seq + this.#offset) ? 0 : -1));
    // The columns may have moved while rows were placed, so slots are counted afterwards.
    const slots = message.seq.map((seq, i) => (placed[i] === -1 ? -1 : seq + this.#offset - this.#rows.base));
    for (const [id, values] of message.columns) {
      const column = this.#columns.get(id);
      if (!column) continue;
      for (let i = 0; i < slots.length; i++) {
        const slot = slots[i] ?? -1;
        if (slot >= 0) column.set(slot, typeof values === 'number' ? values : (values[i] ?? null));
      }
    }
    for (const missed of message.missed ?? []) this.#missed.set(missed.seq + this.#offset, { count: missed.count, why: missed.why });
    this.#followHalves(message);
    if (message.gap) this.#forgotten = [...this.#forgotten, { from: message.gap.from + this.#offset, to: message.gap.to + this.#offset }].slice(-KEPT_GAPS);
    const rows = slots.filter((slot) => slot >= 0).length;
    // A page that had nothing misses nothing: rows that cannot be read now are the charts' affair alone.
    const older = lastT === 0 ? undefined : message.older && { ...message.older, fromMs: lastT, toMs: message.t[0] ?? lastT };
    if (older) this.#older = [...this.#older, older];
    const unsettled = rest ? message.gap === undefined : message.more === true;
    const resumed = unsettled || this.#awaiting() ? undefined : this.#settle();
    return { ...UNCHANGED, rows, resumed, older };
  }

  countOlder(rows: OlderRows, found: number): Change {
    if (!this.#older.includes(rows)) return UNCHANGED; // of another instance
    this.#older = this.#older.filter((each) => each !== rows);
    this.#ledger.fillOlder(Math.min(found, rows.to - rows.from + 1));
    return { ...UNCHANGED, resumed: this.#awaiting() ? undefined : this.#settle() };
  }

  /** Knows which rows are half, and drops those that stay so. */
  #followHalves({ seq, part, gap }: HistoryMessage): void {
    let { from, to } = this.#halves;
    if (gap && gap.from <= from) while (from <= Math.min(gap.to, to)) this.#dropRow(from++);
    if (part === 'first') {
      if (from === 0 || from > to) from = seq[0] ?? 0;
      to = Math.max(to, seq.at(-1) ?? 0);
    } else if (part === 'rest') for (const each of seq) if (each === from) from++;
    this.#halves = from > to ? { from: 0, to: 0 } : { from, to };
  }

  #dropRow(seq: number): void {
    const position = seq + this.#offset;
    if (!this.#rows.has(position)) return;
    const slot = position - this.#rows.base;
    for (const column of this.#columns.values()) column.set(slot, null);
    this.#missed.delete(position);
    this.#rows.drop(position);
    if (seq > this.#joined) this.#ledger.unfill();
  }

  #applyFrame(message: FrameMessage): Change {
    // An older revision is fine, as in history: the frame of a row that came before the newest series.
    if (this.#needsSchema || message.rev > this.#schema.rev) return { ...UNCHANGED, resync: true };
    const position = message.seq + this.#offset;
    if (this.#rows.has(position)) return UNCHANGED;
    const before = position - 1;
    const fresh = message.seq === 1 && this.newest === 0;
    if (!fresh && !(before === this.#rows.last && before >= this.#boundary && this.#rows.has(before))) return { ...UNCHANGED, resync: true };
    // What was there already when the page returned was missed, and is filled in.
    const missed = this.#ledger.interrupted && message.seq <= (this.#hello?.newest ?? 0);
    const slot = this.#place(message.seq, message.t, missed);
    if (fresh) for (const column of this.#columns.values()) column.set(slot, null);
    else for (const column of this.#columns.values()) column.copy(slot - 1, slot);
    let id = -1;
    for (let i = 0; i + 1 < message.d.length; i += 2) {
      id += message.d[i] ?? 0;
      this.#columns.get(id)?.set(slot, message.d[i + 1] ?? null);
    }
    if (message.missed !== undefined && message.missed > 0) this.#missed.set(message.seq + this.#offset, { count: message.missed, why: message.why ?? '' });
    return { ...UNCHANGED, rows: 1, resumed: this.#ledger.interrupted && !this.#awaiting() ? this.#settle() : undefined };
  }

  /** Gives a row its slot and counts it; −1 if it is too old to be kept. */
  #place(seq: number, t: number, filled: boolean): number {
    // A clock that was set back between two instances: their rows cannot share one axis.
    if (this.#rows.length > 0 && this.#rows.last === this.#boundary - 1 && t <= this.#rows.time(this.#rows.last)) this.#forgetRows();
    const position = seq + this.#offset;
    const known = this.#rows.has(position);
    const slot = this.#rows.place(position, t, (slots) => {
      for (const column of this.#columns.values()) column.shift(slots);
      for (const missed of this.#missed.keys()) if (missed < this.#rows.base) this.#missed.delete(missed);
    });
    this.#expect(seq);
    if (!known && seq > this.#joined) {
      if (filled) this.#ledger.fill();
      else this.#ledger.receive();
    }
    return slot;
  }

  /** Whether rows that are known to be there are still on their way: what is missing is not lost yet. */
  #awaiting(): boolean {
    return this.newest < this.#expected || this.#older.length > 0;
  }

  #settle(): Interruption | undefined {
    return this.#ledger.settle(this.#rows.length > 0 ? this.#rows.time(this.#rows.last) : 0);
  }
}

/** The newest index, −1 while there are no rows. */
export const newestIndex = (store: Store): number => store.length - 1;

/** How far back raw rows reach at most, in milliseconds. */
export const rawReachMs = (store: Store): number => KEPT_ROWS * store.intervalMs;

/** sinceOf says where a store stands; nothing while it is empty. */
export function sinceOf(store: Store): { since?: Since } {
  if (store.newest === 0) return {};
  const { instance, newest: seq, halves: rest } = store;
  return { since: { instance, seq, ...(rest && { rest }) } };
}
