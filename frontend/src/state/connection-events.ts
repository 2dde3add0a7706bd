// What happened to a connection, and what its state is then: a pure function.

import {
  CLOSE_IDLE,
  CLOSE_PROTOCOL,
  CLOSE_SIGNED_OUT,
  CLOSE_STOPPING,
  CLOSE_TOO_BIG,
  CLOSE_TOO_MANY,
  CLOSE_TRY_LATER,
  CLOSE_VERSION,
} from '../wire/messages.gen';
import { type ConnectionState, liveAgeMs, rowAge, staleAgeMs, type StateName } from './connection-state';

export type ConnectionEvent =
  | { readonly type: 'connect'; readonly now: number }
  | { readonly type: 'hello'; readonly now: number; readonly hello: Greeting; readonly asked: number }
  | { readonly type: 'history'; readonly now: number; readonly rows: number; readonly more: boolean; readonly t: number }
  | { readonly type: 'row'; readonly now: number; readonly t: number }
  | { readonly type: 'resumed'; readonly now: number; readonly afterMs: number; readonly filled: number; readonly lost: number }
  | { readonly type: 'pong'; readonly now: number; readonly sentAt: number; readonly hostMs: number }
  | { readonly type: 'bye'; readonly now: number; readonly reason: string; readonly retryMs: number }
  | { readonly type: 'close'; readonly now: number; readonly code: number; readonly reason: string; readonly jitter: number }
  | { readonly type: 'watchdog'; readonly now: number; readonly jitter: number }
  | { readonly type: 'tick'; readonly now: number }
  | { readonly type: 'denied'; readonly now: number }
  | { readonly type: 'offline'; readonly now: number }
  | { readonly type: 'online'; readonly now: number }
  | { readonly type: 'wake'; readonly now: number }
  | { readonly type: 'retry'; readonly now: number };

/** What of hello the state depends on. */
interface Greeting {
  readonly instance: string;
  readonly intervalMs: number;
  readonly nowMs: number;
  readonly sameProtocol: boolean;
  readonly sameBuild: boolean;
  readonly recorded: boolean;
}

/** How long the notes RESUMED and RESTARTED stand. */
const NOTE_MS = 3000;
/** The first wait, the longest, and the one after two minutes without success. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const PATIENT_AFTER_MS = 120_000;
const PATIENT_WAIT_MS = 30_000;
/** The wait before another try at a server that is full and did not say when. */
const FULL_WAIT_MS = 5000;

