// The texts of a chart are texts of the page: a canvas that writes forces a layout at every
// frame. What belongs to a time moves with the picture, all of it by one property. What
// stands beside the picture lies under it: over it, a browser makes a layer of it, and pays
// for that at every frame, as for every transform.

import { formatTicks, formatTimeTick } from '../lib/format';
import { timeTicks } from '../lib/time';
import type { TimeGap } from '../data/gaps';
import type { AppState } from '../state/app-state';
import type { ChartData } from './chart-data';
import { rowOf, type Transform } from './painter';

/** Every chart has the same left gutter, so that time lines up down a column. */
export const GUTTER = 44;
export const AXIS_HEIGHT = 18;
/** So wide is about a letter of a note. */
const LETTER = 6;
/** A time that would be cut at an edge is left out: so much room it needs. */
const LABEL = 36;
/** A text in a stretch that moves out of sight follows the rest of it in steps. */
const FOLLOW = 8;
/** So many CSS pixels a name needs above its line. */
const NAME_HEIGHT = 12;
/** So far the state and the events hang into a plot. */
const MARKS = 6;

const GAP_TEXT: Readonly<Record<TimeGap['kind'] | 'stale', string>> = {
  'not-sampled': 'not sampled',
  'not-received': 'not received',
  'not-remembered': 'not remembered',
  restart: 'restarted',
  stale: 'no data',
};

/** gapReason says in words why there is nothing. */
const gapReason = (gap: Pick<TimeGap, 'kind' | 'why'>): string => (gap.why === '' ? GAP_TEXT[gap.kind] : `${GAP_TEXT[gap.kind]}: ${gap.why}`);

export interface ValueMarks {
  readonly values: readonly number[];
  readonly labels: readonly string[];
  /** It stands beside the title. */
  readonly unit: string;
}

/** valueMarks labels the value axis. */
export function valueMarks(data: Pick<ChartData, 'top' | 'unit' | 'bits'>): ValueMarks {
  const values = [0, data.top / 2, data.top];
  return { values, ...formatTicks(values, data.unit, { bits: data.bits }) };
}

/** PlotText is everything that is written on a plot. */
export class PlotText {
  /** What stands beside the picture, and what stands in it. */
  readonly under = element('plot-text');
  readonly over = element('plot-text is-over');
  readonly #app: AppState;
  readonly #data: ChartData;
  readonly #values: Labels;
  readonly #levels: Labels;
  readonly #times: Labels;
  readonly #notes: Labels;
  readonly #moving: readonly (readonly [HTMLElement, Labels])[];
  readonly #reason: HTMLElement;
  #ticks = { key: '', from: 0, to: -1 };
  /** The labels of the value axis, which seldom change. */
  #marks: { readonly key: string; readonly marks: ValueMarks } | undefined;
  /** The column from which places in what moves are counted. */
  #origin = NaN;

