// What the list says of alerts, rules, deliveries and silences.

import { formatDuration, formatMoment, formatText } from '../lib/format';
import type { TimeZone } from '../lib/time';
import type { Alert, Delivery } from '../wire/types';
import type { Raise, Receiver, Rule, Silence, Tried } from './acts-api';

/** alertFacts are what stands below an alert's text. */
export function alertFacts(alert: Alert, nowMs: number, zone: TimeZone): readonly string[] {
  const { state, level, sinceMs, endMs, unit, value, peak, notify } = alert;
  const worst = unit === undefined || unit === 'count' ? '' : formatText(peak, unit);
  return [
    ...(state === 'resolved' ? [formatMoment(sinceMs, nowMs, zone), `lasted ${formatDuration((endMs ?? sinceMs) - sinceMs)}`] : [level ?? '', `since ${formatMoment(sinceMs, nowMs, zone)}`]),
    worst === '' || worst === formatText(value, unit ?? '') ? '' : `at worst ${worst}`,
    notify ? '' : 'on the page alone',
  ].filter((text) => text !== '');
}

/** ruleSentences say when a rule raises an alert and when that is over, with its numbers. */
export function ruleSentences(rule: Rule): readonly string[] {
  const raise = (level: string, raised: Raise | undefined): string => (raised ? `${level} ${raisedAt(rule, raised)}${alsoAt(rule, raised)}${lasting(raised.forMs, ' for')}.` : '');
  return [raise('Warning', rule.warn), raise('Critical', rule.crit), clearSentence(rule)].filter((text) => text !== '');
}

function raisedAt({ unit = '', below }: Rule, { at }: Raise): string {
  if (unit === '') return 'when it happens';
  if (below === true) return `under ${markText(at, unit)}`;
  return unit === 'count' ? `at ${Math.ceil(at)} or more` : `from ${markText(at, unit)}`;
}

/** alsoAt says what else has to hold: " with less than 20 GiB space left". */
function alsoAt({ also }: Rule, { and }: Raise): string {
  if (!also || and === undefined) return '';
  return ` with ${also.below === true ? 'less than' : 'at least'} ${markText(and, also.unit ?? '')} ${also.title}`;
}

function clearSentence({ unit = '', below, latched, clear }: Rule): string {
  if (latched === true) return 'It lasts until somebody has seen it.';
  const none = unit === '' || unit === 'count' || clear.under < 1e-9;
  return `Over ${none ? 'when there is none' : `${below === true ? 'above' : 'below'} ${markText(clear.under, unit)}`}${lasting(clear.forMs, ' for')}.`;
}

const lasting = (ms: number, word: string): string => (ms === 0 ? '' : `${word} ${formatDuration(ms)}`);

/** markText writes a mark as the rule has it: "90 %" and not "90.0 %". */
const markText = (value: number, unit: string): string => (unit === 'percent' ? `${value} %` : unit === 'celsius' ? `${value} °C` : formatText(value, unit));

/** deliveryWords say how far the notices of an alert have come: the last state of each receiver. */
export function deliveryWords(deliveries: readonly Delivery[], nowMs: number, zone: TimeZone): readonly { readonly text: string; readonly failed: boolean }[] {
  const last = new Map<string, Delivery>();
  for (const each of deliveries) {
    const known = last.get(each.receiver);
    if (!known || each.atMs >= known.atMs) last.set(each.receiver, each);
  }
  return Array.from(last.values(), (each) => ({ text: `${each.receiver}: ${deliveredWords(each, nowMs, zone)}`, failed: FAILED.has(each.state) }));
}

const FAILED: ReadonlySet<string> = new Set(['failing', 'expired', 'refused']);

function deliveredWords({ state, atMs, nextMs, tries = 0, error = '', maybeTwice }: Delivery, nowMs: number, zone: TimeZone): string {
  const at = formatMoment(atMs, nowMs, zone);
  const why = error === '' ? '' : `: ${error}`;
  switch (state) {
    case 'delivered':
      return `delivered ${at}${maybeTwice === true ? ', perhaps twice' : ''}`;
    case 'failing':
      return `fails, ${tries} ${tries === 1 ? 'try' : 'tries'}${nextMs === undefined ? '' : `, next ${formatMoment(nextMs, nowMs, zone)}`}${why}`;
    case 'expired':
      return `given up ${at}${why}`;
    case 'queued':
      return 'waits';
    default:
      return `${state} ${at}${why}`;
  }
}

/** receiverWords say how one who is told is doing. */
export function receiverWords({ name, state, sinceMs = 0, reachedMs = 0, error = '', waiting }: Receiver, nowMs: number, zone: TimeZone): string {
  const reached = reachedMs === 0 ? 'nothing sent yet' : `reached ${formatMoment(reachedMs, nowMs, zone)}`;
  const fails = `fails since ${formatMoment(sinceMs, nowMs, zone)}${error === '' ? '' : `: ${error}`}`;
  return `${name}: ${state === 'failing' ? fails : reached}${waiting === 0 ? '' : `, ${waiting} ${waiting === 1 ? 'waits' : 'wait'}`}`;
}

/** silenceWords say what a silence keeps from being told, and until when. */
export function silenceWords({ matchers: { rule, level, labels = {} }, endMs = 0, untilWell, reason }: Silence, nowMs: number, zone: TimeZone): string {
  const what = [rule, level, ...Object.values(labels)].filter((text) => text !== undefined && text !== '').join(' ');
  const until = untilWell === true ? 'until well' : endMs > 0 ? `until ${formatMoment(endMs, nowMs, zone)}` : 'for good';
  return `${what} ${until}: ${reason}`;
}

/** backtestWords are what a backtest found: "would have fired 3 times in 30 days, here they are". */
export function backtestWords(count: number, days: number, rememberedMs: number): string {
  const dayMs = 86_400_000;
  const span = rememberedMs >= days * dayMs ? `${days} days` : `${formatDuration(rememberedMs)}, which is all that is remembered`;
  if (count === 0) return `Nothing would have fired in ${span}.`;
  return `Would have fired ${count === 1 ? 'once' : `${count} times`} in ${span}. Here ${count === 1 ? 'it is' : 'they are'}:`;
}

/** triedWords says what came of a test message; '' where none was sent. */
export function triedWords(tried: readonly Tried[] | undefined): string {
  if (tried === undefined) return '';
  return tried.map(({ receiver, problem }) => (problem === undefined ? `${receiver} took it` : `${receiver} did not take it: ${problem}`)).join('; ') + '.';
}
