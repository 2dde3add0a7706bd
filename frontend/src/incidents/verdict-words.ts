// The pieces of a verdict as they stand on the page: the server's words, of which those that
// name somebody lead to him and all others to the numbers that they were made from.

import type { Clause, Culprit, Verdict } from '../wire/types';

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'clause'; readonly text: string; readonly clause: Clause }
  | { readonly kind: 'who'; readonly text: string; readonly culprit: Culprit };

/** piecesOf cuts the sentence of a verdict; put together they are its text. */
export function piecesOf({ clauses, culprits, text }: Pick<Verdict, 'text' | 'clauses' | 'culprits'>): readonly Piece[] {
  if (clauses.length === 0) return [{ kind: 'text', text }];
  return clauses.flatMap((clause, i): Piece[] => {
    const joint = i === 0 ? '' : i === 1 ? ': ' : '; ';
    return [...(joint === '' ? [] : [{ kind: 'text', text: joint } as const]), ...cut(clause, clause.text, culprits)];
  });
}

/** cut takes out the first name that stands in a part of a clause, and goes on with what is around it. */
function cut(clause: Clause, text: string, culprits: readonly Culprit[]): Piece[] {
  if (text === '') return [];
  const found = culprits
    .filter(({ name }) => name !== '')
    .map((culprit) => ({ culprit, at: text.indexOf(culprit.name) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || b.culprit.name.length - a.culprit.name.length)[0];
  // What holds neither letter nor digit stands between words, and leads nowhere.
  if (!found) return [/[\p{L}\p{N}]/u.test(text) ? { kind: 'clause', text, clause } : { kind: 'text', text }];
  const { culprit, at } = found;
  return [...cut(clause, text.slice(0, at), []), { kind: 'who', text: culprit.name, culprit }, ...cut(clause, text.slice(at + culprit.name.length), culprits.filter((each) => each !== culprit))];
}
