// A verdict comes behind its row, when that has been drawn. One that says the same as the one
// before, or only in other figures, waits for the next row: a frame of its own costs as much
// as that of a row.

import type { Verdict } from '../wire/types';

/** It waits this long at most. */
const FIGURES_WAIT_MS = 1000;

/** createNews tells verdicts that have to be drawn at once from those that the next row draws. */
export function createNews(): (verdict: Verdict | undefined, intervalMs: number) => boolean {
  let said = '';
  return (verdict, intervalMs) => {
    const before = said;
    said = verdict ? `${verdict.at === 0} ${verdict.level} ${verdict.text.replace(/[\d.,:]+/g, '#')}` : '';
    return said !== before || intervalMs > FIGURES_WAIT_MS;
  };
}
