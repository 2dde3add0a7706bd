import { formatClock, formatText } from '../lib/format';
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
  readonly differs: string;
}

/** explain puts an answer into words; nowMs is the host's clock. */
export function explain(answer: ExplainAnswer, zone: TimeZone, nowMs: number): Explained {
  const { series } = answer;
  const value = answer.value === undefined ? null : answer.value * series.quantum;
  const labels = Object.values(series.labels ?? {});
  return {
    title: [series.name, ...labels].join(' · '),
    help: series.help,
    facts: [
      ['newest', `${formatText(value, series.unit ?? '')} at ${formatClock(answer.t, zone)}, ${ageText(nowMs - answer.t)}`],
      ['source', series.source === undefined || series.source === '' ? '—' : series.source === 'dashcam' ? 'computed by dashcam from other series' : series.source],
      ['formula', formulaOf(answer)],
    ],
    readings: answer.readings.map((reading) => [clockWithMs(reading.atMs, zone), rawText(reading)]),
    differs: answer.differs ?? '',
  };
}

function formulaOf({ formula, readings, scale }: ExplainAnswer): string {
  if (formula !== undefined && formula !== '') return formula;
  const times = scale === 1 ? '' : `, × ${scale}`;
  const form = readings[0]?.form;
  if (form === 'counter') return `(newer − older reading) ÷ the seconds between them${times}`;
  if (form === 'ratio') return `Δ first ÷ Δ second number${times}`;
  return `as it was read${times}`;
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