  constructor(app: AppState, data: ChartData) {
    this.#app = app;
    this.#data = data;
    this.#reason = element('plot-reason');
    this.#reason.hidden = true;
    const [times, notes] = [movingIn(this.under), movingIn(this.over)];
    this.over.append(this.#reason);
    this.#values = new Labels(this.under, 'plot-value');
    this.#levels = new Labels(this.over, 'plot-level');
    this.#times = new Labels(times, 'plot-time');
    this.#notes = new Labels(notes, 'plot-note');
    this.#moving = [
      [times, this.#times],
      [notes, this.#notes],
    ];
  }

  update(transform: Transform): void {
    this.#writeValues(transform);
    this.#writeLevels(transform);
    this.#writeTimes(transform);
    this.#writeNotes(transform);
    // No property of its own: what inherits one is styled again with it.
    for (const [el, labels] of this.#moving) if (!labels.isEmpty) set(el, 'left', `${-(transform.first - this.#origin) / transform.ratio}px`);
    this.#layer();
  }

  /** Says beside the cursor why there is nothing at its time: most gaps are too narrow for it. */
  say(reason: { readonly t: number; readonly gap: TimeGap } | undefined, { first, last, ratio }: Transform): void {
    const x = reason ? (this.#data.column(reason.t) - first) / ratio : -1;
    const isShown = reason !== undefined && x >= 0 && x <= (last - first + 1) / ratio;
    if (this.#reason.hidden === isShown) this.#reason.hidden = !isShown;
    this.#layer();
    if (!isShown) return;
    const text = gapReason(reason.gap);
    const room = (last - first + 1) / ratio - text.length * LETTER - 12;
    if (this.#reason.textContent !== text) this.#reason.textContent = text;
    set(this.#reason, '--x', `${GUTTER + Math.max(0, Math.min(x + 6, room))}px`);
  }

  /** A layer that is empty is one all the same. */
  #layer(): void {
    const isEmpty = this.#levels.isEmpty && this.#notes.isEmpty && this.#reason.hidden;
    if (this.over.hidden !== isEmpty) this.over.hidden = isEmpty;
  }

  /** The labels of the value axis. */
  marks(): ValueMarks {
    const { top, unit, bits } = this.#data;
    const key = `${top} ${unit} ${bits}`;
    if (this.#marks?.key !== key) this.#marks = { key, marks: valueMarks(this.#data) };
    return this.#marks.marks;
  }

  #writeValues(transform: Transform): void {
    const { values, labels } = this.marks();
    this.#values.write(labels.map((text, i) => ({ key: String(i), text, place: { '--y': `${rowOf(values[i] ?? 0, this.#data.top, transform) / transform.ratio}px` } })));
  }

  /** Names stand above their lines, or below where the next one or what hangs from the top is too near. */
  #writeLevels(transform: Transform): void {
    const { top } = this.#data;
    const y = (value: number): number => rowOf(value, top, transform) / transform.ratio;
    const shown = this.#data.thresholds().filter(({ value }) => value <= top);
    this.#levels.write(
      shown.map(({ value, level }) => {
        const isCrowded = y(value) - NAME_HEIGHT < MARKS || shown.some((other) => other.value > value && y(value) - y(other.value) < NAME_HEIGHT);
        return { key: level, text: level, className: `is-${level}`, place: { '--y': `${y(value) - (isCrowded ? 0 : NAME_HEIGHT)}px` } };
      }),
    );
  }

  /** Times are sought only when one comes into sight or goes out of it. */
  #writeTimes({ first, last, ratio }: Transform): void {
    const data = this.#data;
    const { window } = data;
    const width = (last - first + 1) / ratio;
    const span = window.to - window.from;
    const zone = this.#app.clock.zone();
    const key = [span, width, ratio, zone.name].join('|');
    if (key === this.#ticks.key && first >= this.#ticks.from && first < this.#ticks.to) return;
    const { ticks, stepMs } = timeTicks(window.from, window.to, width / (2 * LABEL), zone);
    const room = (span * LABEL) / 2 / Math.max(1, width);
    const shown = ticks.filter((t) => t >= window.from + room && t <= window.to - room);
    const next = [(shown[0] ?? Infinity) - room, ...[...ticks, (ticks.at(-1) ?? window.to) + stepMs].filter((t) => t > window.to - room).map((t) => t + room - span)];
    this.#ticks = { key, from: first, to: data.column(Math.min(...next)) };
    this.#origin = first;
    this.#notes.clear();
    this.#times.write(shown.map((t) => ({ key: String(t), text: formatTimeTick(t, zone, span, stepMs), place: { '--left': `${(data.column(t) - first) / ratio}px` } })));
  }

  /** Names the stretches without rows where there is room. */
  #writeNotes({ first, last, ratio }: Transform): void {
    const data = this.#data;
    const stale = data.staleFrom();
    const stretches = [
      ...data.gaps.map((gap) => ({ key: `${gap.kind}${gap.to}`, from: data.column(gap.from), to: data.column(gap.to), text: gapReason(gap), isQuiet: gap.kind === 'not-remembered' })),
      ...(stale === undefined ? [] : [{ key: 'stale', from: data.column(stale), to: last, text: GAP_TEXT.stale, isQuiet: false }]),
    ];
    this.#notes.write(
      stretches.flatMap(({ key, from, to, text, isQuiet }) => {
        const [a, b] = [Math.max(first, from), Math.min(last, to)];
        if ((b - a) / ratio < text.length * LETTER + 12) return [];
        const middle = Math.round(((a + b) / 2 - this.#origin) / ratio / FOLLOW) * FOLLOW;
        return [{ key, text, place: { '--left': `${middle}px` }, className: isQuiet ? 'is-quiet' : '' }];
      }),
    );
  }
}

interface Label {
  readonly key: string;
  readonly text: string;
  readonly place: Readonly<Record<string, string>>;
  readonly className?: string;
}

/** Labels are elements that are written to only where something is another. */
class Labels {
  readonly #parent: HTMLElement;
  readonly #name: string;
  readonly #elements = new Map<string, HTMLElement>();

  constructor(parent: HTMLElement, name: string) {
    this.#parent = parent;
    this.#name = name;
  }

  write(labels: readonly Label[]): void {
    const keys = new Set(labels.map(({ key }) => key));
    for (const [key, el] of this.#elements) {
      if (keys.has(key)) continue;
      el.remove();
      this.#elements.delete(key);
    }
    for (const { key, text, place, className } of labels) {
      let el = this.#elements.get(key);
      if (!el) {
        el = element(`${this.#name} ${className ?? ''}`.trim());
        this.#elements.set(key, el);
        this.#parent.append(el);
      }
      if (el.textContent !== text) el.textContent = text;
      for (const [name, value] of Object.entries(place)) set(el, name, value);
    }
  }

  get isEmpty(): boolean {
    return this.#elements.size === 0;
  }

  clear(): void {
    this.write([]);
  }
}

/** movingIn makes what moves with the picture, within the edges of that. */
function movingIn(text: HTMLElement): HTMLElement {
  text.setAttribute('aria-hidden', 'true');
  const [frame, moving] = [element('plot-frame'), element('plot-moving')];
  frame.append(moving);
  text.append(frame);
  return moving;
}

function element(className: string): HTMLElement {
  const el = document.createElement('div');
  el.className = className;
  return el;
}

function set(el: HTMLElement, name: string, value: string): void {
  if (el.style.getPropertyValue(name) !== value) el.style.setProperty(name, value);
}
