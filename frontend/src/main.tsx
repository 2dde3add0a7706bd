import './styles/index.css';
import { computed, signal } from '@preact/signals';
import { render } from 'preact';
import { App } from './app';
import { createFrameLoop } from './charts/frame-loop';
import { httpArchive } from './data/http-archive';
import { signIn, type SignInResult, takeToken } from './data/session-api';
import { type AppState, createAppState } from './state/app-state';
import { bindBrowser, browserDeps } from './state/browser';
import type { StateName } from './state/connection-state';
import { createPageCost } from './state/page-cost';
import { parseQuery } from './state/url';
import { AppContext } from './ui/context';
import { followDensity, followTheme } from './ui/cycle';
import { whenIdle } from './ui/idle';
import { createLater, LaterContext } from './ui/later';
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

const root = document.getElementById('app');
if (root) {
  // Before anything reads the view from the fragment.
  const link = takeToken(window);
  const cost = createPageCost(() => performance.now());
  const app = createAppState({ ...browserDeps(window), archive: httpArchive, cost, frameLoop: createFrameLoop(cost) });
  bindBrowser(app, window);
  followTheme(app.view.theme, document.documentElement);
  followDensity(app.view.density, document.documentElement);
  const mode = parseQuery(window.location.search);
  if (!mode.kiosk && mode.embed === '') app.feed.connection.watchTable('processes');
  keepTabSign(app, document);
  const linkResult = signal<SignInResult | undefined>(undefined);
  const later = createLater(() => import('./later-parts'));
  const mount = (): void => {
    root.replaceChildren();
    render(
      <AppContext.Provider value={app}>
        <LaterContext.Provider value={later}>
          <App mode={mode} linkResult={linkResult} />
        </LaterContext.Provider>
      </AppContext.Provider>,
      root,
    );
  };
  // Everything is here before the network may go away; each time it is back, what did not come is asked for again.
  app.feed.connection.name.subscribe((name) => {
    if (name === 'LIVE') whenIdle(() => void later.fetch());
  });
  // A page that never gets live has the more need of its words.
  setTimeout(() => void later.fetch(), laterMs);
  // A link pasted into an open page only changes the fragment.
  window.addEventListener('hashchange', () => void followLink(takeToken(window)));
  void begin(link);

  /** The static frame of index.html stays until the host has said what there is, or the page has to say that it does not. */
  async function begin(token: string | undefined): Promise<void> {
    if (token !== undefined) await followLink(token);
    app.start();
    await described(app);
    mount();
  }

  async function followLink(token: string | undefined): Promise<void> {
    if (token === undefined) return;
    // Where it does not work, the page says so and asks for one that does.
    linkResult.value = await signIn(token);
    app.feed.connection.retry();
  }
}
