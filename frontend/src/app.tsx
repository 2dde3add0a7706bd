import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Commands } from './palette/registry';
import { listenToKeys } from './palette/registry';
import { HelpDialog } from './palette/help-dialog';
import { HostGaps } from './panels/host-gaps';
import { ResourceSection, sectionId } from './panels/resource-section';
import { firstPanels, sections } from './panels/sections';
import { ProcessTable } from './processes/process-table';
import { WINDOWS } from './state/url';
import type { AppState } from './state/app-state';
import { Announcer } from './ui/announcer';
import { BottomBar } from './ui/bottom-bar';
import { ChartPanel, EmptyPanel } from './ui/chart-panel';
import { useApp, watch } from './ui/context';
import { cycleTheme, cycleZone } from './ui/cycle';
import { HeaderBar, type BarActions } from './ui/header-bar';
import { Matrix } from './ui/matrix';
import { Overview } from './ui/overview';
import { ReasonTip } from './ui/reason-tip';

/** App is the page: one screen that answers, and sections with the rest below. */
export function App(): JSX.Element {
  const app = useApp();
  const help = useRef<HTMLDialogElement>(null);
  const filter = useRef<HTMLInputElement>(null);
  const commands = useMemo(() => commandsOf(app, () => help.current, () => filter.current), [app]);
  const actions = useMemo<BarActions>(
    () => ({
      hold: commands.hold,
      live: commands.live,
      filter: commands.filter,
      theme: commands.theme,
      help: commands.help,
      back: commands.back,
      forward: commands.forward,
    }),
    [commands],
  );
  useEffect(() => listenToKeys(window, commands), [commands]);

  return (
    <>
      <HeaderBar actions={actions} />
      <main class="page-main">
        <FirstScreen filter={filter} />
        <Sections />
      </main>
      <BottomBar actions={actions} />
      <HelpDialog dialog={help} />
      <ReasonTip />
      <Announcer />
    </>
  );
}

function FirstScreen({ filter }: { filter: { current: HTMLInputElement | null } }): JSX.Element {
  const app = useApp();
  watch(app.shape);
  const first = firstPanels(app.store.panels());
  return (
    <div class="first-screen">
      <Matrix resources={app.store.resources()} onFollow={followTo} />
      <Overview />
      <div class="chart-grid" role="group" aria-label="Charts">
        {first.length === 0
          ? ['CPU', 'Memory', 'Pressure', 'Disk throughput', 'Disk latency', 'Network'].map((title) => <EmptyPanel key={title} title={title} />)
          : first.map((panel) => <ChartPanel key={panel.id} panel={panel} heading="h2" />)}
      </div>
      <ProcessTable filterInput={filter} />
    </div>
  );
}

function Sections(): JSX.Element {
  const app = useApp();
  watch(app.shape);
  watch(app.notices);
  const { store } = app;
  const all = sections(store.panels(), store.series());
  const open = !matchMedia('(max-width: 699px)').matches;
  return (
    <>
      {all.map((section) => (
        <ResourceSection key={section.id} section={section} open={open} resource={store.resources().find((resource) => resource.section === section.id)} />
      ))}
      <HostGaps health={store.health.values()} open={open} />
    </>
  );
}

/** followTo brings a section into view and the focus to its head. */
function followTo(section: string): void {
  const element = document.getElementById(sectionId(section));
  if (!(element instanceof HTMLDetailsElement)) return;
  element.open = true;
  element.scrollIntoView({ block: 'start' });
  element.querySelector('summary')?.focus({ preventScroll: true });
}

/** commandsOf says what every key does. */
function commandsOf(app: AppState, help: () => HTMLDialogElement | null, filter: () => HTMLInputElement | null): Commands {
  const { view } = app;
  const window = (n: number) => (): void => {
    const choice = WINDOWS[n - 1];
    if (choice) view.setWindow(choice.ms);
  };
  return {
    hold: () => app.toggleHold(),
    live: () => {
      help()?.close();
      view.follow();
    },
    back: () => app.moveCursor(-1),
    forward: () => app.moveCursor(1),
    'back-ten': () => app.moveCursor(-10),
    'forward-ten': () => app.moveCursor(10),
    oldest: () => app.moveCursorTo('first'),
    newest: () => app.moveCursorTo('last'),
    'previous-change': () => app.moveToChange(-1),
    'next-change': () => app.moveToChange(1),
    'zoom-in': () => view.stepWindow(-1),
    'zoom-out': () => view.stepWindow(1),
    'window-1': window(1),
    'window-2': window(2),
    'window-3': window(3),
    'window-4': window(4),
    'window-5': window(5),
    'window-6': window(6),
    filter: () => {
      filter()?.focus();
      filter()?.scrollIntoView({ block: 'nearest' });
    },
    theme: () => cycleTheme(app),
    units: () => view.setUnits(view.units.peek() === 'bits' ? 'bytes' : 'bits'),
    zone: () => cycleZone(app),
    retry: () => app.connection.retry(),
    help: () => {
      const dialog = help();
      if (dialog?.open === true) dialog.close();
      else dialog?.showModal();
    },
    escape: () => void view.closeOne(),
  };
}
