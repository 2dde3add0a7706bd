// Which hosts are shown, and under which heads.

import type { Host } from './hosts';
import { needsSomebody, rankOf } from './order';
import { labelText, stateWord } from './words';

/**
 * filterOf reads what a person types: every word has to be found in a host; one with an equals sign is
 * a label, all of it ("role=db") or its beginning ("role=").
 */
export function filterOf(text: string): (host: Host) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return () => true;
  return (host) => words.every((word) => (word.indexOf('=') > 0 ? hasLabel(host, word) : textOf(host).includes(word)));
}

const hasLabel = ({ labels }: Host, word: string): boolean =>
  Array.from(labels, ([name, value]) => labelText(name, value).toLowerCase()).some((label) => (word.endsWith('=') ? label.startsWith(word) : label === word));

const texts = new WeakMap<Host, string>();

function textOf(host: Host): string {
  let text = texts.get(host);
  if (text === undefined) {
    const { id, name, process, service, version, verdict, labels } = host;
    text = [id, name, process, service, version, verdict, stateWord(host), ...Array.from(labels, ([label, value]) => labelText(label, value))].join('\n').toLowerCase();
    texts.set(host, text);
  }
  return text;
}

/** withLabel adds a label to what is typed, or takes it away where it stands there. */
export function withLabel(filter: string, label: string): string {
  const words = filter.split(/\s+/).filter((word) => word !== '');
  return (words.includes(label) ? words.filter((word) => word !== label) : [...words, label]).join(' ');
}

/** A line of the wall: a host, or the head of a group. */
export type Line =
  | { readonly type: 'host'; readonly host: Host }
  | { readonly type: 'group'; readonly value: string; readonly count: number; readonly bad: number; readonly worst: Host | undefined; readonly hosts: readonly Host[]; readonly open: boolean };

/** linesOf puts ordered hosts under the values of a label; the group with the worst host is first, and those without the label have the value ''. */
export function linesOf(hosts: readonly Host[], label: string, collapsed: ReadonlySet<string>): readonly Line[] {
  if (label === '') return hosts.map((host): Line => ({ type: 'host', host }));
  const groups = new Map<string, Host[]>();
  for (const host of hosts) {
    const value = host.labels.get(label) ?? '';
    const group = groups.get(value);
    if (group) group.push(host);
    else groups.set(value, [host]);
  }
  return Array.from(groups).flatMap(([value, members]): Line[] => {
    const open = !collapsed.has(value);
    const head: Line = { type: 'group', value, count: members.length, bad: members.filter(needsSomebody).length, worst: members.reduce((worst, host) => (rankOf(host) > rankOf(worst) ? host : worst)), hosts: members, open };
    return open ? [head, ...members.map((host): Line => ({ type: 'host', host }))] : [head];
  });
}

/** keyOf is what a line is known by while others come and go. */
export const keyOf = (line: Line): string => (line.type === 'host' ? line.host.id : `=${line.value}`);

/** labelsOfAll are the names of labels with their values, both from A on. */
export function labelsOfAll(hosts: readonly Host[]): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, Set<string>>();
  for (const { labels } of hosts) {
    for (const [name, value] of labels) {
      const values = all.get(name);
      if (values) values.add(value);
      else all.set(name, new Set([value]));
    }
  }
  return new Map(Array.from(all, ([name, values]): [string, readonly string[]] => [name, Array.from(values).sort()]).sort(([a], [b]) => (a < b ? -1 : 1)));
}
