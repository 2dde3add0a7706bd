import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type LegendItem, panelFamilies } from '../charts/layers';
import { Plot } from '../charts/plot';
import { heightsOf, inStack } from '../charts/heights';
import { formatClock, formatText, type FormatOptions, unitLength } from '../lib/format';
import type { AppState } from '../state/app-state';
import type { Panel } from '../wire/types';
import { captionOf } from './caption';
import { useApp } from './context';
import { CoreStrip } from './core-strip';
import { aloneOrAll, Legend, legendShape, toggled, type LegendValues } from './legend';
import { setAttribute, setClass, setProperty, setText, useDraw } from './live';
import { momentOf, newestMs } from './moment';

/** A chart's sentence is for whoever reads, not for whoever watches: it need not follow every row. */
const captionEveryMs = 10_000;

/**
 * ChartPanel is a chart: a figure with a title, a sentence, the plot with the time cursor
 * as its one focusable part, and a legend with the values at the cursor. The plot of a
 * panel of the first screen is made and drawn in the frame in which the panel is mounted,
 * that of another one when it is first seen.
 */
export function ChartPanel({ panel, heading }: { panel: Panel; heading: 'h2' | 'h3' }): JSX.Element {
  const app = useApp();
  const Heading = heading;
  const root = useRef<HTMLElement>(null);
  const area = useRef<HTMLDivElement>(null);
  const slider = useRef<HTMLDivElement>(null);
  const caption = useRef<HTMLParagraphElement>(null);
  const unit = useRef<HTMLSpanElement>(null);
  const value = useRef<HTMLSpanElement>(null);
  const values = useRef<LegendValues | null>(null);
  const plot = useRef<Plot>(undefined);
  const shape = useRef('');
  const captionAt = useRef(-Infinity);
  const [items, setItems] = useState<readonly LegendItem[]>([]);

  const write = (of: Plot): void => {
    const legend = of.legend();
    const now = legendShape(legend);
    if (now !== shape.current) {
      shape.current = now;
      setItems(legend);
    }
    values.current?.(legend, rateOptions(app, panel));
    setText(unit.current, of.unit);
    setText(value.current, heightText(app, panel, legend));
    setClass(root.current, 'is-stale', momentOf(app).stale);
    if (app.clock.now() - captionAt.current < captionEveryMs) return;
    captionAt.current = app.clock.now();
    setText(caption.current, sentence(app, panel, legend));
  };
  useDraw(root, () => {
    const el = area.current;
    if (!el) return;
    plot.current ??= new Plot(el, { app, panel, drawn: () => setText(unit.current, plot.current?.unit ?? '') });
    write(plot.current);
  }, 'text', heading === 'h2' ? 'once' : 'seen');
  // What stands behind the unit stays where it is, whichever the axis takes.
  const letters = unitLetters(app, panel);
  useLayoutEffect(() => setProperty(unit.current, '--letters', String(letters)), [letters]);
  // New buttons stand with their values from the first frame on.
  useLayoutEffect(() => {
    if (plot.current) values.current?.(plot.current.legend(), rateOptions(app, panel));
  }, [app, panel, items]);
  useEffect(
    () => () => {
      plot.current?.dispose();
      plot.current = undefined;
    },
    [],
  );

  const keys = items.filter(({ curve }) => curve.style !== 'value').map(({ curve }) => curve.key);
  const hide = (next: ReadonlySet<string>): void => app.view.setHidden(next);
  const speak = (): void => setAttribute(slider.current, 'aria-valuetext', cursorText(app, panel, plot.current?.legend() ?? []));
  return (
    <figure class={`chart-panel ${hasStrip(panel) ? 'has-strip' : ''}`} ref={root} data-panel={panel.id}>
      <figcaption class="chart-head">
        <Heading class="chart-title">{panel.title}</Heading>
        <span class="chart-unit" ref={unit} />
        <span class="chart-note">{panel.subtitle}</span>
        <span class="chart-now" ref={value} aria-hidden="true" />
      </figcaption>
      <p class="visually-hidden" ref={caption} />
      <div class="chart-body">
        <div class="chart-area">
          <div class="chart-plot" ref={area} />
        <div
          class="chart-slider"
          ref={slider}
          role="slider"
          tabIndex={0}
          aria-label={`time cursor, ${panel.title}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={100}
          aria-valuetext="now"
          onKeyUp={speak}
          />
        </div>
        {hasStrip(panel) && <CoreStrip panel={panel} />}
      </div>
      <Legend
        items={items}
        values={values}
        onAlone={(key) => hide(aloneOrAll(app.view.hidden.peek(), keys, key))}
        onToggle={(key) => hide(toggled(app.view.hidden.peek(), keys, key))}
      />
    </figure>
  );
}

const hasStrip = ({ strip }: Panel): boolean => strip !== undefined && strip !== '';

/** unitLetters is the room that the unit of a panel needs, whichever of its scale its axis takes. */
function unitLetters({ feed: { store } }: AppState, panel: Panel): number {
  const [first] = panelFamilies(panel).flatMap((family) => store.find(family, panel.where));
  return unitLength(first?.unit ?? '');
}

/** EmptyPanel keeps the place of a chart until the host has said what there is. */
export function EmptyPanel({ title }: { title: string }): JSX.Element {
  return (
    <figure class="chart-panel">
      <figcaption class="chart-head">
        <h2 class="chart-title">{title}</h2>
      </figcaption>
      <div class="chart-body" />
      <div class="legend" />
    </figure>
  );
}

/** rateOptions: network rates are bits or bytes as a person chose, those of disks always bytes. */
export function rateOptions(app: AppState, panel: Panel): FormatOptions {
  return { bits: panel.section === 'network' && app.view.units.peek() === 'bits' };
}

/** heightText is how high the chart stands at the cursor, else now: the whole of a stack, else the largest curve. */
function heightText(app: AppState, panel: Panel, legend: readonly LegendItem[]): string {
  let height: number | null = null;
  for (const { curve, value, hidden, loading } of legend) {
    if (loading === true) return '…';
    if (hidden || value === null || (panel.stack === true && !inStack(curve))) continue;
    height = height === null ? value : panel.stack === true ? height + value : Math.max(height, value);
  }
  return formatText(height, legend[0]?.curve.unit ?? '', rateOptions(app, panel));
}

/** sentence speaks of the height of a chart over the window. */
function sentence(app: AppState, panel: Panel, legend: readonly LegendItem[]): string {
  const { first, values } = heights(app, panel, legend);
  if (values.length === 0) return `${panel.title}: not measured`;
  const unit = legend[0]?.curve.unit ?? '';
  return captionOf({ title: panel.title, unit, values, clockAt: (i) => formatClock(app.feed.store.time(first + i), app.clock.zone()) }, rateOptions(app, panel));
}

/** heights are those of the whole of a stack, else of the largest curve, at every row of the window that is held. */
function heights(app: AppState, panel: Panel, legend: readonly LegendItem[]): { readonly first: number; readonly values: Float64Array } {
  const { store } = app.feed;
  const { from, to } = app.shown.range();
  const first = Math.max(0, store.indexAtTime(from));
  const last = store.indexAtTime(to);
  if (last < first || legend.length === 0) return { first, values: new Float64Array() };
  const values = heightsOf(store, legend.map(({ curve }) => curve), panel.stack === true, first, last + 1);
  return { first, values };
}

/** isPeak says whether a chart is highest at the cursor. */
function isPeak(app: AppState, panel: Panel, legend: readonly LegendItem[]): boolean {
  const { state, index } = app.shown.row();
  if (state !== 'held') return false;
  const { first, values } = heights(app, panel, legend);
  const height = values[index - first];
  return height !== undefined && height > 0 && values.every((value) => Number.isNaN(value) || value <= height);
}

/** cursorText is what the slider says after a key: the second and the values at it. */
function cursorText(app: AppState, panel: Panel, legend: readonly LegendItem[]): string {
  const options = rateOptions(app, panel);
  const t = app.shown.time();
  const time = Number.isNaN(t) ? '' : formatClock(t, app.clock.zone());
  const said = legend.map(({ curve, value }) => `${curve.title} ${formatText(value, curve.unit, options)}`);
  return [t === newestMs(app.feed.store) ? `now, ${time}` : time, ...said, ...(isPeak(app, panel, legend) ? ['peak'] : [])].join(', ');
}