/** retryWait is how long to wait before an attempt; jitter is in [0, 1). */
export function retryWait(attempt: number, lostForMs: number, jitter: number): number {
  const longest = lostForMs >= PATIENT_AFTER_MS ? PATIENT_WAIT_MS : LONGEST_WAIT_MS;
  const wait = lostForMs >= PATIENT_AFTER_MS ? PATIENT_WAIT_MS : Math.min(longest, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return wait * (0.5 + jitter / 2);
}

/** reduce returns the state after an event; the same object where nothing changed. */
export function reduce(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  const { now } = event;
  if (!canCome(state, event)) return state;
  switch (event.type) {
    case 'connect':
      if (state.name === 'OFFLINE' || isFinal(state)) return state;
      return enter({ ...state, retryAt: undefined, attempt: state.attempt + 1, open: false, wait: undefined }, state.lostAt === undefined ? 'CONNECTING' : state.name, now);
    case 'hello':
      return greet(state, event.hello, event.asked, now);
    case 'history':
      return historyCame(state, event, now);
    case 'row':
      return fresh({ ...state, synced: true, rowT: event.t, rowAt: now }, now);
    case 'resumed':
      return resume(state, event, now);
    case 'pong': {
      const roundTrip = Math.max(0, now - event.sentAt);
      const offset = event.hostMs - (now + event.sentAt) / 2;
      // A slow answer says less about the clock than a quick one, unless the clock moved.
      const better = !state.clock || roundTrip <= state.clock.roundTrip * 1.5 || Math.abs(offset - state.clock.offset) > roundTrip;
      return { ...state, pongAt: now, clock: better ? { offset, roundTrip } : state.clock };
    }
    case 'bye':
      return { ...state, reason: event.reason, wait: event.retryMs };
    case 'close':
      return close(state, event.code, event.reason, event.jitter, now);
    case 'watchdog':
      return lose(state, 'RETRYING', 'no rows', event.jitter, now);
    case 'tick':
      return tick(state, now);
    case 'denied':
      return enter({ ...state, open: false, synced: false, retryAt: undefined, lostAt: state.lostAt ?? now }, 'DENIED', now);
    case 'offline':
      if (isFinal(state) || state.recorded) return state;
      return enter({ ...state, open: false, synced: false, retryAt: undefined, lostAt: state.lostAt ?? now }, 'OFFLINE', now);
    case 'online':
      if (state.name !== 'OFFLINE') return state;
      return enter({ ...state, retryAt: now, attempt: 0 }, state.rowAt === undefined ? 'CONNECTING' : 'RETRYING', now);
    case 'wake':
      return state.retryAt === undefined || state.name === 'FULL' ? state : { ...state, retryAt: now };
    case 'retry':
      if (state.open || state.name === 'OFFLINE') return state;
      if (state.name === 'DENIED') return enter({ ...state, retryAt: now, attempt: 0 }, 'RETRYING', now);
      return state.retryAt === undefined ? state : { ...state, retryAt: now };
  }
}

/** What a socket tells is of nobody's when there is none: it was given up, and this is late. */
function canCome(state: ConnectionState, event: ConnectionEvent): boolean {
  switch (event.type) {
    case 'history':
    case 'row':
    case 'resumed':
    case 'pong':
      return state.open;
    case 'hello':
      return state.name !== 'OFFLINE' && !isFinal(state);
    case 'bye':
    case 'close':
      return state.name !== 'OFFLINE';
    case 'connect':
    case 'watchdog':
    case 'tick':
    case 'denied':
    case 'offline':
    case 'online':
    case 'wake':
    case 'retry':
      return true;
  }
}

/** States that do not end by waiting. */
const isFinal = (state: ConnectionState): boolean => state.name === 'DENIED' || (state.name === 'OUTDATED' && !state.open);

function enter(state: ConnectionState, name: StateName, now: number): ConnectionState {
  return state.name === name ? state : { ...state, name, since: now };
}

function greet(state: ConnectionState, hello: Greeting, asked: number, now: number): ConnectionState {
  const restarted = state.instance !== '' && state.instance !== hello.instance;
  const next: ConnectionState = {
    ...state,
    open: true,
    attempt: 0,
    retryAt: undefined,
    reason: '',
    wait: undefined,
    instance: hello.instance,
    intervalMs: hello.intervalMs,
    progress: { done: 0, total: asked },
    synced: false,
    culprit: 'unknown',
    pongAt: now,
    // How long hello was under way is not known: any answer to a ping knows better.
    clock: { offset: hello.nowMs - now, roundTrip: Infinity },
    outdated: state.outdated || !hello.sameBuild || !hello.sameProtocol,
    recorded: hello.recorded,
  };
  if (!hello.sameProtocol) return enter({ ...next, open: false, lostAt: state.lostAt ?? now }, 'OUTDATED', now);
  if (next.outdated) return enter(next, 'OUTDATED', now);
  return enter(next, restarted ? 'RESTARTED' : 'SYNCING', now);
}

function historyCame(state: ConnectionState, event: { readonly rows: number; readonly more: boolean; readonly t: number }, now: number): ConnectionState {
  const done = state.progress.done + event.rows;
  const next = { ...state, progress: { done, total: Math.max(done, state.progress.total) } };
  if (event.more) return next;
  const newer = event.t > state.rowT;
  return fresh({ ...next, synced: true, rowT: newer ? event.t : state.rowT, rowAt: newer || state.rowAt === undefined ? now : state.rowAt }, now);
}

/** A row has come: the state follows its age, a note stands out its time. */
function fresh(state: ConnectionState, now: number): ConnectionState {
  const found = { ...state, lostAt: undefined, culprit: 'unknown' as const };
  if (state.name === 'OUTDATED') return found;
  if (state.recorded) return enter(found, 'RECORDED', now);
  if ((state.name === 'RESUMED' || state.name === 'RESTARTED') && now - state.since < NOTE_MS) return found;
  return tick(enter(found, 'LIVE', now), now);
}

function resume(state: ConnectionState, { afterMs, filled, lost }: NonNullable<ConnectionState['resumed']>, now: number): ConnectionState {
  const next = { ...state, resumed: { afterMs, filled, lost }, lostAt: undefined };
  return state.name === 'OUTDATED' || state.name === 'RESTARTED' ? next : enter(next, 'RESUMED', now);
}

/** Time passed and nothing happened. */
function tick(state: ConnectionState, now: number): ConnectionState {
  if (!state.open || !state.synced) return state;
  if (state.name === 'OUTDATED' || state.recorded) return state;
  const age = rowAge(state, now);
  if (age > liveAgeMs(state.intervalMs)) {
    const answered = state.pongAt !== undefined && now - state.pongAt < staleAgeMs(state.intervalMs) + state.intervalMs;
    const culprit = answered ? 'host' : 'network';
    const late = enter(state, 'LATE', now);
    return late.culprit === culprit ? late : { ...late, culprit };
  }
  if ((state.name === 'RESUMED' || state.name === 'RESTARTED') && now - state.since < NOTE_MS) return state;
  return enter(state, 'LIVE', now);
}

function close(state: ConnectionState, code: number, reason: string, jitter: number, now: number): ConnectionState {
  switch (code) {
    case CLOSE_SIGNED_OUT:
      return enter({ ...state, open: false, synced: false, retryAt: undefined, lostAt: state.lostAt ?? now, reason: 'signed out' }, 'DENIED', now);
    case CLOSE_VERSION:
    case CLOSE_PROTOCOL:
      return enter({ ...state, open: false, synced: false, outdated: true, retryAt: undefined, lostAt: state.lostAt ?? now, reason: 'another version' }, 'OUTDATED', now);
    case CLOSE_TRY_LATER:
      return lose(state, state.reason === 'slow' ? 'RETRYING' : 'FULL', state.reason === 'slow' ? 'this page was too slow' : 'too many viewers', jitter, now);
    case CLOSE_STOPPING:
      return lose(state, 'RETRYING', 'dashcam is stopping', jitter, now);
    case CLOSE_TOO_BIG:
    case CLOSE_TOO_MANY:
    case CLOSE_IDLE:
      return lose(state, 'RETRYING', reason === '' ? `closed with ${code}` : reason, jitter, now);
    default:
      return lose(state, 'RETRYING', reason, jitter, now);
  }
}

function lose(state: ConnectionState, name: 'RETRYING' | 'FULL', reason: string, jitter: number, now: number): ConnectionState {
  if (state.name === 'OFFLINE' || isFinal(state)) return { ...state, open: false, synced: false };
  const lostAt = state.lostAt ?? now;
  const asked = state.wait ?? (name === 'FULL' ? FULL_WAIT_MS : undefined);
  // What many pages were told at once is spread, always later than asked for.
  const wait = asked !== undefined && asked > 0 ? asked * (1 + jitter / 2) : retryWait(Math.max(0, state.attempt - 1), now - lostAt, jitter);
  const next = { ...state, open: false, synced: false, lostAt, reason, wait: undefined, retryAt: now + wait };
  return enter(next, name, now);
}
