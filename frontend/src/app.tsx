import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { commandsOf } from './commands/commands';
import { entriesOf } from './commands/entries';
import type { SignInResult } from './data/session-api';
import { listenToKeys } from './palette/registry';
import { PaletteDialog, type Palette } from './palette/palette-dialog';
import { instanceKinds } from './panels/instance-kinds';
import { ResourceSection, sectionId } from './panels/resource-section';
import { firstPanels, hasSeries, sections, shownOf } from './panels/sections';
import { ProcessTable } from './processes/process-table';
import type { Process } from './processes/rows';
import type { AppState } from './state/app-state';
import type { PageMode } from './state/url';
import { Announcer } from './ui/announcer';
import { BottomBar } from './ui/bottom-bar';
import { ChartPanel, EmptyPanel } from './ui/chart-panel';
import { bringToTop } from './ui/bring-to-top';
import { ConnectionButton } from './ui/connection-button';
import { useApp, watch } from './ui/context';
import type { Explainer } from './ui/explain-popover';
import { ForgottenBar } from './ui/forgotten-bar';
import { whenIdle } from './ui/idle';
import { HeaderBar, type BarActions } from './ui/header-bar';
import { useLater } from './ui/later';
import { Matrix } from './ui/matrix';
import { Note, useNote } from './ui/note';
import { Overview } from './ui/overview';
import { Bench, PageCostLine } from './ui/page-cost-line';
import { ReasonTip } from './ui/reason-tip';
import type { Panel } from './wire/types';

/** App is the page: one screen that answers, and sections with the rest below. */
export function App({ mode, linkResult }: { mode: PageMode; linkResult: Signal<SignInResult | undefined> }): JSX.Element {
  const { connection } = useApp().feed;
  const later = useLater();
  const parts = later.parts.value;
  const denied = connection.name.value === 'DENIED';
  // Behind the effects of everything in it, so that the parts can be opened.
  useLayoutEffect(() => later.shown(), [later, parts]);
  useEffect(() => {
    if (denied) void later.fetch();
  }, [later, denied]);
  return (
    <>
      {mode.kiosk ? <Kiosk /> : mode.embed !== '' ? <Embed id={mode.embed} /> : <Page />}
      {mode.bench && <Bench />}
      {parts && <parts.SignInDialog link={linkResult} />}
    </>
  );
}

