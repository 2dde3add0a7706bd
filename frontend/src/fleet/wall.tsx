// The wall of a hub: every host in one row, the worst first. A chunk of its own, which the
// page of one host does not load.

import '../styles/wall.css';
import { useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { pageTitle, favicon } from '../ui/page-title';
import { listenToKeys } from '../palette/registry';
import { PaletteDialog, type Entry, type Finds, type Palette } from '../palette/palette-dialog';
import type { FaceProps } from '../shell';
import { ZONES } from '../lib/time';
import { PREFERENCES } from '../state/preferences';
import { ConnectionButton } from '../ui/connection-button';
import { useApp, watch } from '../ui/context';
import { cycle } from '../ui/cycle';
import { HelpIcon, Mark, SearchIcon, ThemeIcon } from '../ui/icons';
import { useLater } from '../ui/later';
import { AlertBell } from '../alerts/bell';
import { openDrawer } from '../alerts/alert-drawer';
import { CompareLine } from './compare-line';
import { EventLane } from './event-lane';
import { withLabel } from './filter';
import { createHappened } from './happened';
import { metrics } from './metrics';
import { keepPlace, keptPlace } from './place';
import { WallSentence } from './sentence-line';
import { sentenceOf } from './sentence';
import { Tiles } from './tiles';
import { splitClone } from './split';
import { collapseAll, cycleGroup, flip, WallBar } from './wall-bar';
import { addressOf } from './wall-columns';
import { AlertsDrawer, createLists, EVENTS_ID, EventsDrawer } from './wall-drawer';
import { wallBindings, type WallCommand, wallGroups } from './wall-keys';
import { createWallState, type WallState } from './wall-state';
import { WallTable, type WallRows } from './wall-table';
import { labelText, stateWord } from './words';

/** How long the address waits for more letters. */
const addressMs = 300;
const titleMs = 2000;

export function Wall({ route }: FaceProps): JSX.Element {
  const kiosk = route.kind === 'wall' && route.tiles;
  const app = useApp();
  const { view } = app;
  const later = useLater();
  const [wall] = useState(() => createWallState(app, window.location.hash));
  const [asked] = useState(takeFind);
  const rows = useRef<WallRows | null>(null);
  const filter = useRef<HTMLInputElement>(null);
  const compare = useRef<HTMLSelectElement>(null);
  const only = useSignal('');
  const [lists] = useState(createLists);
  const [happened] = useState(() => createHappened(app.clock, () => document.hidden || kiosk));
  useEffect(() => () => happened.dispose(), [happened]);
  const palette = useRef<Palette | null>(null);
  const help = useRef<HTMLDialogElement>(null);
  useAddress(wall, rows);
  useTitle(wall);
  const commands = useMemo((): Readonly<Record<WallCommand, () => void>> => {
    const step = (by: number) => (): void => rows.current?.step(by);
    const find = (): void => palette.current?.toggle();
    return {
      down: step(1),
      up: step(-1),
      'page-down': () => rows.current?.step(rows.current.page()),
      'page-up': () => rows.current?.step(-rows.current.page()),
      first: step(-Infinity),
      last: step(Infinity),
      open: () => rows.current?.open(),
      palette: find,
      'find-host': find,
      filter: () => filter.current?.focus(),
      group: () => cycleGroup(wall),
      collapse: () => collapseAll(wall),
      compare: () => compare.current?.focus(),
      flip: () => flip(wall),
      events: () => {
        only.value = '';
        document.getElementById(EVENTS_ID)?.togglePopover();
      },
      alerts: () => openDrawer(),
      theme: () => cycle(view.theme, PREFERENCES.theme),
      zone: () => cycle(view.zone, ZONES),
      retry: () => app.feed.connection.retry(),
      help: () => later.use(() => help.current?.showModal()),
      escape: () => {
        wall.filter.value = '';
      },
    };
  }, [app, later, view, wall, only]);
  useEffect(() => (kiosk ? undefined : listenToKeys(window, commands, () => view.keys.peek() === 'on', wallBindings)), [commands, kiosk, view]);
  const [finds] = useState(() => findsOf(wall, commands));
  const parts = later.parts.value;
  // With the hosts their labels come, and what the palette finds.
  watch(app.feed.shape, wall.labels);
  const { store } = app.feed;
  const name = store.host?.hostname ?? '…';
  useEffect(() => {
    if (asked) palette.current?.toggle();
  }, [asked]);
  if (kiosk) {
    return (
      <main class="wall is-kiosk">
        <div class="wall-head">
          <h1>{name}</h1>
          <ConnectionButton />
        </div>
        <WallSentence wall={wall} />
        <Tiles wall={wall} />
      </main>
    );
  }
  return (
    <>
      <header class="header-bar">
        <div class="header-row">
          <Mark class="header-mark" />
          <div class="header-host">
            <h1 class="header-name" title={name}>
              {name}
            </h1>
          </div>
          {store.hello?.demo === true && (
            <span class="chip" data-reason="These hosts are simulated, with incidents: --demo.">
              demo
            </span>
          )}
          <ConnectionButton />
          <span class="header-space" />
          <div class="wall-tools">
            <AlertBell class="icon-button" reason="alerts of all hosts (a)" />
            <button type="button" class="icon-button" aria-label="find" data-reason="find a host, an action (/)" onClick={commands.palette}>
              <SearchIcon />
            </button>
            <button type="button" class="icon-button" aria-label={`theme: ${view.theme.value}`} data-reason={`theme: ${view.theme.value} (t)`} onClick={commands.theme}>
              <ThemeIcon />
            </button>
            <button type="button" class="icon-button" aria-label="help" data-reason="keys (?)" onClick={commands.help}>
              <HelpIcon />
            </button>
          </div>
        </div>
      </header>
      <main class="wall">
        <WallSentence wall={wall} />
        <EventLane wall={wall} happened={happened} only={only} open={() => document.getElementById(EVENTS_ID)?.showPopover()} />
        <WallBar wall={wall} input={filter} compare={compare} onDown={commands.down} />
        {wall.metric.value !== '' && <CompareLine wall={wall} />}
        <WallTable wall={wall} handle={rows} />
      </main>
      <AlertsDrawer wall={wall} lists={lists} />
      <EventsDrawer wall={wall} happened={happened} only={only} lists={lists} />
      <PaletteDialog handle={palette} finds={finds} what="host, label, action" />
      {parts && <parts.HelpDialog dialog={help} table={wallBindings} under={wallGroups} foot="On the page of a host, Backspace or the mark at its top leads back to the same place here." />}
      {parts && <parts.ReasonTip />}
    </>
  );
}

/** takeFind says whether a link from the page of a host asks for another one, and takes that out of the address. */
function takeFind(): boolean {
  const query = new URLSearchParams(window.location.search);
  if (!query.has('find')) return false;
  query.delete('find');
  const rest = query.toString();
  window.history.replaceState(null, '', `${window.location.pathname}${rest === '' ? '' : `?${rest}`}${window.location.hash}`);
  return true;
}

/** useAddress keeps the choices in the address, and the place for whoever comes back. */
function useAddress(wall: WallState, rows: { readonly current: WallRows | null }): void {
  useEffect(() => {
    const address = (): string => window.location.search + wall.fragment.peek();
    const kept = keptPlace();
    if (kept?.address === address()) rows.current?.restore(kept);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const write = (): void => {
      if (window.location.hash !== wall.fragment.peek()) window.history.replaceState(null, '', window.location.pathname + address());
    };
    const end = wall.fragment.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(write, addressMs);
    });
    const changed = (): void => wall.apply(window.location.hash);
    const leave = (): void => {
      write();
      if (rows.current) keepPlace({ address: address(), chosen: wall.chosen.peek(), top: rows.current.top() });
    };
    window.addEventListener('popstate', changed);
    window.addEventListener('hashchange', changed);
    window.addEventListener('pagehide', leave);
    return () => {
      clearTimeout(timer);
      end();
      window.removeEventListener('popstate', changed);
      window.removeEventListener('hashchange', changed);
      window.removeEventListener('pagehide', leave);
    };
  }, [wall, rows]);
}

