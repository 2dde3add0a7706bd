import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { createHeat } from '../charts/heat';
import type { Panel } from '../wire/types';
import { useApp } from './context';

/** CoreStrip shows every processor as a row of colour under the plot; one processor needs none. */
export function CoreStrip({ panel }: { panel: Panel }): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const heat = root.current ? createHeat(root.current, { app, panel }) : undefined;
    return () => heat?.dispose();
  }, [app, panel]);
  return <div class="chart-strip" ref={root} />;
}
