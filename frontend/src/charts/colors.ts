// The tokens that canvases draw with. They live in the style sheet; a canvas has to ask.

/** Colors are the computed tokens of one element. */
export interface Colors {
  /** A series colour by its token, "c1" to "c8". */
  series(token: string): string;
  readonly text: string;
  readonly dim: string;
  readonly faint: string;
  readonly line: string;
  readonly panel: string;
  readonly grid: string;
  readonly cross: string;
  readonly hatch: string;
  readonly warn: string;
  readonly critical: string;
  readonly live: string;
  /** How opaque the filling of a series is. */
  readonly fill: number;
  readonly font: string;
}

/** The series colours in the order in which unnamed series take them. */
export const SERIES_TOKENS = ['c1', 'c2', 'c4', 'c5', 'c6', 'c3', 'c7'] as const;
/** The colour of "other". */
export const OTHER_TOKEN = 'c8';

/** readColors asks the style sheet once; ask again when the theme changes. */
export function readColors(el: Element): Colors {
  const style = getComputedStyle(el);
  const token = (name: string, fallback: string): string => {
    const value = style.getPropertyValue(name).trim();
    return value === '' ? fallback : value;
  };
  const series = new Map(['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8'].map((name) => [name, token(`--${name}`, '#888888')]));
  return {
    series: (name) => series.get(name) ?? series.get(OTHER_TOKEN) ?? '#888888',
    text: token('--color-text', '#000000'),
    dim: token('--color-dim', '#555555'),
    faint: token('--color-faint', '#777777'),
    line: token('--color-line', '#cccccc'),
    panel: token('--color-panel', '#ffffff'),
    grid: token('--color-grid', '#eeeeee'),
    cross: token('--color-cross', '#333333'),
    hatch: token('--color-hatch', '#999999'),
    warn: token('--color-warn', '#996600'),
    critical: token('--color-critical', '#990033'),
    live: token('--color-live', '#007744'),
    fill: Number(token('--fill', '0.3')),
    font: token('--font', 'sans-serif'),
  };
}

/** watchColors reads the colours of an element and again whenever the theme changes. */
export interface ColorSource {
  readonly colors: Colors;
  dispose(): void;
}

export function watchColors(el: Element, changed: () => void): ColorSource {
  let colors: Colors | undefined;
  const renew = (): void => {
    colors = undefined;
    changed();
  };
  const observer = new MutationObserver(renew);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
  const queries = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map((query) => matchMedia(query));
  for (const query of queries) query.addEventListener('change', renew);
  return {
    get colors() {
      colors ??= readColors(el);
      return colors;
    },
    dispose() {
      observer.disconnect();
      for (const query of queries) query.removeEventListener('change', renew);
    },
  };
}

/** mixed is so much of a colour in another one, as opaque as that. */
export const mixed = (color: string, share: number, ground: string): string => `color-mix(in srgb, ${color} ${Math.round(share * 100)}%, ${ground})`;

/** withAlpha gives a colour an opacity, whatever notation it is in. */
export const withAlpha = (color: string, alpha: number): string => `color-mix(in srgb, ${color} ${Math.round(alpha * 100)}%, transparent)`;
