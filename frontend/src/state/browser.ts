// The browser behind the interfaces that the rest of the state asks for.

import { keyHeaders, keyProtocols } from '../data/session-key';
import type { AppDeps, AppState } from './app-state';
import type { Socket, SocketEvents } from './connection';
import { adopt } from './early-socket';
import type { InboxHost } from './inbox';
import type { Settings } from './preferences';
import type { RunLater } from './clock';

/** browserDeps are the dependencies of createAppState in a browser, but for the archive, the frame loop and what it costs. */
export function browserDeps(page: Window & typeof globalThis): Omit<AppDeps, 'archive' | 'frameLoop' | 'cost'> {
  const build = page.document.querySelector('meta[name="dashcam-build"]')?.getAttribute('content') ?? '';
  return {
    settings: storedSettings(page),
    address: page,
    later: timeouts(page),
    now: () => page.performance.now(),
    connection: {
      build,
      random: Math.random,
      inbox: painting(page),
      openSocket(subprotocol, events) {
        const early = page.dashcamEarly;
        page.dashcamEarly = undefined;
        return early ? adopt(early, events) : openSocket(socketAddress(page.document.baseURI), subprotocol, events);
      },
      probe: async () => {
        try {
          return (await page.fetch('api/v1/host', { credentials: 'same-origin', cache: 'no-store', headers: keyHeaders() })).status;
        } catch {
          return 0;
        }
      },
    },
  };
}

/** bindBrowser tells the connection what the browser knows. The returned function ends it. */
export function bindBrowser(app: AppState, page: Window): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const { connection } = app.feed;
  page.document.addEventListener('visibilitychange', () => connection.setVisible(page.document.visibilityState === 'visible'), { signal });
  // The back-forward cache takes no page with a socket, and a frozen one cannot read.
  page.document.addEventListener('freeze', () => connection.suspend(), { signal });
  page.addEventListener('pagehide', () => connection.suspend(), { signal });
  page.document.addEventListener('resume', () => connection.wake(), { signal });
  page.addEventListener('pageshow', () => connection.wake(), { signal });
  page.addEventListener('online', () => connection.setOnline(true), { signal });
  page.addEventListener('offline', () => connection.setOnline(false), { signal });
  connection.setVisible(page.document.visibilityState === 'visible');
  page.document.addEventListener('visibilitychange', () => renew(app, page), { signal });
  const endOutdated = connection.name.subscribe(() => renew(app, page));
  return () => {
    ended.abort();
    endOutdated();
  };
}

const RENEWED = 'dashcam.renewed';

/** A page of another build is loaded anew while nobody looks at it; once per build, in case that changes nothing. */
function renew({ feed: { connection, store } }: Pick<AppState, 'feed'>, page: Window): void {
  if (page.document.visibilityState === 'visible' || !connection.state.peek().outdated) return;
  const build = store.hello?.build ?? '';
  try {
    if (page.sessionStorage.getItem(RENEWED) === build) return;
    page.sessionStorage.setItem(RENEWED, build);
  } catch {
    return; // without storage it cannot be known
  }
  page.location.reload();
}

/** socketAddress is the socket beside the page, whatever path it is served under. */
function socketAddress(base: string): string {
  const address = new URL('ws', base);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}

function openSocket(address: string, subprotocol: string, events: SocketEvents): Socket {
  const socket = new WebSocket(address, [subprotocol, ...keyProtocols()]);
  socket.onopen = () => events.open();
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'string') events.message(data);
  };
  socket.onclose = ({ code, reason }) => events.close(code, reason);
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    abandon() {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
    },
  };
}

/** A frame that nobody sees may not come: what waits for one does not wait longer. */
const LONGEST_FRAME_MS = 500;

/** Safari does not have one yet. */
const hasScheduler = (page: object): boolean => 'scheduler' in page;

function painting(page: Window & typeof globalThis): InboxHost {
  const nextTask = (run: () => void): void => {
    if (!hasScheduler(page)) page.setTimeout(run, 0);
    else void page.scheduler.yield().then(run);
  };
  return {
    nextTask,
    afterPaint(run) {
      let done = false;
      const once = (): void => {
        if (!done) run();
        done = true;
      };
      page.requestAnimationFrame(() => page.setTimeout(once, 0));
      page.setTimeout(once, LONGEST_FRAME_MS);
    },
  };
}

function storedSettings(page: Window): Settings {
  // Storage may be blocked; then a choice lasts as long as the page.
  const kept = new Map<string, string>();
  return {
    get(name) {
      try {
        return page.localStorage.getItem(`dashcam.${name}`);
      } catch {
        return kept.get(name) ?? null;
      }
    },
    set(name, value) {
      kept.set(name, value);
      try {
        page.localStorage.setItem(`dashcam.${name}`, value);
      } catch {
        // Nothing to do: the choice is in kept.
      }
    },
  };
}

function timeouts(page: Window): RunLater {
  return (ms, run) => {
    const id = page.setTimeout(run, ms);
    return () => page.clearTimeout(id);
  };
}
