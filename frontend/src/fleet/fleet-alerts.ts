// The alerts of all hosts, as the hub knows them.

import { get, isAlerts } from '../alerts/alerts-api';
import { isText } from '../wire/check';
import type { Alert, AlertsAnswer } from '../wire/types';

/** An alert of a host; online is false where it is what was known when the host was heard of last. */
export interface FleetAlert extends Alert {
  readonly host: string;
  readonly name: string;
  readonly online: boolean;
}

interface FleetAlertsAnswer extends AlertsAnswer {
  readonly alerts: readonly FleetAlert[];
}

export const isOfHost = (alert: Alert): alert is FleetAlert => 'host' in alert && isText(alert.host) && 'name' in alert && isText(alert.name) && 'online' in alert && typeof alert.online === 'boolean';

const isFleetAlerts = (value: unknown): value is FleetAlertsAnswer => isAlerts(value) && value.alerts.every(isOfHost);

/** fetchFleetAlerts asks for those of all hosts. Two hosts may have the same id for their own. */
export async function fetchFleetAlerts(signal?: AbortSignal): Promise<FleetAlertsAnswer> {
  const answer = await get('hosts/alerts', isFleetAlerts, signal);
  return { ...answer, alerts: answer.alerts.map((alert) => ({ ...alert, id: `${alert.host} ${alert.id}` })) };
}
