// A clone becomes a host of its own.

import { ask } from '../alerts/alerts-api';

/** splitClone asks the hub to show a clone as a host of its own, and reports whether it does. */
export const splitClone = (id: string): Promise<boolean> =>
  ask(`hosts/${encodeURIComponent(id)}`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ cloneOf: '' }) }).then(
    () => true,
    () => false,
  );
