import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { formatCoarse, formatText, truncateMiddle } from '../lib/format';
import { offeredWindows, type WINDOWS } from '../state/url';
import type { Host } from '../wire/types';
import { ConnectionButton } from './connection-button';
import { useApp, watch } from './context';
import { HelpIcon, HoldIcon, Mark, PlayIcon, SearchIcon, SettingsIcon, ThemeIcon } from './icons';
import { useLater } from './later';
import { setClass, setText, useDraw } from './live';
import { newestMs } from './moment';
import { Segmented } from './segmented';
import { unbroken } from './unbroken';

/** What the buttons of the bars do; the keys do the same. */
export interface BarActions {
  readonly hold: () => void;
  readonly live: () => void;
  readonly find: () => void;
  readonly theme: () => void;
  readonly settings: () => void;
  readonly help: () => void;
  readonly date: () => void;
  readonly back: () => void;
  readonly forward: () => void;
  readonly events: () => void;
  readonly changes: () => void;
}

const asChoice = ({ name, ms }: (typeof WINDOWS)[number]): { readonly value: number; readonly text: string } => ({ value: ms, text: name });
/** The entry of a menu of windows that asks for a date. */
const DATE = 'date';
/** The windows that are offered whatever is remembered have a button each. */
const usual = offeredWindows(0).map(asChoice);

/** HeaderBar is one line: which machine, is it alive, which window, and four tools. */
export function HeaderBar({ actions }: { actions: BarActions }): JSX.Element {
  const app = useApp();
  const { view } = app;
  const parts = useLater().parts.value;
  watch(app.feed.shape);
  const { host } = app.feed.store;
  const pinned = view.mode.value === 'HELD';
  const setWindow = (ms: number): void => view.setWindow(ms);
  // A menu of windows leads to a date as well, and shows the window that is chosen all the same.
  const choose = (select: HTMLSelectElement, shown: string): void => {
    if (select.value !== DATE) {
      setWindow(Number(select.value));
      return;
    }
    select.value = shown;
    actions.date();
  };
  // A range that was chosen is none of the windows.
  const chosen = view.mode.value === 'RANGE' ? undefined : view.windowMs.value;
  const days = app.moves.windows().slice(usual.length).map(asChoice);
  const inDays = days.some(({ value }) => value === chosen) ? String(chosen) : '';
  return (
    <header class="header-bar">
      <div class="header-row">
        {view.wall.value === '' ? (
          <Mark class="header-mark" />
        ) : (
          <a class="header-wall" href={view.wall.value} aria-label="all hosts" data-reason="all hosts (Backspace)">
            <Mark class="header-mark" />
          </a>
        )}
        <div class="header-host">
          <h1 class="header-name" title={host?.hostname}>
            {host ? truncateMiddle(host.hostname, 24) : '…'}
          </h1>
          {host && <HostFacts host={host} />}
        </div>
        {app.feed.store.hello?.demo === true && (
          <span class="chip" data-reason="This host is simulated, with incidents: --demo.">
            demo
          </span>
        )}
        {host?.container === true && (
          <span class="chip" data-reason="CPU, memory and disks are the host's; processes, network and limits are those of this container.">
            container
          </span>
        )}
        <ConnectionButton />
        <span class="header-space" />
        <OwnCost />
        <Segmented class="header-windows" name="window" label="window" choices={usual} value={chosen} onChange={setWindow} />
        {days.length > 0 && (
          <select class="window-select window-days" aria-label="window of days" value={inDays} onChange={(event) => choose(event.currentTarget, inDays)}>
            <option value="" hidden>
              days
            </option>
            {days.map(({ value, text }) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
            <option value={DATE}>date…</option>
          </select>
        )}
        <label class="header-windows-select">
          <span class="visually-hidden">window</span>
          <select class="window-select" value={chosen ?? ''} onChange={(event) => choose(event.currentTarget, String(chosen ?? ''))}>
            <option value="" hidden>
              range
            </option>
            {[...usual, ...days].map(({ value, text }) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
            <option value={DATE}>date…</option>
          </select>
        </label>
        <div class="header-tools">
          {app.feed.archive.alerts === true && <span class="alert-slot">{parts && <parts.AlertBell class="icon-button" reason="alerts (a)" />}</span>}
          <button type="button" class="icon-button" aria-label="hold" aria-pressed={pinned} data-reason="hold this moment (Space)" onClick={pinned ? actions.live : actions.hold}>
            {pinned ? <PlayIcon /> : <HoldIcon />}
          </button>
          <button type="button" class="icon-button" aria-label="find" data-reason="find a chart, a process, an action (/)" onClick={actions.find}>
            <SearchIcon />
          </button>
          <button type="button" class="icon-button" aria-label={`theme: ${view.theme.value}`} data-reason={`theme: ${view.theme.value} (t)`} onClick={actions.theme}>
            <ThemeIcon />
          </button>
          <button type="button" class="icon-button" aria-label="settings" data-reason="settings" onClick={actions.settings}>
            <SettingsIcon />
          </button>
          <button type="button" class="icon-button" aria-label="help" data-reason="keys (?)" onClick={actions.help}>
            <HelpIcon />
          </button>
        </div>
      </div>
    </header>
  );
}

function HostFacts({ host }: { host: Host }): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLSpanElement>(null);
  useDraw(root, () => {
    const newest = newestMs(app.feed.store);
    const now = Number.isNaN(newest) ? app.clock.hostNow() : newest;
    const up = host.bootMs > 0 ? `up ${formatCoarse(now - host.bootMs)}` : '';
    const kernel = host.kernel.replace(/^(\d+\.\d+).*$/, '$1');
    const facts = [shortName(host.os), kernel, `${host.cpus} CPU`, formatText(host.memory, 'bytes'), up];
    setText(root.current, unbroken(facts.filter((fact) => fact !== '').join(' · ')));
  }, 'now', 'once');
  return <span class="header-facts" ref={root} title={`${host.os}, ${host.kernel}, ${host.arch}${host.model ? `, ${host.model}` : ''}`} />;
}

/** shortName leaves out of a system's name what everybody knows. */
function shortName(os: string): string {
  return os.replace(' GNU/Linux', '').replace(/ \([^)]*\)$/, '');
}

const resident = { kind: ['resident'] };

/** OwnCost is what dashcam itself takes of the host it watches. */
function OwnCost(): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLSpanElement>(null);
  const cpu = useRef<HTMLElement>(null);
  const memory = useRef<HTMLElement>(null);
  useDraw(root, () => {
    const { store } = app.feed;
    setClass(root.current, 'is-stale', app.feed.stale());
    const index = store.length - 1;
    const value = (family: string, match?: Readonly<Record<string, readonly string[]>>): string => {
      const series = store.find(family, match)[0];
      const now = series ? store.value(series.id, index) : null;
      return series && now !== null ? formatText(now, series.unit ?? '') : '—';
    };
    // It keeps its place: what takes none is never seen again, and so never drawn.
    setClass(root.current, 'is-unknown', store.byFamily('self.cpu').length === 0);
    setText(cpu.current, value('self.cpu'));
    setText(memory.current, value('self.memory', resident));
  }, 'now', 'once');
  return (
    <span class="header-cost" ref={root}>
      dashcam itself
      <b ref={cpu}>—</b>
      <b ref={memory}>—</b>
    </span>
  );
}
