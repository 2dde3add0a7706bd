// A shell is what an address asks for: the page of a host, its kiosk, one chart alone, or the wall. It
// makes everything that this needs, shows it in an element, and takes it away again; each
// host that is looked at has its own.

import './styles/index.css';
import { computed, type Signal } from '@preact/signals';
import { type ComponentType, type JSX, render } from 'preact';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { createFrameLoop } from './charts/frame-loop';
import type { Archive } from './data/archive';
import type { SignInResult } from './data/session-api';
import { Page } from './page';
import { Embed } from './embed';
import { type AppState, createAppState } from './state/app-state';
import { bindBrowser, browserDeps } from './state/browser';
import type { ConnectionDeps } from './state/connection';
import type { StateName } from './state/connection-state';
import { createPageCost } from './state/page-cost';
import type { AddressBar } from './state/address';
import type { Route } from './state/url';
import { TOPIC_VERDICT } from './wire/messages.gen';
import { AppContext, useApp } from './ui/context';
import { followDensity, followTheme } from './ui/cycle';
import { whenIdle } from './ui/idle';
import { createLater, LaterContext, useLater } from './ui/later';
import { Bench } from './ui/page-cost-line';
import { keepTabSign } from './ui/tab-sign';

/** How long the page waits for the host's answer before it shows that it waits. */
const patienceMs = 300;
const waiting: ReadonlySet<StateName> = new Set(['CONNECTING', 'SYNCING']);

/** described comes when there is a picture to draw, or more to say than that there is none. */
function described({ feed: { connection }, clock: { later } }: AppState): Promise<void> {
  const known = computed(() => connection.hasRows.value || !waiting.has(connection.name.value));
  if (known.value) return Promise.resolve();
  let stop = (): void => undefined;
  return new Promise<void>((done) => {
    stop = known.subscribe((now) => {
      if (now) done();
    });
    later(patienceMs, done);
  }).finally(() => stop());
}

/** When what the first view does without is fetched although the page is not live. */
const laterMs = 5000;

interface ShellDeps {
  /** Where it is shown; what stands there stays until there is something to say. */
  readonly root: Element;
  readonly archive: Archive;
  /** What came of a link that signs in. */
  readonly linkResult: Signal<SignInResult | undefined>;
  /** Opens what takes the place of a socket, where there is no server. */
  readonly openSocket?: ConnectionDeps['openSocket'];
  /** What shows the wall, where that is asked for. */
  readonly wall?: ComponentType<FaceProps> | undefined;
  /** The way back to the wall, where there is one above a host. */
  readonly way?: Promise<typeof import('./fleet/back')> | undefined;
}

export interface FaceProps {
  readonly route: Route;
}

/** The wall has the address to itself; of its own host it needs no more than that it is there. */
const noAddress: AddressBar = {
  location: { hash: '#w=1m', pathname: '', search: '' },
  history: { pushState: () => undefined, replaceState: () => undefined },
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
};

export interface Shell {
  /** Connects, and shows what there is once the host has said it, or the page has to say that it does not. */
  start(): Promise<void>;
  /** Tries now what would be tried later. */
  retry(): void;
  dispose(): void;
}

export function createShell(route: Route, { root, archive, linkResult, openSocket, wall, way }: ShellDeps): Shell {
  const cost = createPageCost(() => performance.now());
  const deps = browserDeps(window);
  const from = openSocket ? { ...deps.connection, build: '', openSocket, probe: () => Promise.resolve(0) } : deps.connection;
  const app = createAppState({ ...deps, ...(wall && { address: noAddress }), connection: from, archive, cost, frameLoop: createFrameLoop(cost) });
  const later = createLater(() => import('./later-parts'));
  const { connection } = app.feed;
  let disposed = false;
  const ends = [
    bindBrowser(app, window),
    followTheme(app.view.theme, document.documentElement),
    followDensity(app.view.density, document.documentElement),
    ...(wall ? [connection.watchTable('hosts')] : [keepTabSign(app, document)]),
    ...(route.kind === 'page' ? ['processes', TOPIC_VERDICT] : route.kind === 'kiosk' ? [TOPIC_VERDICT] : []).map((topic) => connection.watchTable(topic)),
    // Everything is here before the network may go away; each time it is back, what did not come is asked for again.
    connection.name.subscribe((name) => {
      if (name === 'LIVE' || name === 'RECORDED') whenIdle(() => void later.fetch());
    }),
    // A page that never gets live has the more need of its words.
    app.clock.later(laterMs, () => void later.fetch()),
  ];
  const bound = way?.then(({ bindHost }) => bindHost(app, window));
  return {
    async start() {
      app.start();
      await described(app);
      if (disposed) return;
      root.replaceChildren();
      render(
        <AppContext.Provider value={app}>
          <LaterContext.Provider value={later}>
            <App route={route} linkResult={linkResult} wall={wall} />
          </LaterContext.Provider>
        </AppContext.Provider>,
        root,
      );
    },
    retry: () => connection.retry(),
    dispose() {
      disposed = true;
      render(null, root);
      for (const end of ends) end();
      void bound?.then((end) => end());
      app.dispose();
    },
  };
}

/** App shows what a route asks for. */
function App({ route, linkResult, wall: Wall }: FaceProps & Pick<ShellDeps, 'linkResult' | 'wall'>): JSX.Element {
  const { connection } = useApp().feed;
  const later = useLater();
  const parts = later.parts.value;
  const wanted = connection.name.value === 'DENIED' || route.kind === 'kiosk';
  // Behind the effects of everything in it, so that the parts can be opened.
  useLayoutEffect(() => later.shown(), [later, parts]);
  useEffect(() => {
    if (wanted) void later.fetch();
  }, [later, wanted]);
  return (
    <>
      {Wall ? <Wall route={route} /> : route.kind === 'kiosk' ? parts && <parts.Kiosk /> : route.kind === 'embed' ? <Embed id={route.id} /> : <Page />}
      {route.bench && <Bench />}
      {parts && <parts.SignInDialog link={linkResult} />}
    </>
  );
}
