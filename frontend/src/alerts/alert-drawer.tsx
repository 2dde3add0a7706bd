import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../ui/context';
import { whenIdle } from '../ui/idle';
import { createLater } from '../ui/later';
import { createAlerts } from './alerts';
import { fetchAlerts } from './alerts-api';
import { DRAWER_ID } from './bell';
import type { BrowserNotes } from './browser-notes';

/** The parts of the list that can be asked for by name. */
type DrawerPart = 'rules' | 'backtest';

/** openDrawer opens the list, or closes it; the list opens the part that is named. */
export function openDrawer(part?: DrawerPart): void {
  const drawer = document.getElementById(DRAWER_ID);
  if (!drawer) return;
  if (part === undefined) {
    drawer.togglePopover();
    return;
  }
  drawer.dataset.part = part;
  drawer.showPopover();
}

/**
 * AlertDrawer follows the alerts, speaks of what changes, and holds the list. That is fetched
 * when it is opened, or when something fires: the network may be what goes next; and by a
 * browser that notifies, which does so from there.
 */
export function AlertDrawer(): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  const open = useSignal(false);
  const [list] = useState(() => createLater(() => import('./alert-parts')));
  const notes = useRef<BrowserNotes | undefined>(undefined);
  const [alerts] = useState(() => createAlerts({ app, fetch: fetchAlerts, told: (news) => notes.current?.tell(news) }));
  useEffect(() => () => alerts.dispose(), [alerts]);
  const wanted = open.value || app.view.notify.value === 'on' || app.feed.alerts.value?.alerts.some(({ state }) => state !== 'resolved') === true;
  useEffect(() => (wanted ? whenIdle(() => void list.fetch()) : undefined), [list, wanted]);
  const parts = list.parts.value;
  if (parts) notes.current ??= parts.browserNotes(app);
  return (
    <>
      <div class="visually-hidden" role="log" aria-label="changes of alerts">
        {alerts.said.value}
      </div>
      <div
        class="alert-drawer"
        id={DRAWER_ID}
        ref={root}
        popover="auto"
        role="dialog"
        aria-label="Alerts"
        tabIndex={-1}
        autofocus
        onToggle={(event) => {
          open.value = event.newState === 'open';
        }}
      >
        {open.value && (parts && notes.current ? <parts.AlertList alerts={alerts} notes={notes.current} close={() => root.current?.hidePopover()} /> : '…')}
      </div>
    </>
  );
}
