// The sentence over all hosts: how many need somebody, and which.

import type { Host } from './hosts';
import { needsSomebody } from './order';
import { type Now, stateSince, stateWord } from './words';

/** One host of the sentence. */
export interface Clause {
  readonly id: string;
  readonly text: string;
}

export interface Sentence {
  readonly level: 'ok' | 'warn' | 'critical' | 'silent';
  readonly lead: string;
  readonly clauses: readonly Clause[];
  /** How many hosts need somebody and are not named. */
  readonly more: number;
}

/** So many hosts are named. */
export const named = 3;

/** sentenceOf speaks of hosts that are ordered, the worst first. */
export function sentenceOf(hosts: readonly Host[], now: Now): Sentence {
  const bad = hosts.filter(needsSomebody);
  const first = bad[0]?.standing;
  const level = first === 'critical' || first === 'silent' || first === 'warn' ? first : 'ok';
  if (bad.length === 0) return { level, lead: wellText(hosts), clauses: [], more: 0 };
  const need = bad.length === 1 ? 'needs' : 'need';
  const lead = `${bad.length} of ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'} ${need} attention`;
  const clauses = bad.slice(0, named).map((host) => ({ id: host.id, text: [host.name, stateWord(host), stateSince(host, now)].filter((each) => each !== '').join(' ') }));
  return { level, lead, clauses, more: bad.length - clauses.length };
}

function wellText(hosts: readonly Host[]): string {
  if (hosts.length === 0) return 'No host has joined yet.';
  const unknown = hosts.filter(({ standing }) => standing === 'unknown').length;
  const all = hosts.length === 1 ? 'The one host is well' : `All ${hosts.length} hosts are well`;
  return unknown === 0 ? `${all}.` : `No host needs attention; of ${unknown} nothing is known yet.`;
}

/** sentenceText is the sentence as one text, for the title and for who listens. */
export const sentenceText = ({ lead, clauses, more }: Sentence): string =>
  clauses.length === 0 ? lead : `${lead}: ${clauses.map(({ text }) => text).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
