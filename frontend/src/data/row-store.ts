// The store: rows as typed columns, outside the reactive graph. It touches neither the
// document nor a clock. Where rows stand is in coordinates.ts, why there are none in
// gaps.ts, and which are still to come in resume.ts.

import type {
  FrameMessage,
  HealthMessage,
  HelloMessage,
  HistoryMessage,
  Host,
  HostEvent,
  Match,
  Panel,
  Resource,
  SchemaMessage,
  SeriesInfo,
  ServerMessage,
  TableMessage,
  VerdictMessage,
} from '../wire/types';
import { type Change, type Changes, type OlderRows, UNCHANGED } from './change';
import { Column } from './column';
import { Coordinates } from './coordinates';
import { Gaps, type Skipped, type TimeGap } from './gaps';
import type { LedgerView } from './ledger';
import { Resume } from './resume';
import { SLOTS } from './rows';
import { Schema, seriesKey } from './schema';
import type { ColumnView, Store } from './store';
import { TableStore } from './tables';

/** How many events are kept. */
const KEPT_EVENTS = 4000;

const RESYNC: Changes = [{ kind: 'resync' }];

/** What tells an event from all others; versions before gave it no id. */
const eventKey = ({ id, seq, kind, t, text }: HostEvent): string => id ?? `${seq} ${t} ${kind} ${text}`;

export const createStore = (): Store => new RowStore();

