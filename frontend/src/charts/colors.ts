// The tokens that canvases draw with. They live in the style sheet; a canvas has to ask.

import type { Inks } from './painter';
import { type Ink, inkOf } from './pixels';

/** Colors are the computed tokens of one element. */
export interface Colors {
  /** A series colour by its token, "c1" to "c8". */
  series(token: string): string;
  /** The same colours as pixels hold them. */
  readonly inks: () => Inks;
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
  const colors = {
    series: (name: string) => series.get(name) ?? series.get(OTHER_TOKEN) ?? '#888888',
    text: token('--ink-text', '#000000'),
    dim: token('--ink-dim', '#555555'),
    faint: token('--ink-faint', '#777777'),
    line: token('--ink-line', '#cccccc'),
    panel: token('--ink-panel', '#ffffff'),
    grid: token('--ink-grid', '#eeeeee'),
    cross: token('--ink-cross', '#333333'),
    hatch: token('--ink-hatch', '#999999'),
    warn: token('--color-warn', '#996600'),
    critical: token('--color-critical', '#990033'),
    fill: alphaOf(token('--color-fill', 'rgba(0, 0, 0, 0.3)')),
    font: token('--font', 'sans-serif'),
  };
  let inks: Inks | undefined;
  return {
    ...colors,
    // No getters here: an engine keeps the first one of a literal, and what that one holds.
    inks: () => (inks ??= inksOf(colors)),
  };
}

/** alphaOf is how opaque a computed colour is: "rgba(0, 0, 0, 0.2)" is 0.2. */
const alphaOf = (color: string): number => Number(/([\d.]+)\)$/.exec(color)?.[1] ?? 1);

/** inksOf asks a canvas, which understands every notation of a colour. */
function inksOf(colors: Omit<Colors, 'inks'>): Inks {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const ctx = canvas.getContext('2d', { willReadFrequently: true });
  const known = new Map<string, Ink>();
  const ink = (color: string): Ink => {
    let found = known.get(color);
    if (found !== undefined || !ctx) return found ?? 0;
    ctx.fillStyle = color;
    ctx.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = ctx.getImageData(0, 0, 1, 1).data;
    found = inkOf(red, green, blue);
    known.set(color, found);
    return found;
  };
  const { panel, grid, hatch, dim, text, warn, critical, fill } = colors;
  return { panel: ink(panel), grid: ink(grid), hatch: ink(hatch), dim: ink(dim), text: ink(text), warn: ink(warn), critical: ink(critical), fill, series: (token) => ink(colors.series(token)) };
}

/** watchColors reads the colours of an element and again whenever the theme changes. */
export interface ColorSource {
  readonly colors: () => Colors;
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
    colors: () => (colors ??= readColors(el)),
    dispose() {
      observer.disconnect();
      for (const query of queries) query.removeEventListener('change', renew);
    },
  };
}

/** withAlpha gives a colour an opacity, whatever notation it is in. */
export const withAlpha = (color: string, alpha: number): string => `color-mix(in srgb, ${color} ${Math.round(alpha * 100)}%, transparent)`;
