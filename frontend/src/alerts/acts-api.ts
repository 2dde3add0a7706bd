// What the list of alerts asks for when it is opened, and what it tells the server.

import { ApiError } from '../data/archive';
import { createChecks } from '../wire/check';
import type { Alert } from '../wire/types';
import { ask, get, isAlerts } from './alerts-api';

/** Rule is a built-in rule of api/v1/rules with its numbers. */
export interface Rule {
  readonly name: string;
  readonly title: string;
  /** Where the numbers come from; ◇ marks one that was chosen by judgement. */
  readonly why: string;
  readonly notify: boolean;
  /** Only what is critical is told. */
  readonly notifyCritical?: boolean;
  readonly unit?: string;
  /** Less is worse. */
  readonly below?: boolean;
  /** It lasts until somebody has seen it. */
  readonly latched?: boolean;
  readonly warn?: Raise;
  readonly crit?: Raise;
  readonly clear: { readonly under: number; readonly forMs: number };
  /** The second value, which has to be below its mark or to reach it. */
  readonly also?: { readonly title: string; readonly unit?: string; readonly below?: boolean };
  /** The families of series that it reads, the one that it is about first. */
  readonly families: readonly string[];
}

/** Raise is from which value on a rule is raised, and after how long. */
export interface Raise {
  readonly at: number;
  readonly and?: number;
  readonly forMs: number;
}

/** Silence keeps alerts from being told. They are raised and shown all the same. */
export interface Silence {
  readonly id: string;
  readonly matchers: { readonly rule?: string; readonly level?: string; readonly labels?: Readonly<Record<string, string>> };
  /** When it ends; 0 or missing for one that does not, or lasts until all is well. */
  readonly endMs?: number;
  readonly reason: string;
  readonly untilWell?: boolean;
  /** It is from the configuration, and cannot be ended here. */
  readonly configured?: boolean;
}

/** Receiver is one who is told, and how he is doing. */
export interface Receiver {
  readonly name: string;
  /** "ok", "failing", or "unknown" while nothing was sent. */
  readonly state: string;
  /** Since when it fails, and when it last took something. */
  readonly sinceMs?: number;
  readonly reachedMs?: number;
  readonly error?: string;
  /** How many notices are not delivered yet. */
  readonly waiting: number;
}

/** Tried is what came of a test message to one receiver. */
export interface Tried {
  readonly receiver: string;
  /** Why it did not arrive; missing where it did. */
  readonly problem?: string;
}

const checkOf = createChecks(
  {
    Rules: 'rules:[Rule',
    Rule: 'name:s title:s why:s notify:b notifyCritical?:b unit?:s below?:b latched?:b warn?:Raise crit?:Raise clear:Clear also?:Also families:[s',
    Raise: 'at:n and?:n forMs:n',
    Clear: 'under:n forMs:n',
    Also: 'title:s unit?:s below?:b',
    Silences: 'silences:[Silence',
    Silence: 'id:s matchers:Matchers endMs?:n reason:s untilWell?:b configured?:b',
    Matchers: 'rule?:s level?:s labels?:{s',
    Health: 'receivers?:[Receiver',
    Trial: 'tried:[Tried',
    Tried: 'receiver:s problem?:s',
    Receiver: 'name:s state:s sinceMs?:n reachedMs?:n error?:s waiting:u',
  },
  {},
);

const isRules = (value: unknown): value is { readonly rules: readonly Rule[] } => checkOf('Rules')(value);
const isHealth = (value: unknown): value is { readonly receivers?: readonly Receiver[] } => checkOf('Health')(value);
const isTrial = (value: unknown): value is { readonly tried: readonly Tried[] } => checkOf('Trial')(value);
const isSilences = (value: unknown): value is { readonly silences: readonly Silence[] } => checkOf('Silences')(value);

export const fetchRules = async (signal?: AbortSignal): Promise<readonly Rule[]> => (await get('rules', isRules, signal)).rules;

/** fetchReceivers returns who is told, from the health of dashcam itself; nobody where it names none. */
export const fetchReceivers = async (signal?: AbortSignal): Promise<readonly Receiver[]> => (await get('health', isHealth, signal)).receivers ?? [];

/** backtest returns what the rules would have raised in what is remembered of the time since then. */
export const backtest = async (since: string, signal?: AbortSignal): Promise<readonly Alert[]> => (await get(`backtest?from=${since}`, isAlerts, signal)).alerts;

export const fetchSilences = async (signal?: AbortSignal): Promise<readonly Silence[]> => (await get('silences', isSilences, signal)).silences;

/** When a silence ends. */
export type SilenceEnd = { readonly endMs: number } | { readonly untilWell: true };

/** silence keeps one alert, and those of the same rule and instance that follow, from being told until a time, or until it is over. */
export const silence = ({ rule, labels }: Alert, end: SilenceEnd, reason: string): Promise<void> => send('silences', { matchers: { rule, labels }, ...end, reason });

export const endSilence = (id: string): Promise<void> => send('silences?id=' + encodeURIComponent(id), undefined, 'DELETE');

/** arm ends learning: from now on notices are sent. */
export const arm = (): Promise<void> => send('alerts', { arm: true });

/** tryReceivers sends a test message to everybody who is told, and returns what came of it. */
export async function tryReceivers(): Promise<readonly Tried[]> {
  const answer: unknown = await (await ask('alerts', posted({ test: true }))).json();
  if (!isTrial(answer)) throw new ApiError(200, 'unreadable');
  return answer.tried;
}

/** seen ends an alert that lasts until somebody has seen it. */
export const seen = (id: string): Promise<void> => send('alerts', { seen: id });

async function send(path: string, body: unknown, method = 'POST'): Promise<void> {
  await ask(path, posted(body, method));
}

const posted = (body: unknown, method = 'POST') => ({
  method,
  headers: { 'content-type': 'application/json' },
  ...(body !== undefined && { body: JSON.stringify(body) }),
});
