// Which alerts speak now.

import type { Alert, AlertsAnswer } from '../wire/types';

/** firing are the alerts that are not over and that nobody has silenced: critical ones first, else in the order of the answer. */
export function firing(known: AlertsAnswer | undefined): readonly Alert[] {
  const now = (known?.alerts ?? []).filter(({ state, silenced }) => state === 'firing' && !silenced);
  return [...now.filter(isCritical), ...now.filter((alert) => !isCritical(alert))];
}

export const isCritical = ({ level }: Alert): boolean => level === 'critical';
