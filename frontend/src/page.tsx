import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { commandsOf } from './commands/commands';
import { fetchSession } from './data/session-api';
import { listenToKeys } from './palette/registry';
import { PaletteDialog, type Palette } from './palette/palette-dialog';
import { firstPanels, panelOf, sectionId, sections, shownOf } from './panels/sections';
import type { Remembered } from './processes/ended';
import { ProcessTable } from './processes/process-table';
import type { Process } from './processes/rows';
import { VerdictLine } from './incidents/verdict-line';
import { Announcer } from './ui/announcer';
import { BottomBar } from './ui/bottom-bar';
import { ChartPanel, EmptyPanel } from './ui/chart-panel';
import { bringToTop } from './ui/bring-to-top';
import { useApp, watch } from './ui/context';
import type { Explainer } from './ui/explain-popover';
import { ForgottenBar } from './ui/forgotten-bar';
import { HeaderBar, type BarActions } from './ui/header-bar';
import { useLater } from './ui/later';
import { Matrix } from './ui/matrix';
import { Note, useNote } from './ui/note';
import { Overview } from './ui/overview';

/** Page is one screen that answers, and sections with the rest below. */
export function Page(): JSX.Element {
  const app = useApp();
  const { view } = app;
  const later = useLater();
  const help = useRef<HTMLDialogElement>(null);
  const palette = useRef<Palette | null>(null);
  const settings = useRef<HTMLDialogElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const explainer = useRef<Explainer | null>(null);
  const date = useRef<HTMLDialogElement>(null);
  const incident = useRef<HTMLDialogElement>(null);
  const listed = useRef<readonly Process[]>([]);
  const remembered = useRef<Remembered | null>(null);
  const signedIn = useSignal(false);
  const note = useNote();
  const asTable = useSignal(false);
  const mounted = useSignal(0);
  const [goTo] = useState(() => (section: string): void => {
    view.showPanel(null);
    if (followTo(section)) return;
    // Its section is one that has not been drawn yet.
    later.use(() => {
      mounted.value = Infinity;
      requestAnimationFrame(() => followTo(section));
    });
  });
  const commands = useMemo(
    () =>
      commandsOf(app, {
        help: () => help.current,
        palette: () => palette.current,
        settings: () => settings.current,
        date: () => date.current,
        incident: () => incident.current,
        filter: () => filter.current,
        explainer: () => explainer.current,
        processes: () => listed.current,
        later,
        fullPanel: () => panelOf(app.feed.store, view.panel.peek()),
        panel: (id) => panelOf(app.feed.store, id),
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
      date: commands['go-to-date'],
      back: commands.back,
      forward: commands.forward,
      events: commands.events,
      changes: commands.changes,
    }),
    [commands],
  );
  // From the first frame on: an effect would come behind it, and a key between them would be lost.
  useLayoutEffect(() => listenToKeys(window, commands, () => view.keys.peek() === 'on'), [commands, view]);
  watch(app.feed.shape);
  const parts = later.parts.value;
  const finds = useMemo(() => {
    const all = parts?.findsOf(app, commands, goTo, () => remembered.current, signedIn);
    return (
      all && {
        ...all,
        entries: () => {
          if (app.feed.archive.sessions === true) {
            void fetchSession().then((session) => {
              signedIn.value = session?.session === true;
            });
          }
          return all.entries();
        },
      }
    );
  }, [app, commands, goTo, signedIn, parts]);
  useEffect(() => parts?.printCharts(app, window, (id) => panelOf(app.feed.store, id)), [app, parts]);
  const full = panelOf(app.feed.store, view.panel.value);
  const wanted = full !== undefined;
  useEffect(() => {
    if (wanted) void later.fetch();
  }, [later, wanted]);

  return (
    <>
      <HeaderBar actions={actions} />
      <main class="page-main" inert={wanted && parts !== undefined}>
        <FirstScreen filter={filter} listed={listed} remembered={remembered} onFollow={goTo} />
        {parts && <parts.Sections mounted={mounted} />}
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
      <GoneBar />
      {parts && <parts.IncidentDrawer />}
      {parts && <parts.SelectionBar onCopy={commands['copy-link']} onExport={commands['export-csv']} onCompare={commands.changes} onIncident={app.feed.archive.incidents && commands['export-incident']} />}
      {parts && app.feed.archive.incidents && <parts.IncidentDialog dialog={incident} files={app.feed.archive.incidents} say={(text) => (note.value = text)} />}
      <Note note={note} />
      {parts && (
        <parts.HelpDialog dialog={help}>{app.feed.archive.alerts === true && <parts.RuleHelp />}</parts.HelpDialog>
      )}
      {parts && app.feed.archive.alerts === true && <parts.AlertDrawer />}
      {parts && <parts.DateDialog dialog={date} />}
      <PaletteDialog handle={palette} finds={finds} />
      {parts && <parts.SettingsDialog dialog={settings} charts={firstPanels(app.feed.store.panels(), view.arrangement.value)} sections={sections(app.feed.store.panels(), app.feed.store.series())} />}
      {parts && <parts.ReasonTip />}
      {parts && <parts.ExplainPopover handle={explainer} />}
      <Announcer />
    </>
  );
}

/** GoneBar says since when the host is silent, and what the hub still has of it. */
function GoneBar(): JSX.Element | null {
  const { view } = useApp();
  if (view.gone.value === '') return null;
  return (
    <section class="selection-bar forgotten-bar gone-bar" aria-label="this host is silent">
      <p role="status">{view.gone.value}</p>
      <a class="text-button" href={view.wall.value}>
        All hosts
      </a>
    </section>
  );
}

/** What the process table shares with the rest of the page. */
interface TableParts {
  readonly filter: { current: HTMLInputElement | null };
  readonly listed: { current: readonly Process[] };
  readonly remembered: { current: Remembered | null };
}

function FirstScreen({ onFollow, ...table }: TableParts & { onFollow: (section: string) => void }): JSX.Element {
  const app = useApp();
  watch(app.feed.shape);
  const panels = app.feed.store.panels();
  const arrangement = app.view.arrangement.value;
  const first = shownOf(firstPanels(panels, arrangement), arrangement);
  return (
    <div class="first-screen">
      <VerdictLine />
      <Matrix resources={app.feed.store.resources()} onFollow={onFollow} />
      <Overview />
      <div class="chart-grid" role="group" aria-label="Charts">
        {panels.length === 0
          ? ['CPU', 'Memory', 'Pressure', 'Disk throughput', 'Disk latency', 'Network'].map((title) => <EmptyPanel key={title} title={title} />)
          : first.map((panel) => <ChartPanel key={panel.id} panel={panel} heading="h2" />)}
      </div>
      <Who {...table} />
    </div>
  );
}

/** Who is who uses the machine: its processes, or its services where a person chose them. */
function Who({ filter, listed, remembered }: TableParts): JSX.Element {
  const { view } = useApp();
  const later = useLater();
  const parts = later.parts.value;
  const services = view.face.value === 'services';
  useEffect(() => {
    if (services) void later.fetch();
  }, [later, services]);
  return services && parts ? <parts.ServiceFace filterInput={filter} /> : <ProcessTable filterInput={filter} listed={listed} remembered={remembered} />;
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
