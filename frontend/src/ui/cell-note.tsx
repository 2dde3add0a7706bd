import type { JSX } from 'preact';
import { formatClock, formatMoment, truncateMiddle } from '../lib/format';
import type { AppState } from '../state/app-state';
import type { Resource } from '../wire/types';
import { shapePath } from './icons';
import { setAttribute, setClass, setText, type Parts } from './live';
import { valueText, type Moment } from './moment';
import { readState, readWorst } from '../signs/reading';
import { isBadState, stateShape, wordOf } from '../signs/worst';

export type NotePart = 'note-text' | 'note-link' | 'note-time' | 'shape';

/** CellNote stands at the right of a cell's head: its state, or what is worth knowing while it is well. */
export function CellNote({ parts }: { parts: Parts<NotePart> }): JSX.Element {
  return (
    <p class="cell-note">
      <svg viewBox="0 0 9 9" fill="currentColor" aria-hidden="true">
        <path ref={parts.ref('shape')} />
      </svg>
      <span class="note-text">
        <span ref={parts.ref('note-text')} />
        <span class="note-link" ref={parts.ref('note-link')} />
        <span ref={parts.ref('note-time')} />
      </span>
    </p>
  );
}

/** The name of the worst device, kept for a while so that it can be read. */
export interface KeptName {
  text: string;
  sinceMs: number;
}

const keepNameMs = 10_000;

/** keepName lets a name stand for ten seconds, however the devices change places; a second that is pinned has its own. */
export function keepName(text: string, kept: KeptName, ms: number, pinned: boolean): string {
  if (pinned || Math.abs(ms - kept.sinceMs) >= keepNameMs) {
    kept.text = text;
    kept.sinceMs = ms;
  }
  return kept.text;
}

/** drawNote writes a cell's state, or its caption, and colours the cell's edge. */
export function drawNote(app: AppState, resource: Resource, moment: Moment, cell: Element, parts: Parts<NotePart>, kept: KeptName): void {
  const state = readState(moment.values, resource, moment.index);
  const bad = !moment.stale && isBadState(state);
  setClass(cell, 'is-warn', bad && state.level === 'warn');
  setClass(cell, 'is-critical', bad && state.level === 'critical');
  const shape = parts.get('shape');
  setAttribute(shape?.closest('svg'), 'hidden', bad ? undefined : '');
  if (bad) setAttribute(shape, 'd', shapePath(stateShape(state)));
  const since = bad ? state.sinceMs : null;
  setText(parts.get('note-text'), bad ? wordOf(resource, state) : moment.stale ? asOf(app, moment) : caption(app, resource, moment, kept));
  setText(parts.get('note-link'), since === null ? '' : state.cause === 'errors' ? ', last' : ' since');
  setText(parts.get('note-time'), since === null ? '' : ` ${sinceText(app, since)}`);
}

/** sinceText is a time of day, with the date instead of the seconds where it was another day. */
function sinceText(app: AppState, since: number): string {
  const moment = formatMoment(since, app.shown.time(), app.clock.zone());
  return moment.length > 8 ? moment.slice(5, 16) : moment;
}

/** asOf says how old what is shown is. */
export function asOf(app: AppState, moment: Moment): string {
  return moment.index < 0 ? '' : `as of ${formatClock(moment.ms, app.clock.zone())}`;
}

function caption(app: AppState, resource: Resource, moment: Moment, kept: KeptName): string {
  if (resource.limits) return 'nearest first';
  const worst = readWorst(moment.values, resource, moment.index);
  if (worst) {
    const text = worst.of > 1 ? `${truncateMiddle(worst.name, 14)}, worst of ${worst.of}` : truncateMiddle(worst.name, 18);
    return keepName(text, kept, moment.ms, moment.pinned);
  }
  const words = (resource.caption ?? []).map((part) => {
    if (part.family === undefined || part.family === '') return part.text ?? '';
    const series = moment.values.find(part.family, part.match)[0];
    const value = series && moment.index >= 0 ? moment.values.value(series.id, moment.index) : null;
    return series && value !== null ? valueText(app, value, series.unit) : undefined;
  });
  return words.every((word) => word !== undefined) ? words.join('') : '';
}
