import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { createAlerts } from '../alerts/alerts';
import { DRAWER_ID } from '../alerts/bell';
import { useApp } from '../ui/context';
import { whenIdle } from '../ui/idle';
import { createLater, type Later } from '../ui/later';
import { fetchFleetAlerts } from './fleet-alerts';
import type { Happened } from './happened';
import type { WallState } from './wall-state';

export const EVENTS_ID = 'wall-events';

/** How long it waits for more to change before it asks for alerts. */
const togetherMs = 500;

type Lists = typeof import('./wall-lists');

/** createLists gets what the drawers hold, when one is opened or something fires. */
export const createLists = (): Later<Lists> => createLater(() => import('./wall-lists'));

/** AlertsDrawer follows the alerts of all hosts, speaks of what changes, and holds their list. */
export function AlertsDrawer({ wall, lists }: { wall: WallState; lists: Later<Lists> }): JSX.Element {
  const app = useApp();
  const [alerts] = useState(() => createAlerts({ app, fetch: fetchFleetAlerts, told: () => undefined }));
  useEffect(() => () => alerts.dispose(), [alerts]);
  // A host says how many of its alerts fire; which they are is asked for then.
  useSignalEffect(() => (wall.alerting.value === undefined ? undefined : app.clock.later(togetherMs, () => alerts.refresh())));
  const fires = app.feed.alerts.value?.alerts.some(({ state }) => state !== 'resolved') === true;
  return (
    <>
      <div class="visually-hidden" role="log" aria-label="changes of alerts">
        {alerts.said.value}
      </div>
      <Drawer id={DRAWER_ID} name="Alerts" lists={lists} wanted={fires}>
        {(parts, close) => <parts.AlertsOfAll close={close} refresh={() => alerts.refresh()} />}
      </Drawer>
    </>
  );
}

/** EventsDrawer holds what happened on all hosts; only is the key of the happening that was asked for. */
export function EventsDrawer({ wall, happened, only, lists }: { wall: WallState; happened: Happened; only: Signal<string>; lists: Later<Lists> }): JSX.Element {
  return (
    <Drawer id={EVENTS_ID} name="What happened" lists={lists} wanted={false}>
      {(parts, close) => <parts.EventsOfAll wall={wall} happened={happened} only={only} close={close} />}
    </Drawer>
  );
}

function Drawer({ id, name, lists, wanted, children }: { id: string; name: string; lists: Later<Lists>; wanted: boolean; children: (parts: Lists, close: () => void) => JSX.Element }): JSX.Element {
  const open = useSignal(false);
  const fetched = open.value || wanted;
  useEffect(() => (fetched ? whenIdle(() => void lists.fetch()) : undefined), [lists, fetched]);
  const parts = lists.parts.value;
  return (
    <div
      class="alert-drawer"
      id={id}
      popover="auto"
      role="dialog"
      aria-label={name}
      tabIndex={-1}
      autofocus
      onToggle={(event) => {
        open.value = event.newState === 'open';
      }}
    >
      {open.value && (parts ? children(parts, () => document.getElementById(id)?.hidePopover()) : '…')}
    </div>
  );
}
