// Notifications of the browser, for whoever has the page open somewhere behind other windows.
// Nobody is asked before they press a button.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { AppState } from '../state/app-state';
import type { Alert } from '../wire/types';
import type { AlertNews } from './alert-words';

/** What a browser gives for it: the constructor of the platform. */
export interface BrowserNotifications {
  readonly permission: NotificationPermission;
  requestPermission(): Promise<NotificationPermission>;
  new (title: string, options: NotificationOptions): { onclick: ((event: Event) => unknown) | null };
}

/** on and off are a person's choice; refused is the browser's, and absent is one that has none, as on a page without TLS. */
type NotesState = 'on' | 'off' | 'refused' | 'absent';

interface BrowserNotesDeps {
  /** undefined where the browser has none. */
  readonly browser: BrowserNotifications | undefined;
  /** What the person chose, kept between visits. */
  readonly chosen: Signal<'off' | 'on'>;
  readonly hostname: () => string;
  /** Called when one is pressed. */
  readonly open: (alert: Alert) => void;
}

export interface BrowserNotes {
  readonly state: ReadonlySignal<NotesState>;
  /** Switches them on, asking the browser where that is needed, or off. */
  toggle(): Promise<void>;
  tell(news: AlertNews): void;
}

export function createBrowserNotes({ browser, chosen, hostname, open }: BrowserNotesDeps): BrowserNotes {
  const stateNow = (): NotesState => {
    if (!browser) return 'absent';
    if (browser.permission === 'denied') return 'refused';
    return chosen.peek() === 'on' && browser.permission === 'granted' ? 'on' : 'off';
  };
  const state = signal(stateNow());
  const told = new Set<string>();

  const show = (alert: Alert, title: string): void => {
    if (!browser) return;
    try {
      // One of the same tag takes the place of the one before.
      const note = new browser(`${title} · ${hostname()}`, { body: alert.text, tag: alert.id });
      note.onclick = () => open(alert);
    } catch {
      // Some browsers of phones have the name alone.
      state.value = 'absent';
    }
  };
  return {
    state,
    async toggle() {
      const on = stateNow() === 'on';
      if (!on && browser?.permission === 'default') await browser.requestPermission();
      chosen.value = on ? 'off' : 'on';
      state.value = stateNow();
    },
    tell({ fired, over }) {
      if (stateNow() !== 'on') return;
      for (const alert of fired) {
        // What is for the page alone is not told.
        if (!alert.notify) continue;
        told.add(alert.id);
        show(alert, alert.level === 'critical' ? 'CRITICAL' : 'Warning');
      }
      for (const alert of over) if (told.delete(alert.id)) show(alert, 'Over');
    },
  };
}

/** browserNotes are those of this page: pressing one comes back to it, at the second of its alert. */
export const browserNotes = ({ feed, view }: AppState): BrowserNotes =>
  createBrowserNotes({
    browser: typeof Notification === 'function' && window.isSecureContext ? Notification : undefined,
    chosen: view.notify,
    hostname: () => feed.store.host?.hostname ?? '',
    open: ({ sinceMs }) => {
      window.focus();
      view.showAt(sinceMs);
    },
  });
