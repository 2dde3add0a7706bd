import { formatClock, formatDuration, formatText } from '../lib/format';
import type { TimeZone } from '../lib/time';
import type { ExplainAnswer, RawReading } from '../wire/types';
import { grouped } from './connection-words';

/** What is said of a number, in the order in which it is read. */
export interface Explained {
  readonly title: string;
  readonly help: string;
  readonly facts: readonly (readonly [name: string, text: string])[];
  /** The raw readings, the newer first. */
  readonly readings: readonly (readonly [clock: string, text: string])[];
  /** Why there are none, '' where there are. */
  readonly withoutReadings: string;
  readonly differs: string;
}

/** A second in the past, and the value that is stored of it; NaN while it is being fetched. */
export interface PastValue {
  readonly t: number;
  readonly value: number | null;
}

/**
 * explain puts an answer into words; nowMs is the host's clock. The raw readings are those
 * of the newest row: of a second in the past only what was made of them is stored.
 */
export function explain(answer: ExplainAnswer, zone: TimeZone, nowMs: number, past?: PastValue): Explained {
  const { series } = answer;
  const value = past ? past.value : answer.value === undefined ? null : answer.value * series.quantum;
  const t = past?.t ?? answer.t;
  const labels = Object.values(series.labels ?? {});
  const shown = Number.isNaN(value) ? '…' : formatText(value, series.unit ?? '');
  return {
    title: [series.name, ...labels].join(' · '),
    help: series.help ?? '',
    facts: [
      [past ? 'stored' : 'newest', `${shown} at ${formatClock(t, zone)}, ${past ? `${formatDuration(nowMs - t)} ago` : ageText(nowMs - t)}`],
      ['source', series.source === undefined || series.source === '' ? '—' : series.source === 'dashcam' ? 'computed by dashcam from other series' : series.source],
      ['formula', formulaOf(answer, series.source === 'dashcam')],
    ],
    withoutReadings: past ? 'Raw readings are kept only for the newest second.' : '',
    readings: past ? [] : answer.readings.map((reading) => [clockWithMs(reading.atMs, zone), rawText(reading)]),
    differs: answer.differs ?? '',
  };
}

function formulaOf({ formula, readings, scale, series }: ExplainAnswer, derived: boolean): string {
  if (formula !== undefined && formula !== '') return formula;
  const times = scale === 1 ? '' : `, × ${scale}`;
  // The file of an incident has no readings; a counter's rate was computed all the same.
  const form = readings[0]?.form ?? (series.kind === 'counter' ? 'counter' : undefined);
  if (form === 'counter') return `(newer − older reading) ÷ the seconds between them${times}`;
  if (form === 'ratio') return `Δ first ÷ Δ second number${times}`;
  return derived ? 'derived from the values of the same row' : `the reading itself${times}`;
}

function rawText({ form, value, num, den }: RawReading): string {
  if (form === 'ratio') return `${raw(num)} of ${raw(den)}`;
  return raw(form === 'counter' ? num : value);
}

const raw = (value: number | undefined): string => (value === undefined ? '—' : Number.isInteger(value) ? grouped(value) : String(Number(value.toPrecision(7))));

const clockWithMs = (ms: number, zone: TimeZone): string => `${formatClock(ms, zone)}.${String(Math.floor(((ms % 1000) + 1000) % 1000)).padStart(3, '0')}`;

function ageText(ms: number): string {
  return `${Math.max(0, ms / 1000).toFixed(1)} s old`;
}
