import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { LegendItem } from '../charts/layers';
import { formatText, type FormatOptions } from '../lib/format';
import { setProperty, setText } from './live';

/** LegendHandle writes newer values into a legend whose curves stay the same. */
export type LegendValues = (items: readonly LegendItem[], options: FormatOptions) => void;

/** More curves than this are crowded under a chart of a small laptop. */
const crowd = 4;
const percent = ' %';

/** legendShape tells two legends with different buttons apart. */
export function legendShape(items: readonly LegendItem[]): string {
  return items.map(({ curve, hidden }) => `${curve.key} ${curve.color} ${hidden}`).join('\n');
}

/**
 * Legend names the curves and shows their values. A click shows one alone, a shift-click
 * switches one. The values are written by whoever holds values.current.
 */
export function Legend(props: {
  items: readonly LegendItem[];
  values: { current: LegendValues | null };
  onAlone: (key: string) => void;
  onToggle: (key: string) => void;
}): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const { values } = props;
  useLayoutEffect(() => {
    const outputs = Array.from(root.current?.querySelectorAll('.legend-value') ?? []);
    values.current = (items, options) => items.forEach(({ curve, value, loading }, i) => writeValue(outputs[i], loading === true ? '…' : formatText(value, curve.unit, options)));
    return () => {
      values.current = null;
    };
  });
  return (
    <div class={`legend ${props.items.length > crowd ? 'is-crowded' : ''}`} ref={root}>
      {props.items.map(({ curve, hidden }) => (
        <button
          type="button"
          class="legend-item"
          data-explain={curve.ids.join(' ')}
          key={curve.key}
          aria-pressed={curve.style === 'value' ? undefined : !hidden}
          disabled={curve.style === 'value'}
          onClick={(event) => (event.shiftKey ? props.onToggle(curve.key) : props.onAlone(curve.key))}
        >
          <Swatch color={curve.color} kind={curve.style} />
          <span class="legend-title">{curve.title}</span>
          <span class="legend-value" data-unit={curve.unit}>
            <span>…</span>
            <span class="legend-unit" />
          </span>
        </button>
      ))}
    </div>
  );
}

/** writeValue keeps the percent sign apart, which the axis says too: it goes where room is short. */
function writeValue(output: Element | undefined, text: string): void {
  const cut = text.endsWith(percent) ? text.length - percent.length : text.length;
  setText(output?.firstElementChild, text.slice(0, cut));
  setText(output?.lastElementChild, text.slice(cut));
}

function Swatch(props: { color: string; kind: LegendItem['curve']['style'] }): JSX.Element {
  const swatch = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => setProperty(swatch.current, '--swatch', `var(--${props.color})`), [props.color]);
  return <span class={`legend-swatch is-${props.kind}`} ref={swatch} />;
}

/** aloneOrAll hides all curves of a panel but one; if that one is alone already, none. */
export function aloneOrAll(hidden: ReadonlySet<string>, keys: readonly string[], key: string): ReadonlySet<string> {
  const others = keys.filter((other) => other !== key);
  const alone = !hidden.has(key) && others.every((other) => hidden.has(other));
  const next = new Set([...hidden].filter((other) => !keys.includes(other)));
  if (!alone) for (const other of others) next.add(other);
  return next;
}

/** toggled hides a curve or shows it again; the last one of a panel stays. */
export function toggled(hidden: ReadonlySet<string>, keys: readonly string[], key: string): ReadonlySet<string> {
  const next = new Set(hidden);
  if (next.has(key)) next.delete(key);
  else if (keys.some((other) => other !== key && !hidden.has(other))) next.add(key);
  return next;
}
