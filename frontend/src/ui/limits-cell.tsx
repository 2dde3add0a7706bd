import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { formatDuration, formatValue } from '../lib/format';
import type { Limits, Resource } from '../wire/types';
import { CellHead } from './cell-head';
import { drawNote, type NotePart } from './cell-note';
import { useApp } from './context';
import { shapePath } from './icons';
import { readLimits, type LimitReading } from './limits-reading';
import { setAttribute, setClass, setProperty, setText, useDraw, useParts, type Parts } from './live';
import { momentOf, type Moment } from './moment';

const shown = 6;
/** The end of a long name stays; its middle gives way. */
const tailLength = 6;
const rerankEveryMs = 10_000;
const slots = Array.from({ length: shown }, (_, i) => i);

type SlotPart = 'row' | 'shape' | 'name' | 'head' | 'tail' | 'value' | 'fill';
type Part = NotePart | `${number}-${SlotPart}`;

/** LimitsCell lists the limits the host is nearest to; they change places seldom. */
export function LimitsCell({ resource, limits, onFollow }: { resource: Resource; limits: Limits; onFollow?: (section: string) => void }): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLElement>(null);
  const parts = useParts<Part>();
  const [ranking] = useState<Ranking>(() => ({ keys: [], sinceMs: -Infinity, states: '' }));

  useDraw(root, () => {
    const cell = root.current;
    if (!cell) return;
    const moment = momentOf(app);
    setClass(cell, 'is-stale', moment.stale);
    drawNote(app, resource, moment, cell, parts, { text: '', sinceMs: 0 });
    const readings = calm(readLimits(moment.values, limits, moment.index), ranking, moment);
    const more = readings.length - shown;
    for (const slot of slots) {
      const last = slot === shown - 1 && more > 0;
      drawLimit(parts, slot, last ? undefined : readings[slot], moment.stale, last ? `+${more + 1} more` : '');
    }
  });

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
              <span class="limit-text" ref={parts.ref(`${slot}-name`)}>
                <span class="limit-head" ref={parts.ref(`${slot}-head`)} />
                <span class="limit-tail" ref={parts.ref(`${slot}-tail`)} />
              </span>
            </span>
            <span class="limit-value" ref={parts.ref(`${slot}-value`)} />
            <span class="limit-bar">
              <span class="limit-fill" ref={parts.ref(`${slot}-fill`)} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Ranking {
  keys: readonly string[];
  sinceMs: number;
  states: string;
}

/** calm keeps the order for ten seconds, unless a limit's state changed or one came or went. */
function calm(readings: readonly LimitReading[], ranking: Ranking, moment: Moment): readonly LimitReading[] {
  const states = readings.map((r) => `${r.key}${r.level}`).sort().join();
  if (moment.pinned || states !== ranking.states || Math.abs(moment.ms - ranking.sinceMs) >= rerankEveryMs) {
    ranking.keys = readings.map((r) => r.key);
    ranking.sinceMs = moment.ms;
    ranking.states = states;
    return readings;
  }
  const byKey = new Map(readings.map((r) => [r.key, r]));
  return ranking.keys.flatMap((key) => byKey.get(key) ?? []);
}

function drawLimit(parts: Parts<Part>, slot: number, reading: LimitReading | undefined, stale: boolean, more: string): void {
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
  const cut = name.length > 2 * tailLength ? name.length - name.slice(-tailLength).trimStart().length : name.length;
  setText(parts.get(`${slot}-head`), name.slice(0, cut));
  setText(parts.get(`${slot}-tail`), name.slice(cut));
  setAttribute(parts.get(`${slot}-name`), 'data-reason', cut < name.length ? name : undefined);
  setAttribute(parts.get(`${slot}-name`), 'data-explain', reading && String(reading.id));
  setText(parts.get(`${slot}-value`), reading ? limitText(reading) : '');
  setProperty(parts.get(`${slot}-fill`), '--used', String(Math.min(100, reading?.used ?? 0)));
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
