// The socket: opens it, feeds the store, watches that rows keep coming, and comes back by
// itself. All decisions are in connection-events.ts; this file only carries them out.

import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { addedRows, type Change, type Changes, type OlderRows } from '../data/change';
import { sinceOf, type Store } from '../data/store';
import type { Interruption } from '../data/ledger';
import { decode } from '../wire/decode';
import { MAX_REACH, PROTOCOL, SUBPROTOCOL, TOPIC_METRICS, TOPIC_VERDICT } from '../wire/messages.gen';
import type { ClientMessage, HelloMessage, ServerMessage, SubscribeMessage } from '../wire/types';
import { type ConnectionEvent, reduce } from './connection-events';
import { type ConnectionState, initialState, isDead, isStale, liveAgeMs, rowAge, type StateName } from './connection-state';
import { Inbox, type InboxHost } from './inbox';
import type { RunLater } from './clock';

/** What a socket tells. */
export interface SocketEvents {
  open(): void;
  message(text: string): void;
  close(code: number, reason: string): void;
}

/** The part of a WebSocket that is needed. */
export interface Socket {
  send(text: string): void;
  /** Closes it; no event follows. */
  abandon(): void;
  /** What was asked for already, where the socket was opened before the page was there. */
  readonly subscribed?: SubscribeMessage;
  /** Tells what came before anybody listened. */
  tellPast?(): void;
}

export interface ConnectionDeps {
  readonly store: Store;
  /** The build of this page, '' where it is not known (a page served by Vite). */
  readonly build: string;
  readonly openSocket: (subprotocol: string, events: SocketEvents) => Socket;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly later: RunLater;
  readonly random: () => number;
  /** How many rows the first view needs. */
  readonly rowsWanted: (intervalMs: number) => number;
  /** The status with which the server answers plain requests; tells a refused socket from a dead server. */
  readonly probe: () => Promise<number>;
  readonly onChange: (changes: Changes) => void;
  /** Asks the API how many of some rows it has. */
  readonly countOlder: (rows: OlderRows) => Promise<number>;
  readonly inbox: InboxHost;
  /** Counts what reading a message takes. */
  readonly timed: (read: () => void) => void;
}

/** How often things are looked at while they are not well. */
const TICK_MS = 250;
const PING_MS = 5000;
/** A socket that has not opened by then never will. */
const OPEN_TIMEOUT_MS = 10_000;
const RESYNC_MS = 5000;

