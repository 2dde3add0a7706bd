import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { watchSize } from '../charts/canvas';
import { formatDuration, formatValue } from '../lib/format';
import type { Limits, Resource } from '../wire/types';
import { CellHead } from './cell-head';
import { drawNote, type NotePart } from './cell-note';
import { useApp } from './context';
import { fitMiddle, measureIn } from './fit-text';
import { shapePath } from './icons';
import { calm, readLimits, type LimitReading, type Ranking } from '../signs/limits';
import { setAttribute, setClass, setProperty, setText, useDraw, useParts, type Parts } from './live';
import { momentOf } from './moment';

const shown = 6;
const slots = Array.from({ length: shown }, (_, i) => i);

type SlotPart = 'row' | 'shape' | 'name' | 'value' | 'fill';
type Part = NotePart | `${number}-${SlotPart}` | 'more';

/** LimitsCell lists the limits the host is nearest to; they change places seldom. */
export function LimitsCell({ resource, limits, onFollow }: { resource: Resource; limits: Limits; onFollow?: (section: string) => void }): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLElement>(null);
  const parts = useParts<Part>();
  const [ranking] = useState<Ranking>(() => ({ keys: [], sinceMs: -Infinity, states: '' }));
  const fit = useRef<Fit | undefined>(undefined);
  /** All of them while the list is open. */
  const [listed, setListed] = useState<readonly LimitReading[] | undefined>(undefined);
  const opened = useRef(false);

  useEffect(() => {
    const place = parts.get('0-name')?.parentElement;
    if (!place) return undefined;
    const size = watchSize(place, () => {
      fit.current = fitOf(place, size.width());
      app.frameLoop.markDirty('size');
    });
    return () => size.dispose();
  }, [app, parts]);

  useDraw(root, () => {
    const cell = root.current;
    if (!cell) return;
    const moment = momentOf(app);
    setClass(cell, 'is-stale', moment.stale);
    drawNote(app, resource, moment, cell, parts, { text: '', sinceMs: 0 });
    const readings = calm(readLimits(moment.values, limits, moment.index), ranking, moment.ms, moment.pinned);
    const more = readings.length - shown;
    for (const slot of slots) {
      const last = slot === shown - 1 && more > 0;
      drawLimit(parts, slot, last ? undefined : readings[slot], moment.stale, last ? `+${more + 1} more` : '', fit.current);
    }
    // Where nothing is there to click (a wall) it stays a text.
    const button = parts.get('more');
    setText(button, more > 0 ? `+${more + 1} more` : '');
    setAttribute(button, 'hidden', more > 0 ? undefined : '');
    if (button) setAttribute(parts.get(`${shown - 1}-name`), 'hidden', more > 0 ? '' : undefined);
    if (opened.current) setListed(readings);
  }, 'text', 'once');

  return (
    <section class="matrix-cell limits-cell is-limits" ref={root} aria-label={resource.title}>
      <CellHead resource={resource} parts={parts} onFollow={onFollow} />
      <ul class="limits-list">
        {slots.map((slot) => (
          <li class="limit" key={slot} ref={parts.ref(`${slot}-row`)}>
            <span class="limit-name">
              <svg viewBox="0 0 9 9" fill="currentColor" aria-hidden="true" hidden>
                <path ref={parts.ref(`${slot}-shape`)} />
              </svg>
              <span class="limit-text" ref={parts.ref(`${slot}-name`)} />
              {slot === shown - 1 && onFollow && <button type="button" class="limit-more" ref={parts.ref('more')} popovertarget="limits-popover" aria-label="all limits" hidden />}
            </span>
            <span class="limit-bar">
              <span class="limit-fill" ref={parts.ref(`${slot}-fill`)} />
            </span>
            <span class="limit-value" ref={parts.ref(`${slot}-value`)} />
          </li>
        ))}
      </ul>
      {onFollow && (
        <div
          class="popover limits-popover"
          id="limits-popover"
          popover="auto"
          onToggle={(event) => {
            opened.current = event.newState === 'open';
            if (opened.current && root.current) setProperty(event.currentTarget, '--popover-left', `${Math.round(root.current.getBoundingClientRect().left)}px`);
            setListed(undefined);
            app.frameLoop.markDirty('state');
          }}
        >
          <h2>All limits, the nearest first</h2>
          <ul class="limits-list">
            {(listed ?? []).map((reading) => (
              <li key={reading.key} class={`limit ${reading.level === 'ok' ? '' : `is-${reading.level}`}`}>
                <span class="limit-name">{reading.name}</span>
                <span class="limit-value">{limitText(reading)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function drawLimit(parts: Parts<Part>, slot: number, reading: LimitReading | undefined, stale: boolean, more: string, fit: Fit | undefined): void {
  const row = parts.get(`${slot}-row`);
  const level = stale ? 'ok' : (reading?.level ?? 'ok');
  const bad = level !== 'ok';
  setAttribute(row, 'hidden', reading || more !== '' ? undefined : '');
  setClass(row, 'is-warn', level === 'warn');
  setClass(row, 'is-critical', level === 'critical');
  setClass(row, 'is-more', more !== '');
  const shape = parts.get(`${slot}-shape`);
  setAttribute(shape?.closest('svg'), 'hidden', bad ? undefined : '');
  if (bad) setAttribute(shape, 'd', shapePath(level === 'critical' ? 'critical' : 'warn'));
  const name = reading?.name ?? more;
  const value = reading ? limitText(reading) : '';
  const text = fit ? fit(name) : name;
  setText(parts.get(`${slot}-name`), text);
  setAttribute(parts.get(`${slot}-name`), 'data-reason', text === name ? undefined : name);
  setAttribute(parts.get(`${slot}-name`), 'data-explain', reading && String(reading.id));
  setText(parts.get(`${slot}-value`), value);
  setProperty(parts.get(`${slot}-fill`), '--used', String(Math.min(100, reading?.used ?? 0)));
}

/** Fit shortens a name to its place. */
type Fit = (name: string) => string;

/** fitOf fits names into a place of a width; measuring is for what was not asked before. */
function fitOf(place: Element, width: number): Fit {
  const widthOf = measureIn(place);
  const known = new Map<string, string>();
  return (name) => {
    const text = known.get(name) ?? fitMiddle(name, Math.floor(width), widthOf);
    known.set(name, text);
    return text;
  };
}

function limitText(reading: LimitReading): string {
  if (reading.full !== undefined && reading.unit !== undefined) {
    const now = formatValue((reading.used / 100) * reading.full, reading.unit, { slot: 'short' });
    return `${now.text}/${Math.round(reading.full)} ${now.unit}`;
  }
  const used = `${formatValue(reading.used, 'percent', { slot: 'short' }).text} %`;
  return reading.fullInSeconds === null ? used : `${used}, ${formatDuration(roundSpan(reading.fullInSeconds * 1000))}`;
}

/** roundSpan leaves one unit: a forecast is not exact. */
function roundSpan(ms: number): number {
  const unit = ms >= 86_400_000 ? 86_400_000 : ms >= 3_600_000 ? 3_600_000 : 60_000;
  return Math.max(1, Math.round(ms / unit)) * unit;
}
