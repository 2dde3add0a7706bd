import { formatDuration } from '../lib/format';
import { rowAge, type ConnectionState } from '../state/connection-state';

type Tone = 'live' | 'late' | 'retrying' | 'held' | 'quiet' | 'denied';
export type Dot = 'solid' | 'hollow' | 'half';

/** What stands in the bar about the connection: a shape, a word and the rest of the sentence. */
export interface ConnectionWords {
  readonly tone: Tone;
  readonly dot: Dot;
  readonly word: string;
  readonly detail: string;
  /** speak is read out by a screen reader; it changes only with the state. */
  readonly speak: string;
}

/** What of the view the words depend on. */
export interface ViewMode {
  readonly mode: 'FOLLOW' | 'HELD' | 'RANGE';
  /** heldForMs is how much longer the pointer holds the view; undefined while it does not. */
  readonly heldForMs: number | undefined;
  /** behindMs is how far the cursor lies behind the newest row; less than 0 for a time that has not come yet. */
  readonly behindMs: number | undefined;
}

/**
 * connectionWords says how the connection is doing. clock is the host's time of the
 * newest row, with its offset, as text; cursorClock that of the pinned cursor.
 */
export function connectionWords(state: ConnectionState, now: number, clock: string, view: ViewMode, cursorClock: string): ConnectionWords {
  switch (state.name) {
    case 'CONNECTING':
      return { tone: 'quiet', dot: 'hollow', word: 'CONNECTING', detail: '', speak: 'connecting' };
    case 'SYNCING':
      return {
        tone: 'quiet',
        dot: 'half',
        word: 'SYNCING',
        detail: `catching up ${grouped(state.progress.done)} of ${grouped(state.progress.total)}`,
        speak: 'catching up',
      };
    case 'LATE':
      return {
        tone: 'late',
        dot: 'half',
        word: 'LATE',
        detail: `${seconds(rowAge(state, now))} old · ${culprits[state.culprit]}`,
        speak: `late, ${culprits[state.culprit]}`,
      };
    case 'RETRYING':
      return { tone: 'retrying', dot: 'hollow', word: 'RETRYING', detail: retryDetail(state, now, clock), speak: 'connection lost, retrying' };
    case 'OFFLINE':
      return { tone: 'retrying', dot: 'hollow', word: 'OFFLINE', detail: last(state, clock, 'waiting for the network'), speak: 'offline' };
    case 'DENIED':
      return { tone: 'denied', dot: 'hollow', word: 'SIGNED OUT', detail: last(state, clock, 'sign in to go on'), speak: 'signed out' };
    case 'FULL':
      return { tone: 'retrying', dot: 'hollow', word: 'FULL', detail: retryDetail(state, now, clock), speak: 'too many viewers' };
    case 'OUTDATED':
      if (state.open && state.synced) break;
      return { tone: 'denied', dot: 'hollow', word: 'OUTDATED', detail: last(state, clock, 'reload the page'), speak: 'another version of dashcam, reload the page' };
    case 'RESUMED': {
      const cost = state.resumed;
      const detail = cost ? `back after ${lengthWords(cost.afterMs)} · ${grouped(cost.filled)} filled · ${grouped(cost.lost)} lost` : 'back';
      return { tone: 'live', dot: 'solid', word: 'RESUMED', detail, speak: 'connected again' };
    }
    case 'RESTARTED':
      return { tone: 'live', dot: 'solid', word: 'RESTARTED', detail: 'dashcam was started anew', speak: 'dashcam was started anew' };
    case 'RECORDED':
      return { tone: 'held', dot: 'hollow', word: 'RECORDED', detail: cursorClock === '' ? `until ${clock}` : cursorClock, speak: 'a recorded incident' };
    case 'LIVE':
      break;
  }
  return chosen(view, clock, cursorClock);
}

function chosen(view: ViewMode, clock: string, cursorClock: string): ConnectionWords {
  if (view.mode === 'HELD' || (view.mode === 'RANGE' && cursorClock !== '')) {
    return { tone: 'held', dot: 'hollow', word: view.mode, detail: `${cursorClock}${distanceWords(view.behindMs)} · L for live`, speak: view.mode === 'HELD' ? 'held' : 'showing a range' };
  }
  if (view.mode === 'RANGE') return { tone: 'held', dot: 'hollow', word: 'RANGE', detail: `${clock} · L for live`, speak: 'showing a range' };
  if (view.heldForMs !== undefined) return { tone: 'live', dot: 'solid', word: 'LIVE', detail: `held by pointer, ${seconds(view.heldForMs)}`, speak: 'live' };
  return { tone: 'live', dot: 'solid', word: 'LIVE', detail: clock, speak: 'live' };
}

/** distanceWords says how far a second lies from the newest row; a link may lead to one that has not come yet. */
function distanceWords(behindMs: number | undefined): string {
  if (behindMs === undefined) return '';
  return behindMs <= -1000 ? ` · in ${formatDuration(-behindMs)}` : ` · ${formatDuration(behindMs)} behind`;
}

const culprits: Readonly<Record<ConnectionState['culprit'], string>> = {
  host: 'host slow',
  network: 'network slow',
  unknown: 'late',
};

function retryDetail(state: ConnectionState, now: number, clock: string): string {
  const wait = state.retryAt === undefined ? 0 : Math.max(0, state.retryAt - now);
  return last(state, clock, wait < 500 ? 'connecting' : `retry in ${Math.ceil(wait / 1000)} s`);
}

function last(state: ConnectionState, clock: string, what: string): string {
  return state.rowAt === undefined ? what : `last ${clock} · ${what}`;
}

const seconds = (ms: number): string => (Number.isFinite(ms) ? `${Math.max(1, Math.round(ms / 1000))} s` : '…');

/** delayWords says how long the quickest of the last answers took. */
export function delayWords(clock: ConnectionState['clock']): string {
  return clock && Number.isFinite(clock.roundTrip) ? `${Math.max(1, Math.round(clock.roundTrip))} ms` : '—';
}

/** clockWords says by how much the host's clock is ahead of the browser's; what is less than the way there cannot be told. */
export function clockWords(clock: ConnectionState['clock'], aheadMs: number): string {
  if (!clock || !Number.isFinite(clock.roundTrip)) return '—';
  const size = Math.abs(aheadMs);
  if (size <= Math.max(2, clock.roundTrip / 2)) return 'the same';
  return `${size < 10_000 ? `${grouped(size)} ms` : formatDuration(size)} ${aheadMs > 0 ? 'ahead' : 'behind'}`;
}

/** lengthWords says how long an interruption was; rows are whole intervals apart but for a millisecond or two. */
export const lengthWords = (ms: number): string => formatDuration(Math.round(ms / 1000) * 1000);

/** grouped writes a count with commas at thousands. */
export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}