class RowStore implements Store {
  readonly #at = new Coordinates();
  readonly #rows = this.#at.rows;
  readonly #gaps = new Gaps(this.#at);
  readonly #resume = new Resume(this.#at);
  readonly #schema = new Schema();
  readonly #tables = new Map<string, TableStore>();
  readonly #health = new Map<string, HealthMessage>();
  #columns = new Map<number, Column>();
  #events: readonly HostEvent[] = [];
  #verdict: VerdictMessage | undefined;
  #hello: HelloMessage | undefined;
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
    return this.#at.oldest;
  }

  get newest(): number {
    return this.#at.newest;
  }

  get partial(): { readonly from: number; readonly to: number } | undefined {
    return this.#resume.partial;
  }

  get length(): number {
    return Math.max(0, this.#rows.length);
  }

  get ledger(): LedgerView {
    return this.#resume.ledger;
  }

  get health(): ReadonlyMap<string, HealthMessage> {
    return this.#health;
  }

  get events(): readonly HostEvent[] {
    return this.#events;
  }

  get verdict(): VerdictMessage | undefined {
    return this.#verdict;
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
    return this.#at.indexOf(seq);
  }

  seqAt(index: number): number | undefined {
    return this.#at.seqAt(index);
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
    const quanta = this.#columns.get(id)?.at(this.#at.slotAt(index)) ?? NaN;
    return Number.isNaN(quanta) ? null : quanta * info.quantum;
  }

  column(id: number): ColumnView | undefined {
    const info = this.#schema.get(id);
    const column = this.#columns.get(id);
    if (!info || !column) return undefined;
    return {
      info,
      at: (index) => this.value(id, index),
      read: (from, to, out) => column.read(this.#at.slotAt(from), this.#at.slotAt(to), info.quantum, out),
    };
  }

  skippedBefore(index: number): Skipped | undefined {
    return this.#gaps.skippedBefore(index);
  }

  gaps(from: number, to: number): TimeGap[] {
    return this.#gaps.within(from, to, this.#hello?.oldestT ?? 0);
  }

  apply(message: ServerMessage): Changes {
    switch (message.type) {
      case 'hello':
        this.#revise();
        return this.#applyHello(message);
      case 'schema':
        return this.#applySchema(message);
      case 'history':
        this.#revise();
        return this.#applyHistory(message);
      case 'frame':
        return this.#applyFrame(message);
      case 'table':
        return this.#applyTable(message);
      case 'health':
        this.#health.set(message.collector, message);
        return [{ kind: 'health' }];
      case 'event':
        return this.addEvents([message]);
      case 'verdict':
        this.#verdict = message;
        return [{ kind: 'verdict' }];
      case 'pong':
      case 'bye':
        return UNCHANGED;
    }
  }

  countOlder(rows: OlderRows, found: number): Changes {
    return this.#resume.countOlder(rows, found) ? this.#settled() : UNCHANGED;
  }

  #revise(): void {
    this.#revised++;
    this.#gaps.revise();
  }

  #applyHello(hello: HelloMessage): Changes {
    const known = this.#hello;
    const restarted = known !== undefined && known.instance !== hello.instance;
    if (known && this.#rows.length > 0) this.#resume.ledger.interrupt(this.#at.newestTime);
    this.#hello = hello;
    this.#gaps.startsWere(hello.starts);
    this.#needsSchema = true;
    for (const table of this.#tables.values()) table.clear();
    if (restarted) {
      // A new instance that remembers what an earlier one recorded tells it itself. Partial
      // rows of an earlier one are not to be completed any more.
      if ((hello.oldestT > 0 && hello.oldestT <= this.#at.newestTime) || this.#resume.partial) this.#forgetRows();
      else this.#at.continueWith(hello.oldest);
      this.#events = [];
      this.#verdict = undefined;
      this.#health.clear();
      this.#resume.restart(hello);
    } else if (!known) this.#resume.join(hello);
    this.#resume.expect(hello.newest);
    return [{ kind: 'hello', restarted }];
  }

  #forgetRows(): void {
    this.#revised++;
    this.#at.clear();
    this.#gaps.clear();
    this.#resume.forgetPartial();
    for (const id of this.#columns.keys()) this.#columns.set(id, new Column(SLOTS));
  }

  #applySchema(message: SchemaMessage): Changes {
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
    return [{ kind: 'schema' }];
  }

  #applyHistory(message: HistoryMessage): Changes {
    // An older revision is fine: ids are never given to another series.
    if (this.#needsSchema || message.rev > this.#schema.rev) return RESYNC;
    const remaining = message.part === 'rest';
    const before = this.#at.newestTime;
    const isPlaced = message.seq.map((seq, i) => (remaining ? this.#rows.has(this.#at.positionOf(seq)) : this.#place(seq, message.t[i] ?? NaN, true) >= 0));
    // The columns may have moved while rows were placed, so slots are counted afterwards.
    const slots = message.seq.map((seq, i) => (isPlaced[i] === true ? this.#at.slotOf(seq) : -1));
    this.#fill(message, slots);
    for (const { seq, count, why } of message.missed ?? []) this.#gaps.skip(seq, count, why);
    this.#resume.followParts(message, (seq) => this.#dropRow(seq));
    if (message.gap) this.#gaps.forget(message.gap.from, message.gap.to);
    if (message.older?.why !== undefined) this.#gaps.leaveUnread(message.older.from, message.older.to, message.older.why);
    const changes: Change[] = [];
    const added = slots.filter((slot) => slot >= 0).length;
    if (added > 0) changes.push({ kind: 'rows', added });
    // A page that had nothing misses nothing: rows that cannot be read now are the charts' affair alone.
    if (message.older && before > 0) {
      const rows = { ...message.older, fromMs: before, toMs: message.t[0] ?? before };
      this.#resume.askOlder(rows);
      changes.push({ kind: 'older', rows });
    }
    const unsettled = remaining ? message.gap === undefined : message.more === true;
    return unsettled ? changes : [...changes, ...this.#settled()];
  }

  #fill({ columns }: HistoryMessage, slots: readonly number[]): void {
    for (const [id, values] of columns) {
      const column = this.#columns.get(id);
      if (!column) continue;
      for (let i = 0; i < slots.length; i++) {
        const slot = slots[i] ?? -1;
        if (slot >= 0) column.set(slot, typeof values === 'number' ? values : (values[i] ?? null));
      }
    }
  }

  #dropRow(seq: number): void {
    const position = this.#at.positionOf(seq);
    if (!this.#rows.has(position)) return;
    for (const column of this.#columns.values()) column.set(this.#at.slotOf(seq), null);
    this.#gaps.unskip(seq);
    this.#rows.drop(position);
    this.#resume.uncount(seq);
  }

  #applyFrame(message: FrameMessage): Changes {
    // An older revision is fine, as in history: the frame of a row that came before the newest series.
    if (this.#needsSchema || message.rev > this.#schema.rev) return RESYNC;
    if (this.#rows.has(this.#at.positionOf(message.seq))) return UNCHANGED;
    const isFirst = message.seq === 1 && this.newest === 0;
    if (!isFirst && !this.#at.follows(message.seq)) return RESYNC;
    // What was there already when the page returned was missed, and is filled in.
    const missed = this.#resume.ledger.interrupted && message.seq <= (this.#hello?.newest ?? 0);
    const slot = this.#place(message.seq, message.t, missed);
    if (isFirst) for (const column of this.#columns.values()) column.set(slot, null);
    else for (const column of this.#columns.values()) column.copy(slot - 1, slot);
    let id = -1;
    for (let i = 0; i + 1 < message.d.length; i += 2) {
      id += message.d[i] ?? 0;
      this.#columns.get(id)?.set(slot, message.d[i + 1] ?? null);
    }
    if (message.missed !== undefined && message.missed > 0) this.#gaps.skip(message.seq, message.missed, message.why ?? '');
    return [{ kind: 'rows', added: 1 }, ...(this.#resume.ledger.interrupted ? this.#settled() : UNCHANGED)];
  }

  /** Gives a row its slot and counts it; −1 if it is too old to be kept. */
  #place(seq: number, t: number, filled: boolean): number {
    // A clock that was set back between two instances.
    if (this.#at.turnsBack(t)) this.#forgetRows();
    const position = this.#at.positionOf(seq);
    const known = this.#rows.has(position);
    const slot = this.#rows.place(position, t, (slots) => {
      for (const column of this.#columns.values()) column.shift(slots);
      this.#gaps.trim();
    });
    this.#resume.expect(seq);
    if (!known) this.#resume.count(seq, filled);
    return slot;
  }

  #applyTable(message: TableMessage): Changes {
    const table = this.#tables.get(message.table);
    if (!table) return UNCHANGED;
    return [{ kind: table.apply(message) === 'needs-full' ? 'resync-table' : 'table', name: message.table }];
  }

  addEvents(events: readonly HostEvent[]): Changes {
    const known = new Set(this.#events.map(eventKey));
    const added = events.filter((event) => !known.has(eventKey(event)));
    if (added.length === 0) return UNCHANGED;
    this.#events = [...this.#events, ...added].sort((a, b) => a.seq - b.seq).slice(-KEPT_EVENTS);
    return [{ kind: 'event' }];
  }

  #settled(): Changes {
    const interruption = this.#resume.settle();
    return interruption ? [{ kind: 'resumed', interruption }] : UNCHANGED;
  }
}
