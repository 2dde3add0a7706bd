import { WINDOWS, DEFAULT_WINDOW_MS } from '../state/url';
import { signOut } from '../data/session-api';
import type { AppState } from '../state/app-state';
import { PREFERENCES } from '../state/preferences';
import type { TimeRange } from '../state/view';
import type { Process } from '../processes/rows';
import { firstPanels, shownOf } from '../panels/sections';
import { cycle } from '../ui/cycle';
import { toggleDialog } from '../ui/dialogs';
import type { Explainer } from '../ui/explain-popover';
import type { Panel } from '../wire/types';
import type { Palette } from '../palette/palette-dialog';
import type { Commands } from '../palette/registry';
import type { Later, LaterParts } from '../ui/later';

/** The parts of the page that commands open, focus or ask. */
interface PageParts {
  readonly help: () => HTMLDialogElement | null;
  readonly palette: () => Palette | null;
  readonly settings: () => HTMLDialogElement | null;
  readonly date: () => HTMLDialogElement | null;
  readonly incident: () => HTMLDialogElement | null;
  readonly filter: () => HTMLInputElement | null;
  readonly explainer: () => Explainer | null;
  /** The processes that the table speaks of. */
  readonly processes: () => readonly Process[];
  /** The panel that is shown in full. */
  readonly fullPanel: () => Panel | undefined;
  /** The panel with an id. */
  readonly panel: (id: string | null) => Panel | undefined;
  readonly asTable: (on: boolean | 'toggle') => void;
  readonly goTo: (section: string) => void;
  /** What takes the view along, and most dialogs, are not there from the start. */
  readonly later: Later;
  readonly say: (text: string) => void;
}

/** commandsOf says what every key, button and entry of the palette does. */
export function commandsOf(app: AppState, parts: PageParts): Commands {
  const { view } = app;
  const window = (n: number) => (): void => {
    const choice = WINDOWS[n - 1];
    if (!choice) return;
    if (app.moves.windows().includes(choice)) view.setWindow(choice.ms);
    else parts.say(`${choice.name} is more than is remembered`);
  };
  const sort = (by: string) => (): void => {
    view.sort.value = { by, descending: true };
  };
  const later = (run: (its: LaterParts) => void): void => parts.later.use(run, () => parts.say('this part of the page could not be fetched'));
  const alerts = (part?: 'rules' | 'backtest'): void => {
    if (app.feed.archive.alerts === true) later((its) => its.openDrawer(part));
    else parts.say('what is shown has no alerts of its own');
  };
  const copy = (textOf: (its: LaterParts) => string, what: string): void =>
    later((its) => void its.copyText(textOf(its)).then((done) => parts.say(done ? `${what} copied` : 'the browser does not allow to copy')));
  const incident = (): void => {
    if (app.feed.archive.incidents) later(() => toggleDialog(parts.incident()));
    else parts.say('what is shown is the file of an incident');
  };
  const save = (format: 'csv' | 'json'): void => {
    const full = parts.fullPanel();
    const panels = full ? [full] : shownOf(firstPanels(app.feed.store.panels(), view.arrangement.peek()), view.arrangement.peek());
    const range = view.selection.peek() ?? app.shown.range();
    later((its) => {
      its.exportCharts(app, panels, range, format).then(
        (name) => parts.say(`saved ${name}`),
        () => parts.say('the values could not be fetched'),
      );
    });
  };
  return {
    hold: () => app.moves.toggleHold(),
    live: () => {
      parts.help()?.close();
      parts.explainer()?.close();
      view.follow();
    },
    back: () => app.moves.moveCursor(-1),
    forward: () => app.moves.moveCursor(1),
    'back-ten': () => app.moves.moveCursor(-10),
    'forward-ten': () => app.moves.moveCursor(10),
    oldest: () => app.moves.moveCursorTo('first'),
    newest: () => app.moves.moveCursorTo('last'),
    'previous-change': () => app.moves.moveToChange(-1),
    'next-change': () => app.moves.moveToChange(1),
    events: () => later(() => (view.drawer.value = view.drawer.peek() === 'events' ? null : 'events')),
    changes: () =>
      later((its) => {
        const open = view.drawer.peek() === 'changes' && view.selection.peek() === null;
        if (!open) view.compared.value = its.stretchOf(app);
        view.drawer.value = open ? null : 'changes';
      }),
    mark: () => {
      if (!app.feed.archive.mark) {
        parts.say('no marks can be left here');
        return;
      }
      later(() => {
        view.drawer.value = 'events';
        view.marking.value = true;
      });
    },
    'go-to-date': () => later(() => toggleDialog(parts.date())),
    'zoom-in': () => app.moves.stepZoom(-1),
    'zoom-out': () => app.moves.stepZoom(1),
    'window-1': window(1),
    'window-2': window(2),
    'window-3': window(3),
    'window-4': window(4),
    'window-5': window(5),
    'window-6': window(6),
    'window-7': window(7),
    'window-8': window(8),
    'window-all': () => view.setWindow(DEFAULT_WINDOW_MS),
    'panel-next': () => step(app, 1),
    'panel-previous': () => step(app, -1),
    'panel-full': () => {
      if (view.panel.peek() === null) view.showPanel(panelInFocus());
      else view.showPanel(null);
    },
    'data-table': () => {
      if (view.panel.peek() !== null) {
        parts.asTable('toggle');
        return;
      }
      parts.asTable(true);
      view.showPanel(panelInFocus());
    },
    explain: () => later(() => parts.explainer()?.toggle()),
    'go-cpu': () => parts.goTo('cpu'),
    'go-memory': () => parts.goTo('memory'),
    'go-pressure': () => parts.goTo('pressure'),
    'go-disk': () => parts.goTo('disk'),
    'go-filesystem': () => parts.goTo('filesystem'),
    'go-network': () => parts.goTo('network'),
    'go-tcp': () => parts.goTo('tcp'),
    'go-sensors': () => parts.goTo('sensors'),
    'go-limits': () => parts.goTo('limits'),
    'go-self': () => parts.goTo('self'),
    'go-processes': () => parts.goTo('processes'),
    'go-gaps': () => parts.goTo('gaps'),
    filter: () => {
      parts.filter()?.focus();
      parts.filter()?.scrollIntoView({ block: 'nearest' });
    },
    'sort-auto': sort('auto'),
    'sort-cpu': sort('cpu'),
    'sort-memory': sort('memory'),
    'sort-io': sort('io'),
    'process-tree': () => cycle(view.processes, PREFERENCES.processes),
    'table-face': () => cycle(view.face, PREFERENCES.face),
    'cpu-scale': () => cycle(view.cpu, PREFERENCES.cpu),
    theme: () => cycle(view.theme, PREFERENCES.theme),
    units: () => cycle(view.units, PREFERENCES.units),
    zone: () => cycle(view.zone, PREFERENCES.zone),
    retry: () => app.feed.connection.retry(),
    palette: () => {
      // What there is to find comes later; the field for it is there at once.
      void parts.later.fetch();
      parts.palette()?.toggle();
    },
    alerts: () => alerts(),
    'alert-rules': () => alerts('rules'),
    'alert-backtest': () => alerts('backtest'),
    settings: () => later(() => toggleDialog(parts.settings())),
    // Loading anew forgets what this page has received.
    'sign-out': () => void signOut().then((done) => (done ? document.location.reload() : parts.say('signing out did not work'))),
    'copy-link': () => copy((its) => its.linkTo(app, document.location, selected(app)), 'link'),
    export: () => (view.selection.peek() && app.feed.archive.incidents ? incident() : save('csv')),
    'export-incident': () => incident(),
    'export-csv': () => save('csv'),
    'export-json': () => save('json'),
    'export-processes': () => {
      const range = view.selection.peek() ?? app.shown.range();
      later((its) => {
        its.exportProcesses(app, range).then(
          (name) => parts.say(`saved ${name}`),
          () => parts.say('the processes could not be fetched'),
        );
      });
    },
    'export-png': () => {
      const panel = parts.fullPanel() ?? parts.panel(panelInFocus());
      if (!panel) return;
      later((its) => {
        its.savePicture(app, panel).then(
          (name) => parts.say(name === undefined ? `${panel.title} is not drawn yet` : `saved ${name}`),
          () => parts.say('the browser could not make a picture'),
        );
      });
    },
    summary: () => copy((its) => its.summary(app, parts.processes(), its.linkTo(app, document.location)), 'summary'),
    help: () => later(() => toggleDialog(parts.help())),
    escape: () => {
      // The key is taken from the browser, which would close it.
      const popover = document.querySelector<HTMLElement>('[popover="auto"]:popover-open');
      if (popover) popover.hidePopover();
      else if (parts.explainer()?.close() !== true) view.closeOne();
    },
  };
}