/** useTitle lets the title and the favicon say how many hosts need somebody. */
function useTitle(wall: WallState): void {
  const app = useApp();
  useEffect(() => {
    const write = (): void => {
      const hub = app.feed.store.host?.hostname ?? '';
      const { level, lead } = sentenceOf(wall.hosts(), wall.now());
      const stale = app.feed.stale();
      const title = stale ? pageTitle({ type: 'stale' }, hub) : level === 'ok' ? `hosts · ${hub}` : `${level === 'warn' ? '■' : '▲'} ${lead} · ${hub}`;
      if (document.title === title) return;
      document.title = title;
      const icon = favicon(stale ? { type: 'stale' } : level === 'ok' ? { type: 'ok' } : { type: 'bad', shape: level === 'warn' ? 'warn' : 'critical', resource: '', word: '' });
      let link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
      if (!link) {
        link = document.createElement('link');
        link.rel = 'icon';
        document.head.append(link);
      }
      link.href = icon;
    };
    write();
    const timer = setInterval(write, titleMs);
    return () => clearInterval(timer);
  }, [app, wall]);
  useSignalEffect(() => {
    watch(wall.filter, wall.group, wall.collapsed, wall.metric, wall.lowest, wall.chosen, app.view.zone);
    app.frameLoop.markDirty('table');
  });
}

/** findsOf is what the palette finds: hosts, labels and what can be done. */
function findsOf(wall: WallState, commands: Readonly<Record<WallCommand, () => void>>): Finds {
  let known = false;
  const hosts = (): readonly Entry[] =>
    wall.hosts().map((host): Entry => ({ key: host.id, text: host.name, kind: stateWord(host), run: () => window.location.assign(addressOf(host.id)) }));
  const others = (): readonly Entry[] => [
    ...Array.from(wall.labels.peek()).flatMap(([name, values]) =>
      values.map((value): Entry => {
        const label = labelText(name, value);
        return { key: `label ${label}`, text: label, kind: 'filter', run: () => (wall.filter.value = withLabel(wall.filter.peek(), label)) };
      }),
    ),
    ...metrics.map(({ id, title }): Entry => ({ key: `compare ${id}`, text: `compare ${title}`, kind: 'compare', run: () => (wall.metric.value = id) })),
    ...wall
      .hosts()
      .filter(({ clone }) => clone !== '')
      .map(({ id, name, clone }): Entry => ({ key: `split ${id}`, text: `split ${name} from ${wall.nameOf(clone)}`, kind: 'action', run: () => void splitClone(id) })),
    ...wallBindings
      .filter(({ group }) => group === 'Page')
      .map(({ id, title, keys }): Entry => ({ key: id, text: title, kind: 'action', ...(keys[0] && { label: keys[0].label }), run: commands[id] })),
  ];
  return {
    entries() {
      known = wall.hosts().length > 0;
      return [...hosts(), ...others()];
    },
    // They may come while it is open.
    came: () => (known ? [] : hosts()),
    meant: () => [],
  };
}