function Page(): JSX.Element {
  const app = useApp();
  const { view } = app;
  const later = useLater();
  const help = useRef<HTMLDialogElement>(null);
  const palette = useRef<Palette | null>(null);
  const settings = useRef<HTMLDialogElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const explainer = useRef<Explainer | null>(null);
  const listed = useRef<readonly Process[]>([]);
  const note = useNote();
  const asTable = useSignal(false);
  const mounted = useSignal(0);
  const [goTo] = useState(() => (section: string): void => {
    view.showPanel(null);
    if (followTo(section)) return;
    // Its section is one that has not been drawn yet.
    mounted.value = Infinity;
    requestAnimationFrame(() => followTo(section));
  });
  const commands = useMemo(
    () =>
      commandsOf(app, {
        help: () => help.current,
        palette: () => palette.current,
        settings: () => settings.current,
        filter: () => filter.current,
        explainer: () => explainer.current,
        processes: () => listed.current,
        later,
        fullPanel: () => panelOf(app, view.panel.peek()),
        panel: (id) => panelOf(app, id),
        asTable: (on) => {
          asTable.value = on === 'toggle' ? !asTable.peek() : on;
        },
        goTo,
        say: (text) => {
          note.value = text;
        },
      }),
    [app, view, note, asTable, later, goTo],
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
  const entries = useMemo(() => () => entriesOf(app, commands, goTo), [app, commands, goTo]);
  watch(app.feed.shape);
  const parts = later.parts.value;
  const full = panelOf(app, view.panel.value);
  const wanted = full !== undefined;
  useEffect(() => {
    if (wanted) void later.fetch();
  }, [later, wanted]);

  return (
    <>
      <HeaderBar actions={actions} />
      <main class="page-main" inert={wanted && parts !== undefined}>
        <FirstScreen filter={filter} listed={listed} onFollow={goTo} />
        <Sections mounted={mounted} />
      </main>
      {parts && full && (
        <parts.FullPanel
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
      {parts && <parts.SelectionBar onCopy={commands['copy-link']} onExport={commands['export-csv']} />}
      <Note note={note} />
      {parts && <parts.HelpDialog dialog={help} />}
      <PaletteDialog handle={palette} entries={entries} />
      {parts && <parts.SettingsDialog dialog={settings} charts={firstPanels(app.feed.store.panels(), view.arrangement.value)} sections={sections(app.feed.store.panels(), app.feed.store.series())} />}
      <ReasonTip />
      {parts && <parts.ExplainPopover handle={explainer} />}
      <Announcer />
    </>
  );
}

/** panelOf finds a panel by its id, those that stand in a section without being declared too. */
function panelOf(app: AppState, id: string | null): Panel | undefined {
  if (id === null) return undefined;
  const { store } = app.feed;
  return store.panels().find((panel) => panel.id === id) ?? sections(store.panels(), store.series()).flatMap((section) => section.panels).find((panel) => panel.id === id);
}

/** Kiosk is for a wall: the matrix in large and the lanes, and nothing to do. */
function Kiosk(): JSX.Element {
  const app = useApp();
  watch(app.feed.shape);
  return (
    <main class="kiosk">
      <div class="kiosk-head">
        <h1>{app.feed.store.host?.hostname ?? '…'}</h1>
        <ConnectionButton />
      </div>
      <Matrix resources={app.feed.store.resources()} />
      <Overview />
      <Announcer />
    </main>
  );
}

/** Embed is one chart, or those of one section, alone. */
function Embed({ id }: { id: string }): JSX.Element {
  const app = useApp();
  watch(app.feed.shape);
  const { store } = app.feed;
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

function FirstScreen({ filter, listed, onFollow }: { filter: { current: HTMLInputElement | null }; listed: { current: readonly Process[] }; onFollow: (section: string) => void }): JSX.Element {
  const app = useApp();
  watch(app.feed.shape);
  const panels = app.feed.store.panels();
  const arrangement = app.view.arrangement.value;
  const first = shownOf(firstPanels(panels, arrangement), arrangement);
  return (
    <div class="first-screen">
      <Matrix resources={app.feed.store.resources()} onFollow={onFollow} />
      <Overview />
      <div class="chart-grid" role="group" aria-label="Charts">
        {panels.length === 0
          ? ['CPU', 'Memory', 'Pressure', 'Disk throughput', 'Disk latency', 'Network'].map((title) => <EmptyPanel key={title} title={title} />)
          : first.map((panel) => <ChartPanel key={panel.id} panel={panel} heading="h2" />)}
      </div>
      <Who filter={filter} listed={listed} />
    </div>
  );
}

/** Who is who uses the machine: its processes, or its services where a person chose them. */
function Who({ filter, listed }: { filter: { current: HTMLInputElement | null }; listed: { current: readonly Process[] } }): JSX.Element {
  const { view } = useApp();
  const later = useLater();
  const parts = later.parts.value;
  const services = view.face.value === 'services';
  useEffect(() => {
    if (services) void later.fetch();
  }, [later, services]);
  return services && parts ? <parts.ServiceFace filterInput={filter} /> : <ProcessTable filterInput={filter} listed={listed} />;
}

/** How long a busy page may put off the next section. */
const sectionMs = 500;

/** Sections are drawn one by one when the page is idle, behind the first picture. */
function Sections({ mounted }: { mounted: Signal<number> }): JSX.Element {
  const app = useApp();
  watch(app.feed.shape);
  const { store } = app.feed;
  const parts = useLater().parts.value;
  const all = shownOf(sections(store.panels(), store.series()), app.view.arrangement.value);
  const open = !matchMedia('(max-width: 699px)').matches;
  const due = app.feed.connection.pictured.value && mounted.value < all.length;
  useEffect(() => (due ? whenIdle(() => mounted.value++, sectionMs) : undefined), [due, mounted, mounted.value]);
  return (
    <>
      {all.slice(0, mounted.value).map((section) => (
        <ResourceSection key={section.id} section={section} open={open} resource={store.resources().find((resource) => resource.section === section.id)}>
          {parts && instanceKinds.filter((kind) => kind.section === section.id).map((kind) => <parts.InstanceTable key={kind.label} kind={kind} panels={section.panels} />)}
          {parts && section.id === 'services' && <parts.ServiceTable />}
          {section.id === 'self' && <PageCostLine />}
          {parts && section.id === 'self' && <parts.CollectorTable />}
        </ResourceSection>
      ))}
      {parts && mounted.value >= all.length && <parts.HostGaps open={open} />}
    </>
  );
}

/** followTo brings a section into view and the focus to its head; false where it is not there. */
function followTo(section: string): boolean {
  if (section === 'processes') {
    document.querySelector<HTMLElement>('.process-scroll')?.focus();
    return true;
  }
  const element = document.getElementById(sectionId(section));
  if (!(element instanceof HTMLDetailsElement)) return false;
  element.open = true;
  element.querySelector('summary')?.focus({ preventScroll: true });
  bringToTop(element);
  return true;
}
