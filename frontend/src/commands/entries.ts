import type { ReadonlySignal } from '@preact/signals';
import { fromTable } from '../processes/from-table';
import { firing } from '../signs/firing';
import { hasSeries, instanceKinds, panelByFamily, sections, sectionTitle } from '../panels/sections';
import type { AppState } from '../state/app-state';
import { type Binding, bindings, sectionLetters } from '../palette/bindings';
import type { Commands } from '../palette/registry';
import type { Entry, Finds } from '../palette/palette-dialog';
import { endedEntry, type TypedActs, typedEntries } from './typed';
import type { EndedProcess, Remembered } from '../processes/ended';
import type { Process } from '../processes/rows';

/** findsOf says what the palette finds; signedIn is whether there is a session to end. */
export function findsOf(app: AppState, commands: Commands, goTo: (section: string) => void, remembered: () => Remembered | null, signedIn: ReadonlySignal<boolean>): Finds {
  const { view, feed, clock } = app;
  const live = (): readonly Process[] => {
    const table = feed.store.table('processes');
    return table ? fromTable(table) : [];
  };
  const toTable = (): void => {
    view.showPanel(null);
    document.getElementById('process-title')?.scrollIntoView({ block: 'nearest' });
  };
  const goToTime = (ms: number): void => {
    view.showPanel(null);
    view.showAt(ms);
  };
  const openEnded = ({ key, lastMs }: EndedProcess): void => {
    toTable();
    view.showAt(lastMs);
    view.showProcess(key);
  };
  const acts: TypedActs = {
    goToTime,
    openLive: ({ key }) => {
      toTable();
      view.showProcess(key);
    },
    openEnded,
  };
  const ended = (): readonly EndedProcess[] => remembered()?.ended() ?? [];
  return {
    entries: () => {
      remembered()?.want();
      return entriesOf(app, commands, goTo);
    },
    came: () => {
      const all = ended();
      const names = new Map(all.map((process) => [process.name, all.find(({ name }) => name === process.name) ?? process]));
      const gone = [...names.values()].map((process) => endedEntry(process, process.name, clock.hostNow(), clock.zone(), openEnded));
      return signedIn.value ? [...bindings.filter(isSignOut).map(actionOf(commands)), ...gone] : gone;
    },
    meant: (typed) => typedEntries(typed, { nowMs: clock.hostNow(), zone: clock.zone(), oldestMs: feed.oldest(), live: live(), ended: ended() }, acts),
  };
}

const isSignOut = ({ id }: Binding): boolean => id === 'sign-out';

const actionOf =
  (commands: Commands) =>
  ({ id, title, keys }: Binding): Entry => {
    const label = keys[0]?.label;
    return { key: id, text: title, kind: 'action', ...(label !== undefined && { label }), run: commands[id] };
  };

/** entriesOf lists what the palette can find now. */
function entriesOf(app: AppState, commands: Commands, goTo: (section: string) => void): readonly Entry[] {
  const { store } = app.feed;
  const { view } = app;
  // What is not offered now is not found, and nobody who is not signed in signs out.
  const offered = new Set<string>(app.moves.windows().map((_, i) => `window-${i + 1}`));
  const isOffered = (binding: Binding): boolean => !isSignOut(binding) && (app.feed.archive.alerts === true || !binding.id.startsWith('alert')) && (!/^window-\d/.test(binding.id) || offered.has(binding.id));
  const actions = bindings.filter(isOffered).map(actionOf(commands));
  const alerts = firing(app.feed.alerts.peek()).map(({ id, text, sinceMs }): Entry => ({ key: `alert ${id}`, text, kind: 'alert', run: () => view.showAt(sinceMs) }));
  const all = sections(store.panels(), store.series());
  const others = all
    .filter(({ id }) => !(id in sectionLetters))
    .map(({ id, title }): Entry => ({ key: `section ${id}`, text: `Go to ${title}`, kind: 'section', run: () => goTo(id) }));
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
  const panels = panelByFamily([...store.panels(), ...all.flatMap((section) => section.panels)]);
  const series = store.series().flatMap((info): Entry[] => {
    const panel = panels.get(info.name);
    if (panel === undefined) return [];
    const text = [info.name, ...Object.values(info.labels ?? {})].join(' ');
    return [{ key: `series ${info.id}`, text, kind: 'series', run: () => view.showPanel(panel) }];
  });
  return [...actions, ...alerts, ...others, ...charts, ...named, ...processes, ...series];
}