const selected = (app: AppState): TimeRange | undefined => app.view.selection.peek() ?? undefined;

/** step goes to the next chart, or through the rows where the table has the focus. */
function step({ view }: AppState, by: 1 | -1): void {
  const focus = document.activeElement;
  const list = focus?.closest('.incident-drawer');
  if (list) {
    const entries = Array.from(list.querySelectorAll<HTMLElement>('.incident-open'));
    entries[entries.findIndex((entry) => entry === focus) + by]?.focus();
    return;
  }
  const rows = focus?.closest('.process-scroll');
  if (rows) {
    stepRow(view, Array.from(rows.querySelectorAll<HTMLElement>('.process-open, .service-open')), by);
    return;
  }
  const sliders = Array.from(document.querySelectorAll<HTMLElement>('.chart-slider')).filter((slider) => slider.checkVisibility() && slider.closest('[inert]') === null);
  const at = sliders.findIndex((slider) => slider === focus);
  const next = sliders[at < 0 ? (by > 0 ? 0 : sliders.length - 1) : Math.min(sliders.length - 1, Math.max(0, at + by))];
  next?.focus({ preventScroll: true });
  next?.closest('.chart-panel')?.scrollIntoView({ block: 'nearest' });
}

/** stepRow goes to the next process or service; where one is open, that one is opened instead. */
function stepRow(view: AppState['view'], names: readonly HTMLElement[], by: 1 | -1): void {
  const at = names.findIndex((name) => name === document.activeElement);
  const next = names[at < 0 ? names.findIndex((name) => name.checkVisibility() && isInside(name)) : at + by];
  if (!next) return;
  next.focus();
  const { process, service } = next.dataset;
  if (process !== undefined && view.process.peek() !== null) view.showProcess(process);
  if (service !== undefined && view.service.peek() !== null) view.service.value = service;
}

/** isInside says whether a row is in the part of the table that can be seen. */
function isInside(name: HTMLElement): boolean {
  const box = name.closest('.process-scroll')?.getBoundingClientRect();
  return box !== undefined && name.getBoundingClientRect().top >= box.top;
}

/** panelInFocus is the chart that has the focus, else the one under the pointer, else the first. */
function panelInFocus(): string | null {
  const panel = document.activeElement?.closest('.chart-panel') ?? document.querySelector('.chart-panel:hover') ?? document.querySelector('.chart-panel');
  return panel?.getAttribute('data-panel') ?? null;
}