/** Connection keeps one socket open as long as it lives. */
export class Connection {
  readonly #deps: ConnectionDeps;
  readonly #state: Signal<ConnectionState>;
  /** A computed name would be asked for by all who listen to it at every row. */
  readonly #name: Signal<StateName>;
  readonly #stale = signal(true);
  readonly #tables = new Set<string>();
  /** How many parts of the page look at a table. */
  readonly #watchers = new Map<string, number>();
  readonly #pings = new Map<number, number>();
  readonly #inbox: Inbox;
  readonly #pictured = signal<'no' | 'drawn' | 'painted'>('no');
  #socket: Socket | undefined;
  #openedAt = 0;
  #connectAt = 0;
  #turn = 0;
  #opened = false;
  #hidden = false;
  #asked = 0;
  #pingId = 0;
  #pingAt = -Infinity;
  #resyncAt = -Infinity;
  #started = false;
  #cancelCheck: (() => void) | undefined;
  /** The state; it changes with every row. */
  readonly state: ReadonlySignal<ConnectionState>;
  /** The name of the state: changes only when it does. */
  readonly name: ReadonlySignal<StateName>;
  /** Whether every "now" on the page is old. */
  readonly stale: ReadonlySignal<boolean>;
  /** Whether a person has seen rows: what the first picture does without comes behind it. */
  readonly pictured: ReadonlySignal<boolean>;
  /** Whether there is a picture to draw. */
  readonly hasRows: ReadonlySignal<boolean>;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
    this.#state = signal(initialState(deps.now()));
    this.#name = signal(this.#state.peek().name);
    this.state = this.#state;
    this.name = this.#name;
    this.stale = this.#stale;
    this.hasRows = computed(() => this.#pictured.value !== 'no');
    this.pictured = computed(() => this.#pictured.value === 'painted');
    this.#inbox = new Inbox(deps.inbox, (text) => deps.timed(() => this.#message(text)));
  }

  /** Connects, and from then on keeps connected. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#connect();
  }

  /** The host's wall clock in Unix milliseconds, as far as it is known. */
  hostNow(): number {
    const { clock, recorded, rowT } = this.#state.peek();
    if (recorded && rowT > 0) return rowT;
    return clock ? this.#deps.now() + clock.offset : Date.now();
  }

  /** Asks for a table as long as the page is visible. */
  watchTable(name: string): () => void {
    const watchers = this.#watchers.get(name) ?? 0;
    this.#watchers.set(name, watchers + 1);
    this.#tables.add(name);
    if (watchers === 0 && this.#opened && !this.#hidden) this.#send({ type: 'subscribe', topics: [name] });
    return () => {
      // Another part of the page may still look at it.
      const left = (this.#watchers.get(name) ?? 1) - 1;
      this.#watchers.set(name, left);
      if (left > 0) return;
      this.#tables.delete(name);
      if (this.#opened && !this.#hidden) this.#send({ type: 'unsubscribe', topics: [name] });
    };
  }

  /** A hidden page keeps receiving rows, and the verdict that its title says; it does without tables. */
  setVisible(visible: boolean): void {
    if (this.#hidden === !visible) return;
    this.#hidden = !visible;
    const topics = Array.from(this.#tables).filter((name) => name !== TOPIC_VERDICT);
    if (this.#opened && topics.length > 0) this.#send({ type: visible ? 'subscribe' : 'unsubscribe', topics });
    if (visible) this.wake();
  }

  /** The page may have slept: looks at once how things stand. */
  wake(): void {
    this.#event({ type: 'wake', now: this.#deps.now() });
    this.#check();
  }

  /** The page is put away and may be taken out again: a socket would keep it from that, or pile up rows meanwhile. */
  suspend(): void {
    if (this.#socket) this.#lost(1000, '');
  }

  setOnline(online: boolean): void {
    // What is recorded comes over no network.
    if (!online && !this.#state.peek().recorded) this.#drop();
    this.#event({ type: online ? 'online' : 'offline', now: this.#deps.now() });
    this.#check();
  }

  /** Tries now what would be tried later. */
  retry(): void {
    this.#event({ type: 'retry', now: this.#deps.now() });
    this.#check();
  }

  dispose(): void {
    this.#started = false;
    this.#cancelCheck?.();
    this.#drop();
  }

  /** Looks again when something may be due. While rows come it is put off by each of them: a page that is live is not woken for nothing. */
  #checkLater(): void {
    this.#cancelCheck?.();
    if (this.#started) this.#cancelCheck = this.#deps.later(this.#restMs(), () => this.#check());
  }

  #restMs(): number {
    const state = this.#state.peek();
    if (state.name === 'RECORDED') return PING_MS;
    if (!this.#opened || state.name !== 'LIVE') return TICK_MS;
    const now = this.#deps.now();
    // Late is what is older than that.
    const tillLate = liveAgeMs(state.intervalMs) - rowAge(state, now) + 1;
    return Math.max(1, Math.min(tillLate, this.#pingAt + PING_MS - now));
  }

  #check(): void {
    const now = this.#deps.now();
    const state = this.#state.peek();
    if (this.#socket) {
      if (!this.#opened && now - this.#connectAt > OPEN_TIMEOUT_MS) this.#lost(1006, 'no answer');
      else if (this.#opened && isDead(state, now, this.#openedAt)) {
        this.#drop();
        this.#event({ type: 'watchdog', now, jitter: this.#deps.random() });
      } else if (this.#opened && (now - this.#pingAt >= PING_MS || (state.name === 'LATE' && this.#pings.size === 0))) this.#ping(now);
    } else if (state.retryAt !== undefined && now >= state.retryAt) this.#connect();
    this.#event({ type: 'tick', now });
  }

  #connect(): void {
    this.#drop();
    const now = this.#deps.now();
    this.#event({ type: 'connect', now });
    this.#connectAt = now;
    // A socket that was given up may still speak: nobody listens to it.
    const turn = this.#turn;
    const ours = (run: () => void): void => {
      if (turn === this.#turn) run();
    };
    this.#socket = this.#deps.openSocket(SUBPROTOCOL, {
      open: () => ours(() => this.#open()),
      message: (text) => ours(() => this.#inbox.push(text)),
      close: (code, reason) => ours(() => this.#lost(code, reason)),
    });
    this.#socket.tellPast?.();
  }

  #open(): void {
    const { store, rowsWanted } = this.#deps;
    this.#opened = true;
    this.#openedAt = this.#deps.now();
    const tables = Array.from(this.#tables).filter((name) => !this.#hidden || name === TOPIC_VERDICT);
    const before = this.#socket?.subscribed;
    if (before) {
      this.#asked = before.window ?? 0;
      this.#subscribe(tables.filter((table) => !before.topics.includes(table)));
    } else {
      this.#asked = clampRows(rowsWanted(store.intervalMs));
      // since and window together: a server that is another instance goes by the window.
      this.#send({ type: 'subscribe', topics: [TOPIC_METRICS, ...tables], ...sinceOf(store), window: this.#asked, parts: true });
    }
    this.#ping(this.#openedAt);
  }

  #subscribe(topics: readonly string[]): void {
    if (topics.length > 0) this.#send({ type: 'subscribe', topics });
  }

  #message(text: string): void {
    const message = decode(text);
    if (!message) return;
    const now = this.#deps.now();
    if (message.type === 'hello') this.#greet(message, now);
    if (!this.#state.peek().open) return;
    const changes = this.#deps.store.apply(message);
    const rows = addedRows(changes);
    this.#follow(message, rows, now);
    for (const change of changes) this.#answer(change, now);
    this.#deps.onChange(changes);
    // The picture that these rows make goes before whatever else has come.
    if (rows > 0 && this.#pictured.peek() === 'no') {
      this.#pictured.value = 'drawn';
      this.#inbox.holdUntilPainted(() => (this.#pictured.value = 'painted'));
    }
  }

  #greet(hello: HelloMessage, now: number): void {
    const { store, build } = this.#deps;
    const known = store.instance === hello.instance && store.newest > 0;
    const asked = known ? hello.newest - store.newest : Math.min(this.#asked, hello.newest === 0 ? 0 : hello.newest - hello.oldest + 1);
    this.#event({
      type: 'hello',
      now,
      asked: Math.max(0, asked),
      hello: {
        instance: hello.instance,
        intervalMs: hello.intervalMs,
        nowMs: hello.nowMs,
        sameProtocol: hello.protocol === PROTOCOL,
        sameBuild: build === '' || hello.build === '' || hello.build === build,
        recorded: hello.recorded === true,
      },
    });
    const wanted = clampRows(this.#deps.rowsWanted(hello.intervalMs));
    // The first request was made before the interval was known.
    if (!known && wanted > this.#asked && hello.newest - hello.oldest >= this.#asked) {
      this.#asked = wanted;
      this.#send({ type: 'subscribe', topics: [TOPIC_METRICS], window: wanted, parts: true });
    }
  }

  #follow(message: ServerMessage, rows: number, now: number): void {
    switch (message.type) {
      case 'history':
        // The rest of rows that came before says nothing about how new they are.
        if (message.part === 'rest') break;
        this.#event({ type: 'history', now, rows, more: message.more === true, t: message.t.at(-1) ?? 0 });
        break;
      case 'frame':
        if (rows > 0) this.#event({ type: 'row', now, t: message.t });
        break;
      case 'pong': {
        const sentAt = this.#pings.get(message.id);
        this.#pings.delete(message.id);
        if (sentAt !== undefined) this.#event({ type: 'pong', now, sentAt, hostMs: message.nowMs });
        break;
      }
      case 'bye':
        this.#event({ type: 'bye', now, reason: message.reason, retryMs: message.retryMs });
        break;
      case 'hello':
      case 'schema':
      case 'table':
      case 'health':
      case 'event':
      case 'verdict':
        break;
    }
  }

  /** Does what a change asks of the socket. */
  #answer(change: Change, now: number): void {
    switch (change.kind) {
      case 'resumed':
        this.#resumed(change.interruption, now);
        break;
      case 'older':
        void this.#countOlder(change.rows);
        break;
      case 'resync':
        this.#resync(now);
        break;
      case 'resync-table':
        this.#send({ type: 'unsubscribe', topics: [change.name] });
        this.#send({ type: 'subscribe', topics: [change.name] });
        break;
      case 'hello':
      case 'schema':
      case 'rows':
      case 'table':
      case 'health':
      case 'event':
      case 'verdict':
        break; // of the feed
    }
  }

  #resumed({ fromMs, toMs, filled, lost }: Interruption, now: number): void {
    this.#event({ type: 'resumed', now, afterMs: toMs - fromMs, filled, lost });
  }

  /** The account of an interruption is settled when the API has said what it has of it. */
  async #countOlder(rows: OlderRows): Promise<void> {
    const changes = this.#deps.store.countOlder(rows, await this.#deps.countOlder(rows));
    if (this.#state.peek().open) for (const change of changes) this.#answer(change, this.#deps.now());
  }

  /** Asks once for what does not fit, not again for every frame that follows. */
  #resync(now: number): void {
    if (now - this.#resyncAt < RESYNC_MS) return;
    this.#resyncAt = now;
    this.#send({ type: 'subscribe', topics: [TOPIC_METRICS], ...sinceOf(this.#deps.store), window: this.#asked, parts: true });
  }

  #ping(now: number): void {
    this.#pingAt = now;
    if (this.#pings.size > 4) this.#pings.clear();
    this.#pings.set(++this.#pingId, now);
    this.#send({ type: 'ping', id: this.#pingId, t: now });
  }

  #lost(code: number, reason: string): void {
    const refused = !this.#opened;
    this.#drop();
    this.#event({ type: 'close', now: this.#deps.now(), code, reason, jitter: this.#deps.random() });
    // A browser does not say why a handshake failed; a plain request does.
    if (refused) {
      void this.#deps.probe().then((status) => {
        if (status === 401 && !this.#socket) this.#event({ type: 'denied', now: this.#deps.now() });
      });
    }
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#turn++;
    this.#inbox.clear();
    this.#opened = false;
    this.#pings.clear();
    this.#resyncAt = -Infinity;
    socket?.abandon();
  }

  #send(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #event(event: ConnectionEvent): void {
    const state = reduce(this.#state.peek(), event);
    batch(() => {
      this.#state.value = state;
      this.#name.value = state.name;
      this.#stale.value = isStale(state, event.now);
    });
    this.#checkLater();
  }
}

const clampRows = (rows: number): number => Math.min(MAX_REACH, Math.max(60, Math.ceil(rows)));
