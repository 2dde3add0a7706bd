// The colours of both themes, by what is asked of them: whatever is read or told apart.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Rgb = readonly [number, number, number];

const css = readFileSync(`${import.meta.dirname}/tokens.css`, 'utf8');

/** The tokens of a theme, linear. */
function theme(which: 'light' | 'dark'): (name: string) => Rgb {
  const found = new Map<string, Rgb>();
  for (const [, name = '', light = '', dark = ''] of css.matchAll(/--([\w-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);/g)) found.set(name, linear(which === 'light' ? light : dark));
  return (name) => {
    const colour = found.get(name);
    if (!colour) throw new Error(`no token --${name} in tokens.css`);
    return colour;
  };
}

const linear = (hex: string): Rgb => {
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return [r, g, b];
};

/** WCAG 2.2, relative luminance and contrast ratio. */
const luminance = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a: Rgb, b: Rgb): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
};

/** Machado, Oliveira and Fernandes 2009: what is left of a colour where a kind of cone is missing. */
const visions: Readonly<Record<string, readonly [Rgb, Rgb, Rgb]>> = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const seen = (by: readonly [Rgb, Rgb, Rgb], [r, g, b]: Rgb): Rgb => {
  const [x = 0, y = 0, z = 0] = by.map(([i, j, k]) => Math.min(1, Math.max(0, i * r + j * g + k * b)));
  return [x, y, z];
};

/** Oklab of Björn Ottosson, in which a distance is about what is seen of it. */
function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s];
}
const apart = (a: Rgb, b: Rgb): number => Math.hypot(...oklab(a).map((v, i) => v - (oklab(b)[i] ?? 0)));

/** About 0.02 is just seen where two colours touch; these are lines of a pixel. */
const APART = 0.04;

/** The colours that stand in one chart of the first screen. */
const charts: Readonly<Record<string, readonly string[]>> = { cpu: ['c2', 'c1', 'c6', 'c7', 'c3'], memory: ['c5', 'c6', 'c7'], pressure: ['c3', 'c1', 'c5'], disk: ['c2', 'c1'], network: ['c4', 'c6'] };
const series = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8'];

for (const which of ['light', 'dark'] as const) {
  test(`text, lines and borders stand out, ${which}`, () => {
    const of = theme(which);
    for (const ground of ['color-bg', 'color-panel', 'color-hover']) {
      for (const text of ['color-text', 'color-dim', 'color-faint', 'color-warn', 'color-critical', 'color-live']) expect(contrast(of(text), of(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
    for (const line of [...series, 'color-control', 'color-cross', 'color-focus']) expect(contrast(of(line), of('color-panel')), line).toBeGreaterThanOrEqual(3);
  });

  test(`the curves of a chart are told apart by every kind of colour vision, ${which}`, () => {
    const of = theme(which);
    for (const [name, by] of Object.entries(visions)) {
      const distance = (a: string, b: string): number => apart(seen(by, of(a)), seen(by, of(b)));
      for (const [chart, colours] of Object.entries(charts)) {
        for (const [i, a] of colours.entries()) for (const b of colours.slice(i + 1)) expect.soft(distance(a, b), `${a} and ${b} of ${chart}, ${name}`).toBeGreaterThan(APART);
      }
      for (const status of ['color-warn', 'color-critical']) for (const one of series) expect.soft(distance(status, one), `${status} and ${one}, ${name}`).toBeGreaterThan(APART);
    }
  });
}

// A canvas has no style that a browser could be asked for.
test('what is written on canvases has the sizes that the page has', () => {
  const charts = `${import.meta.dirname}/../charts`;
  const sizes = readdirSync(charts)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => Array.from(readFileSync(`${charts}/${file}`, 'utf8').matchAll(/\.font = `[^`$]*?(\d+)px /g), ([, size]) => [file, size]));
  expect(sizes.length).toBeGreaterThan(2);
  for (const [file, size] of sizes) expect(['11', '12', '13'], file).toContain(size);
});
