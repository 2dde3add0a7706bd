import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Sheet } from '../charts/sheet';
import { drawStrip } from '../charts/strip';
import { formatValue } from '../lib/format';
import type { AppState } from '../state/app-state';
import type { Resource } from '../wire/types';
import { CellHead } from './cell-head';
import { drawNote, type KeptName, type NotePart } from './cell-note';
import { useApp } from './context';
import { setAttribute, setClass, setText, useDraw, useParts, type Parts } from './live';
import { momentOf, valueOptions, type Moment } from './moment';
import { readSigns, type SignReading } from '../signs/reading';

const rows = ['use', 'sat', 'err'] as const;
type Row = (typeof rows)[number];
type Part = NotePart | Row | `${Row}-${'name' | 'text' | 'unit' | 'about' | 'strip'}`;

/** What the labels mean, for whoever asks. */
const meanings: Readonly<Record<Row, string>> = {
  use: 'how much of it is in use',
  sat: 'saturation: how much work has to wait for it',
  err: 'errors in the last five minutes',
};

/** MatrixCell is one resource: its state in shape, word and time, then its numbers. */
export function MatrixCell({ resource, strips, onFollow }: { resource: Resource; strips: () => Sheet | undefined; onFollow?: (section: string) => void }): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLElement>(null);
  const parts = useParts<Part>();
  const [kept] = useState<KeptName>(() => ({ text: '', sinceMs: -Infinity }));
  const families = [...resource.use, ...resource.sat].map(({ family }) => family);

  useDraw(root, () => {
    const cell = root.current;
    if (!cell) return;
    const moment = momentOf(app);
    setClass(cell, 'is-stale', moment.stale);
    drawNote(app, resource, moment, cell, parts, kept);
    for (const row of rows) {
      const reading = readSigns(moment.values, resource[row], moment.index);
      drawSign(app, row, reading, moment, parts);
      const [sheet, place] = [strips(), parts.get(`${row}-strip`)];
      if (sheet && place) drawStrip(sheet, place, app, reading.series, families);
    }
  }, 'text', 'once');

  return (
    <section class="matrix-cell" ref={root} aria-label={resource.title}>
      <CellHead resource={resource} parts={parts} onFollow={onFollow} />
      {rows.map((row) => (
        <div class="cell-row" key={row}>
          {onFollow ? (
            <button type="button" class="cell-label" data-reason={meanings[row]} aria-label={`${row} of ${resource.title}: explain`} ref={parts.ref(`${row}-name`)}>
              {row}
            </button>
          ) : (
            <span class="cell-label">{row}</span>
          )}
          <span class="cell-value" ref={parts.ref(row)}>
            <span ref={parts.ref(`${row}-text`)}>…</span>
            <span class="cell-unit" ref={parts.ref(`${row}-unit`)} />
            <span class="cell-unit cell-about" ref={parts.ref(`${row}-about`)} />
          </span>
          {row !== 'err' && <span class="cell-strip" ref={parts.ref(`${row}-strip`)} />}
        </div>
      ))}
    </section>
  );
}

function drawSign(app: AppState, row: Row, reading: SignReading, moment: Moment, parts: Parts<Part>): void {
  const slot = parts.get(row);
  const { text, unit, about } = signText(app, reading, moment);
  setText(parts.get(`${row}-text`), text);
  setText(parts.get(`${row}-unit`), unit);
  setText(parts.get(`${row}-about`), about);
  const cannot = text === 'n/a';
  const counted = row === 'err' && reading.value !== null && reading.value > 0;
  setClass(slot, 'is-empty', cannot || reading.value === null || reading.value === 0);
  setClass(slot, 'is-warn', !moment.stale && (reading.level === 'warn' || (counted && reading.level === 'ok')));
  setClass(slot, 'is-critical', !moment.stale && reading.level === 'critical');
  // Where nothing went wrong there is nothing to read; its place stays, so that nothing moves when something does.
  setClass(slot?.parentElement, 'is-none', row === 'err' && reading.value === 0);
  setAttribute(slot, 'data-reason', cannot ? 'This host has no source for it.' : undefined);
  setAttribute(slot, 'data-help', cannot ? undefined : reading.series && String(reading.series.id));
  setAttribute(slot, 'tabindex', cannot ? '0' : undefined);
  setAttribute(parts.get(`${row}-name`), 'data-explain', reading.series && String(reading.series.id));
}

function signText(app: AppState, reading: SignReading, moment: Moment): { text: string; unit: string; about: string } {
  if (app.feed.store.length === 0 || moment.loading) return { text: '…', unit: '', about: '' };
  if (!reading.series) return { text: 'n/a', unit: '', about: '' };
  const value = formatValue(reading.value, reading.series.unit ?? '', valueOptions(app));
  return { ...value, about: reading.value === null ? '' : (reading.sign?.text ?? '') };
}
