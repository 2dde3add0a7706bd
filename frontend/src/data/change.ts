// What a message changed. A message may change several things, or nothing; who listens
// names what it needs.

import type { Interruption } from './ledger';

/** Rows that the API has. */
export interface OlderRows {
  readonly from: number;
  readonly to: number;
  /** The times of the rows around them, in Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

export type Change =
  /** restarted: the instance is another one than before, the server was started anew. */
  | { readonly kind: 'hello'; readonly restarted: boolean }
  | { readonly kind: 'schema' }
  | { readonly kind: 'rows'; readonly added: number }
  | { readonly kind: 'table'; readonly name: string }
  | { readonly kind: 'health' }
  | { readonly kind: 'event' }
  | { readonly kind: 'verdict' }
  /** The message does not fit what is held: ask for everything since the newest row. */
  | { readonly kind: 'resync' }
  /** A table's difference does not fit: ask for that table anew. */
  | { readonly kind: 'resync-table'; readonly name: string }
  /** Rows that are further back than the socket reaches: the API is to be asked how many it has. */
  | { readonly kind: 'older'; readonly rows: OlderRows }
  /** An interruption was settled. */
  | { readonly kind: 'resumed'; readonly interruption: Interruption };

export type Changes = readonly Change[];

export const UNCHANGED: Changes = [];

type ChangeOf<K extends Change['kind']> = Extract<Change, { readonly kind: K }>;

/** changeOf finds the change of a kind. */
export function changeOf<K extends Change['kind']>(changes: Changes, kind: K): ChangeOf<K> | undefined {
  return changes.find((change): change is ChangeOf<K> => change.kind === kind);
}

/** addedRows is how many rows were added. */
export const addedRows = (changes: Changes): number => changeOf(changes, 'rows')?.added ?? 0;
