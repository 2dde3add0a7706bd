import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import { commandsOf } from './commands/commands';
import { entriesOf } from './commands/entries';
import { listenToKeys } from './palette/registry';
import { HelpDialog } from './palette/help-dialog';
import { PaletteDialog, type Palette } from './palette/palette-dialog';
import { CollectorTable } from './panels/collector-table';
import { FullPanel } from './panels/full-panel';
import { HostGaps } from './panels/host-gaps';
import { instanceKinds } from './panels/instance-rows';
import { InstanceTable } from './panels/instance-table';
import { ResourceSection, sectionId } from './panels/resource-section';
import { firstPanels, hasSeries, sections, shownOf } from './panels/sections';
import { ProcessTable } from './processes/process-table';
import type { Process } from './processes/rows';
import { SettingsDialog } from './settings/settings-dialog';
import type { AppState } from './state/app-state';
import type { PageMode } from './state/url';
import { Announcer } from './ui/announcer';
import { BottomBar } from './ui/bottom-bar';
import { ChartPanel, EmptyPanel } from './ui/chart-panel';
import { ConnectionButton } from './ui/connection-button';
import { useApp, watch } from './ui/context';
import { ExplainPopover, type Explainer } from './ui/explain-popover';
import { ForgottenBar } from './ui/forgotten-bar';
import { HeaderBar, type BarActions } from './ui/header-bar';
import { Matrix } from './ui/matrix';
import { Note, useNote } from './ui/note';
import { Overview } from './ui/overview';
import { Bench, PageCostLine } from './ui/page-cost-line';
import { ReasonTip } from './ui/reason-tip';
import { SelectionBar } from './ui/selection-bar';
import { SignInDialog } from './ui/sign-in-dialog';
import type { Panel } from './wire/types';

/** App is the page: one screen that answers, and sections with the rest below. */
export function App({ mode }: { mode: PageMode }): JSX.Element {
  return (
    <>
      {mode.kiosk ? <Kiosk /> : mode.embed !== '' ? <Embed id={mode.embed} /> : <Page />}
      {mode.bench && <Bench />}
      <SignInDialog />
    </>
  );
}

function Page(): JSX.Element {
  const app = useApp();
  const { view } = app;
  const help = useRef<HTMLDialogElement>(null);
  const palette = useRef<Palette | null>(null);
  const settings = useRef<HTMLDialogElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const explainer = useRef<Explainer | null>(null);
  const listed = useRef<readonly Process[]>([]);
  const note = useNote();
  const asTable = useSignal(false);
  const commands = useMemo(
    () =>
      commandsOf(app, {
        help: () => help.current,
        palette: () => palette.current,
        settings: () => settings.current,
        filter: () => filter.current,
        explainer: () => explainer.current,
        processes: () => listed.current,
        fullPanel: () => panelOf(app, view.panel.peek()),
        panel: (id) => panelOf(app, id),
        asTable: (on) => {
          asTable.value = on === 'toggle' ? !asTable.peek() : on;
        },
        goTo: (section) => {
          view.showPanel(null);
          followTo(section);
        },
        say: (text) => {
          note.value = text;
        },
      }),
    [app, view, note, asTable],
  );
  const actions = useMemo<BarActions>(
    () => ({
      hold: commands.hold,
      live: commands.live,
      find: commands.palette,
      theme: commands.theme,
      settings: commands.settings,
      help: commands.help,
      back: commands.back,
      forward: commands.forward,
    }),
    [commands],
  );
  useEffect(() => listenToKeys(window, commands, () => view.keys.peek() === 'on'), [commands, view]);
  const entries = useMemo(
    () => () =>
      entriesOf(app, commands, (section) => {
        view.showPanel(null);
        followTo(section);
      }),
    [app, commands, view],
  );
  watch(app.shape);
  const full = panelOf(app, view.panel.value);

  return (
    <>
      <HeaderBar actions={actions} />
      <main class="page-main" inert={full !== undefined}>
        <FirstScreen filter={filter} listed={listed} />
        <Sections />
      </main>
      {full && (
        <FullPanel
          panel={full}
          asTable={asTable.value}
          onTable={() => {
            asTable.value = !asTable.peek();
          }}
          tools={[
            ['CSV', commands['export-csv']],
            ['JSON', commands['export-json']],
            ['Picture', commands['export-png']],
          ]}
          onClose={() => view.showPanel(null)}
        />
      )}
      <BottomBar actions={actions} />
      <ForgottenBar />
      <SelectionBar onCopy={commands['copy-link']} onExport={commands['export-csv']} />
      <Note note={note} />
      <HelpDialog dialog={help} />
      <PaletteDialog handle={palette} entries={entries} />
      <SettingsDialog dialog={settings} charts={firstPanels(app.store.panels(), view.arrangement.value)} sections={sections(app.store.panels(), app.store.series())} />
      <ReasonTip />
      <ExplainPopover handle={explainer} />
      <Announcer />
    </>
  );
}

