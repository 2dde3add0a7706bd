import type { JSX } from 'preact';
import type { Panel } from '../wire/types';

/** ChartPanel is a chart with its title, legend and sentence. */
export function ChartPanel({ panel, heading }: { panel: Panel; heading: 'h2' | 'h3' }): JSX.Element {
  const Heading = heading;
  return (
    <figure class="chart-panel">
      <figcaption class="chart-head">
        <Heading class="chart-title">{panel.title}</Heading>
        <span class="chart-note">{panel.subtitle}</span>
      </figcaption>
      <div class="chart-plot" />
      <div class="legend" />
    </figure>
  );
}

/** EmptyPanel keeps the place of a chart until the host has said what there is. */
export function EmptyPanel({ title }: { title: string }): JSX.Element {
  return (
    <figure class="chart-panel">
      <figcaption class="chart-head">
        <h2 class="chart-title">{title}</h2>
      </figcaption>
      <div class="chart-plot" />
      <div class="legend" />
    </figure>
  );
}
