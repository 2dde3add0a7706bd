// What the server that watches the host says of alerts. Addresses are relative to the page,
// which may be served under a sub-path. What else it answers and takes: acts-api.ts.

import { ApiError } from '../data/archive';
import { keyHeaders } from '../data/session-key';
import { createChecks, isText } from '../wire/check';
import { decodeErrorCode } from '../wire/decode';
import type { AlertsAnswer } from '../wire/types';

const checkOf = createChecks(
  {
    Alerts: 'alerts:[Alert learning?:Learning',
    Alert: 'id:s rule:s state:=pending|firing|resolved level?:s labels:{s sinceMs:n firedMs?:n endMs?:n text:s value:n unit?:s peak:n notify:b annotations?:{s silenced?:Silenced deliveries?:[Delivery',
    Delivery: 'kind:s receiver:s state:s atMs:n nextMs?:n tries?:u error?:s maybeTwice?:b',
    Learning: 'untilMs:n armed:b would:[Notice',
    Notice: 'atMs:n kind:s alerts:[Alert',
  },
  { Silenced: (value) => value === false || isText(value) },
);

export const isAlerts = (value: unknown): value is AlertsAnswer => checkOf('Alerts')(value);

export const fetchAlerts = (signal?: AbortSignal): Promise<AlertsAnswer> => get('alerts', isAlerts, signal);

/** get asks for what a check knows. */
export async function get<T>(path: string, is: (value: unknown) => value is T, signal?: AbortSignal): Promise<T> {
  const response = await ask(path, { headers: {}, ...(signal && { signal }) });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!is(answer)) throw new ApiError(200, 'unreadable');
  return answer;
}

/** ask rejects with an ApiError where something else is answered. */
export async function ask(path: string, { headers, ...init }: Omit<RequestInit, 'headers'> & { readonly headers: Readonly<Record<string, string>> }): Promise<Response> {
  const response = await fetch(`api/v1/${path}`, { ...init, headers: { accept: 'application/json', ...keyHeaders(), ...headers }, credentials: 'same-origin' });
  if (!response.ok) throw new ApiError(response.status, decodeErrorCode(await response.json().catch(() => undefined)));
  return response;
}
