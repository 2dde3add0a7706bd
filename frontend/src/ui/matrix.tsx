import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { createSheet, type Sheet } from '../charts/sheet';
import type { Resource } from '../wire/types';
import { useApp } from './context';
import { LimitsCell } from './limits-cell';
import { MatrixCell } from './matrix-cell';

/** Matrix is the row of resources that answers: is something wrong, with which, since when. */
export function Matrix({ resources, onFollow }: { resources: readonly Resource[]; onFollow?: (section: string) => void }): JSX.Element {
  const strips = useStrips();
  return (
    <div class="matrix" role="group" aria-label="Resources">
      {resources.length === 0
        ? ['CPU', 'Memory', 'Disk', 'Network', 'Limits'].map((title) => <EmptyCell key={title} title={title} />)
        : resources.map((resource) =>
            resource.limits ? (
              <LimitsCell key={resource.id} resource={resource} limits={resource.limits} {...(onFollow && { onFollow })} />
            ) : (
              <MatrixCell key={resource.id} resource={resource} strips={strips.sheet} {...(onFollow && { onFollow })} />
            ),
          )}
      <canvas class="matrix-sheet" ref={strips.canvas} aria-hidden="true" />
    </div>
  );
}

/** useStrips is the sheet over the whole matrix; it exists once a cell wants to draw on it. */
function useStrips(): { canvas: { current: HTMLCanvasElement | null }; sheet: () => Sheet | undefined } {
  const app = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  const made = useRef<Sheet>(undefined);
  const [sheet] = useState(() => () => {
    if (canvas.current) made.current ??= createSheet(canvas.current, app);
    return made.current;
  });
  useEffect(
    () => () => {
      made.current?.dispose();
      made.current = undefined;
    },
    [],
  );
  return { canvas, sheet };
}

/** EmptyCell keeps the place of a cell until the host has said what there is. */
function EmptyCell({ title }: { title: string }): JSX.Element {
  return (
    <section class={`matrix-cell ${title === 'Limits' ? 'is-limits' : ''}`} aria-label={title}>
      <div class="cell-head">
        <h2 class="cell-title">{title}</h2>
      </div>
      {['use', 'sat', 'err'].map((row) => (
        <div class="cell-row" key={row}>
          {title !== 'Limits' && <span class="cell-label">{row}</span>}
          <span class="cell-value is-empty">…</span>
        </div>
      ))}
    </section>
  );
}
