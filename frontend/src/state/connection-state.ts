// The state of the connection, and how old what it brought is; what events make of it is in
// connection-events.ts. Times are those of a monotonic clock (performance.now), so that a
// stepped wall clock cannot make a stale number look live; only hostNowMs and rowT are Unix
// milliseconds of the host.

export type StateName =
  | 'CONNECTING'
  | 'SYNCING'
  | 'LIVE'
  | 'LATE'
  | 'RETRYING'
  | 'OFFLINE'
  | 'RESUMED'
  | 'RESTARTED'
  | 'DENIED'
  | 'OUTDATED'
  | 'FULL'
  /** The rows are those of an incident's file: no further ones come. */
  | 'RECORDED';

/** Who is slow while rows are late. */
export type Culprit = 'host' | 'network' | 'unknown';

export interface ConnectionState {
  readonly name: StateName;
  /** When the state was entered. */
  readonly since: number;
  /** Whether a socket is open and has said hello. */
  readonly open: boolean;
  /** How often connecting was tried since the last hello. */
  readonly attempt: number;
  /** When the next attempt is made; undefined where none is planned. */
  readonly retryAt: number | undefined;
  /** When the connection was lost; undefined while it is not. */
  readonly lostAt: number | undefined;
  /** Rows of history that came and that were asked for. */
  readonly progress: { readonly done: number; readonly total: number };
  readonly intervalMs: number;
  readonly instance: string;
  /** Whether the row that arrived last is the newest there is. */
  readonly synced: boolean;
  /** The newest row: the host's time of it and when it arrived here. */
  readonly rowT: number;
  readonly rowAt: number | undefined;
  /** host time − monotonic time, by the quickest of the last answers. */
  readonly clock: { readonly offset: number; readonly roundTrip: number } | undefined;
  readonly pongAt: number | undefined;
  readonly culprit: Culprit;
  /** What the server or the browser said, for a person; '' where nothing was. */
  readonly reason: string;
  /** The wait that the server asked for with bye. */
  readonly wait: number | undefined;
  /** What the last interruption cost. */
  readonly resumed: { readonly afterMs: number; readonly filled: number; readonly lost: number } | undefined;
  /** The server's build is another one than this page's. */
  readonly outdated: boolean;
  /** Whether the host is a recording, whose clock stands at its newest row. */
  readonly recorded: boolean;
}

export const initialState = (now: number): ConnectionState => ({
  name: 'CONNECTING',
  since: now,
  open: false,
  attempt: 0,
  retryAt: undefined,
  lostAt: undefined,
  progress: { done: 0, total: 0 },
  intervalMs: 1000,
  instance: '',
  synced: false,
  rowT: 0,
  rowAt: undefined,
  clock: undefined,
  pongAt: undefined,
  culprit: 'unknown',
  reason: '',
  wait: undefined,
  resumed: undefined,
  outdated: false,
  recorded: false,
});

/** A host whose answers come but whose rows do not is left this long before the socket is changed. */
const SILENT_HOST_MS = 15_000;

/** Up to this age a row is live. */
export const liveAgeMs = (intervalMs: number): number => Math.max(1.5 * intervalMs, intervalMs + 500);
/** Beyond this age nothing on the page may look live. */
export const staleAgeMs = (intervalMs: number): number => Math.max(3000, 3 * intervalMs);

/**
 * rowAge is how old the newest row is: the longer of the time since it arrived and, where
 * the host's clock is known, its age on that clock (rows that are all late by the same
 * amount arrive regularly and are old all the same). Infinity before the first row.
 */
export function rowAge(state: ConnectionState, now: number): number {
  if (state.rowAt === undefined) return Infinity;
  const arrived = now - state.rowAt;
  const byClock = state.clock ? now + state.clock.offset - state.rowT - state.clock.roundTrip / 2 : 0;
  return Math.max(0, arrived, byClock);
}

/** isStale says that no number on the page may look live. */
export function isStale(state: ConnectionState, now: number): boolean {
  // What is of the past does not get older.
  if (state.recorded && state.rowAt !== undefined) return false;
  return !state.open || !state.synced || rowAge(state, now) > staleAgeMs(state.intervalMs);
}

/** Whether the socket has to be given up: open, but nothing comes through it any more. */
export function isDead(state: ConnectionState, now: number, openedAt: number): boolean {
  if (state.recorded) return false;
  const silence = Math.min(now - openedAt, rowAge(state, now));
  if (silence <= staleAgeMs(state.intervalMs)) return false;
  const answered = state.pongAt !== undefined && now - state.pongAt < staleAgeMs(state.intervalMs) + 1000;
  // A host that answers but makes no rows would not make them for another socket either.
  return answered ? silence > Math.max(SILENT_HOST_MS, 10 * state.intervalMs) : true;
}
