import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { type Costs, totalOf } from '../state/page-cost';
import { useApp } from './context';
import { setAttribute, setText, useDraw } from './live';

const ms = (value: number): string => value.toFixed(1);
const parts = (costs: Costs): string => `messages ${ms(costs.messages)}, drawing ${ms(costs.draw)}, style to paint ${ms(costs.render)}`;

/** PageCostLine says what this page takes of the browser that shows it. */
export function PageCostLine(): JSX.Element {
  const { cost } = useApp();
  const root = useRef<HTMLParagraphElement>(null);
  useDraw(root, () => {
    const second = cost.perSecond();
    setText(root.current, `this page: ${ms(totalOf(second))} ms of main thread per second (${parts(second)}), ${second.frames.toFixed(1)} frames`);
  }, 'now');
  return <p class="section-note page-cost" ref={root} />;
}

/** Bench is the cost of every tick, for whoever measures: in words, and as data-tick for a script. */
export function Bench(): JSX.Element {
  const { cost } = useApp();
  const root = useRef<HTMLOutputElement>(null);
  useDraw(root, () => {
    const tick = cost.last();
    if (!tick) return;
    setText(root.current, `tick ${ms(totalOf(tick))} ms: ${parts(tick)} · ${ms(totalOf(cost.perSecond()))} ms/s`);
    setAttribute(root.current, 'data-tick', JSON.stringify(tick));
  }, 'now');
  return (
    <output class="bench" ref={root} aria-hidden="true">
      …
    </output>
  );
}
