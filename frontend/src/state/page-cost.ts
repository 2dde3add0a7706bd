// What the page itself takes of the browser's main thread, in milliseconds of wall time.
// Always counted, since it costs two readings of a clock per message and frame; shown in
// "dashcam itself" and, tick by tick, by ?bench.

/** What time is spent on: reading messages, drawing, and what the browser does with it in the same frame (style, layout, paint). */
type CostKind = 'messages' | 'draw' | 'render';

/** Costs of one stretch of time, by kind. */
export type Costs = Readonly<Record<CostKind, number>>;

/** One drawn frame, with the messages that came since the one before. */
interface Tick extends Costs {
  readonly at: number;
}

const KEPT_MS = 10_000;

/** PageCost remembers the last ten seconds. */
export interface PageCost {
  /** Counts what run takes as that of a message. */
  message(run: () => void): void;
  /** A frame was drawn and rendered. */
  frame(draw: number, render: number): void;
  /** The newest frame, undefined before the first. */
  last(): Tick | undefined;
  /** How much of every second the page took in the last ten, and how often it drew. */
  perSecond(): Costs & { readonly frames: number };
}

export function createPageCost(clock: () => number): PageCost {
  const began = clock();
  let ticks: Tick[] = [];
  let messages = 0;
  return {
    message(run) {
      const from = clock();
      run();
      messages += clock() - from;
    },
    frame(draw, render) {
      const at = clock();
      ticks = ticks.filter((tick) => at - tick.at < KEPT_MS);
      ticks.push({ at, messages, draw, render });
      messages = 0;
    },
    last: () => ticks.at(-1),
    perSecond() {
      const now = clock();
      const seconds = Math.max(1000, Math.min(KEPT_MS, now - began)) / 1000;
      const recent = ticks.filter((tick) => now - tick.at < KEPT_MS);
      const sum = (kind: CostKind): number => recent.reduce((total, tick) => total + tick[kind], 0) / seconds;
      return { messages: sum('messages'), draw: sum('draw'), render: sum('render'), frames: recent.length / seconds };
    },
  };
}

/** totalOf is all of it. */
export const totalOf = ({ messages, draw, render }: Costs): number => messages + draw + render;