/** panelOf finds a panel by its id, those that stand in a section without being declared too. */
function panelOf(app: AppState, id: string | null): Panel | undefined {
  if (id === null) return undefined;
  const { store } = app;
  return store.panels().find((panel) => panel.id === id) ?? sections(store.panels(), store.series()).flatMap((section) => section.panels).find((panel) => panel.id === id);
}

/** Kiosk is for a wall: the matrix in large and the lanes, and nothing to do. */
function Kiosk(): JSX.Element {
  const app = useApp();
  watch(app.shape);
  return (
    <main class="kiosk">
      <div class="kiosk-head">
        <h1>{app.store.host?.hostname ?? '…'}</h1>
        <ConnectionButton />
      </div>
      <Matrix resources={app.store.resources()} />
      <Overview />
      <Announcer />
    </main>
  );
}

/** Embed is one chart, or those of one section, alone. */
function Embed({ id }: { id: string }): JSX.Element {
  const app = useApp();
  watch(app.shape);
  const { store } = app;
  const panel = panelOf(app, id);
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

function FirstScreen({ filter, listed }: { filter: { current: HTMLInputElement | null }; listed: { current: readonly Process[] } }): JSX.Element {
  const app = useApp();
  watch(app.shape);
  const panels = app.store.panels();
  const arrangement = app.view.arrangement.value;
  const first = shownOf(firstPanels(panels, arrangement), arrangement);
  return (
    <div class="first-screen">
      <Matrix resources={app.store.resources()} onFollow={followTo} />
      <Overview />
      <div class="chart-grid" role="group" aria-label="Charts">
        {panels.length === 0
          ? ['CPU', 'Memory', 'Pressure', 'Disk throughput', 'Disk latency', 'Network'].map((title) => <EmptyPanel key={title} title={title} />)
          : first.map((panel) => <ChartPanel key={panel.id} panel={panel} heading="h2" />)}
      </div>
      <ProcessTable filterInput={filter} listed={listed} />
    </div>
  );
}

function Sections(): JSX.Element {
  const app = useApp();
  watch(app.shape);
  watch(app.notices);
  const { store } = app;
  const all = shownOf(sections(store.panels(), store.series()), app.view.arrangement.value);
  const open = !matchMedia('(max-width: 699px)').matches;
  return (
    <>
      {all.map((section) => (
        <ResourceSection key={section.id} section={section} open={open} resource={store.resources().find((resource) => resource.section === section.id)}>
          {instanceKinds.filter((kind) => kind.section === section.id).map((kind) => (
            <InstanceTable key={kind.label} kind={kind} panels={section.panels} />
          ))}
          {section.id === 'self' && <PageCostLine />}
          {section.id === 'self' && <CollectorTable />}
        </ResourceSection>
      ))}
      <HostGaps health={store.health.values()} open={open} />
    </>
  );
}

/** followTo brings a section into view and the focus to its head. */
function followTo(section: string): void {
  if (section === 'processes') {
    document.querySelector<HTMLElement>('.process-scroll')?.focus();
    return;
  }
  const element = document.getElementById(sectionId(section));
  if (!(element instanceof HTMLDetailsElement)) return;
  element.open = true;
  element.scrollIntoView({ block: 'start' });
  element.querySelector('summary')?.focus({ preventScroll: true });
}
