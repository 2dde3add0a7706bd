import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { firing, isCritical } from '../signs/firing';
import { useApp } from '../ui/context';
import { StateShape } from '../ui/icons';
import { createAlerts } from './alerts';
import { fetchAlerts } from './alerts-api';

/** WallAlerts is one line for a wall: the worst alert, and how many more fire. */
export function WallAlerts(): JSX.Element {
  const app = useApp();
  const { feed } = app;
  const [alerts] = useState(() => createAlerts({ app, fetch: fetchAlerts, told: () => undefined }));
  useEffect(() => () => alerts.dispose(), [alerts]);
  const [worst, ...others] = firing(feed.alerts.value);
  const critical = worst !== undefined && isCritical(worst);
  return (
    <p class={`wall-alerts ${critical ? 'is-critical-text' : 'is-warn-text'} ${feed.connection.stale.value ? 'is-stale' : ''}`}>
      {worst && <StateShape shape={critical ? 'critical' : 'warn'} />}
      {worst && <span class="wall-alert">{worst.text}</span>}
      {others.length > 0 && <span>+{others.length} more</span>}
    </p>
  );
}
