// The five strips of a row: a bar for each step, as high as the use, dim and coloured only
// where the state was bad, as in the matrix.

import type { Inks } from '../charts/painter';
import { Pixels } from '../charts/pixels';
import { resourceNames } from './hosts';
import { type Step, steps } from './strips';

/** The room between two strips, as a part of the width of all. */
const gapShare = 0.02;

/** paintStrips paints five strips side by side, or the one that is asked for over the whole width; read tells the worst of the steps from..to, counted back from the newest, which is 0. */
export function paintStrips(width: number, height: number, inks: Pick<Inks, 'hatch' | 'warn' | 'critical'>, read: (resource: number, from: number, to: number) => Step, only?: number): Pixels {
  const pixels = new Pixels(0, width, height);
  const gap = Math.max(2, Math.round(width * gapShare));
  const shown = only === undefined ? resourceNames.map((_, r) => r) : [only];
  const wide = Math.floor((width - gap * (shown.length - 1)) / shown.length);
  for (const [place, r] of shown.entries()) {
    const left = place * (wide + gap);
    for (let x = 0; x < wide; x++) {
      // The column stands for the steps whose place begins in it, at least one.
      const from = Math.floor((x * steps) / wide);
      const to = Math.max(from, Math.ceil(((x + 1) * steps) / wide) - 1);
      const { level, use } = read(r, steps - 1 - to, steps - 1 - from);
      if (level === null) continue;
      const least = level === 2 ? 60 : level === 1 ? 40 : 0;
      const high = Math.max(1, Math.round((Math.max(use ?? 0, least) * height) / 100));
      pixels.run(left + x, height - high, height, level === 2 ? inks.critical : level === 1 ? inks.warn : inks.hatch);
    }
  }
  return pixels;
}
