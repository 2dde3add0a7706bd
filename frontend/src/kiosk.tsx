import type { JSX } from 'preact';
import { VerdictLine } from './incidents/verdict-line';
import { Announcer } from './ui/announcer';
import { ConnectionButton } from './ui/connection-button';
import { useApp, watch } from './ui/context';
import { useLater } from './ui/later';
import { Matrix } from './ui/matrix';
import { Overview } from './ui/overview';

/** Kiosk is ?kiosk=1: the verdict, the matrix in large and the lanes, and nothing to do. */
export function Kiosk(): JSX.Element {
  const app = useApp();
  const parts = useLater().parts.value;
  watch(app.feed.shape);
  return (
    <main class="kiosk">
      <div class="kiosk-head">
        <h1>{app.feed.store.host?.hostname ?? '…'}</h1>
        <ConnectionButton />
        {parts && app.feed.archive.alerts === true && <parts.WallAlerts />}
      </div>
      <VerdictLine />
      <Matrix resources={app.feed.store.resources()} />
      <Overview />
      <Announcer />
    </main>
  );
}
