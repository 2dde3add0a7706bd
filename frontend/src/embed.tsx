import type { JSX } from 'preact';
import { hasSeries, panelOf, sections } from './panels/sections';
import { ChartPanel } from './ui/chart-panel';
import { useApp, watch } from './ui/context';

/** Embed is one chart, or those of one section, alone. */
export function Embed({ id }: { id: string }): JSX.Element {
  const app = useApp();
  watch(app.feed.shape);
  const { store } = app.feed;
  const panel = panelOf(store, id);
  const panels = panel ? [panel] : [...store.panels(), ...sections(store.panels(), store.series()).flatMap((section) => section.panels)].filter((each) => each.section === id && hasSeries(each, store.series()));
  const unique = panels.filter((each, i) => panels.findIndex((other) => other.id === each.id) === i);
  return (
    <main class={`embed ${unique.length === 1 ? 'is-single' : ''}`}>
      <h1 class="visually-hidden">{store.host?.hostname ?? 'dashcam'}</h1>
      {unique.length === 0 && <p class="embed-empty">{store.panels().length === 0 ? '…' : `This host has no chart or section "${id}".`}</p>}
      <div class="chart-grid">
        {unique.map((each) => (
          <ChartPanel key={each.id} panel={each} heading="h2" />
        ))}
      </div>
    </main>
  );
}
