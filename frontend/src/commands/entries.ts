import { fromTable } from '../processes/from-table';
import { instanceKinds } from '../panels/instance-kinds';
import { hasSeries, sectionTitle } from '../panels/sections';
import type { AppState } from '../state/app-state';
import { bindings } from '../palette/bindings';
import type { Commands } from '../palette/registry';
import type { Entry } from '../palette/palette-dialog';

/** entriesOf lists what the palette can find now. */
export function entriesOf(app: AppState, commands: Commands, goTo: (section: string) => void): readonly Entry[] {
  const { store } = app.feed;
  const { view } = app;
  const actions = bindings.map((binding): Entry => {
    const label = binding.keys[0]?.label;
    return { key: binding.id, text: binding.title, kind: 'action', ...(label !== undefined && { label }), run: commands[binding.id] };
  });
  const charts = store
    .panels()
    .filter((panel) => hasSeries(panel, store.series()))
    .map((panel): Entry => ({ key: `panel ${panel.id}`, text: panel.title, kind: `chart, ${sectionTitle(panel.section)}`, run: () => view.showPanel(panel.id) }));
  const named = instanceKinds.flatMap(({ label, title, section }) =>
    Array.from(new Set(store.series().flatMap((info) => info.labels?.[label] ?? []))).map((name): Entry => ({ key: `${title} ${name}`, text: name, kind: title, run: () => goTo(section) })),
  );
  const table = store.table('processes');
  const processes = Array.from(new Set((table ? fromTable(table) : []).map(({ name }) => name))).map(
    (name): Entry => ({
      key: `process ${name}`,
      text: name,
      kind: 'process',
      run: () => {
        view.showPanel(null);
        view.filter.value = name;
        document.getElementById('process-title')?.scrollIntoView({ block: 'nearest' });
      },
    }),
  );
  return [...actions, ...charts, ...named, ...processes];
}
