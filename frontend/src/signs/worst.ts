// Which resource is worst, and how a state is told in shape and word: once, for the title
// of the page, the matrix, the sections, the process table and what is taken along.

import type { RowValues } from '../data/store';
import type { Resource } from '../wire/types';
import { readState, type StateReading, stateWord, worse } from './reading';

/** The shape that stands for a state, for whoever cannot tell its colour. */
export type Shape = 'critical' | 'warn' | 'errors';

/** stateShape is the shape of a state. */
export function stateShape(state: StateReading): Shape {
  if (state.cause === 'errors') return 'errors';
  return state.level === 'critical' ? 'critical' : 'warn';
}

/** A state in which a resource needs somebody. */
type BadState = StateReading & { readonly level: 'warn' | 'critical' };

export const isBadState = (state: StateReading): state is BadState => state.level === 'warn' || state.level === 'critical';

/** wordOf says the state of a resource in one word. */
export const wordOf = (resource: Resource, state: StateReading): string => stateWord(state, resource.limits !== undefined);

/** A resource and how it is doing. */
export interface ResourceState {
  readonly resource: Resource;
  readonly state: StateReading;
}

/** worstResource is the one that is worst at a row, undefined where all are well. */
export function worstResource(values: RowValues, resources: readonly Resource[], index: number): ResourceState | undefined {
  let worst: ResourceState | undefined;
  for (const resource of resources) {
    const state = readState(values, resource, index);
    if (isBadState(state) && (!worst || worse(state, worst.state))) worst = { resource, state };
  }
  return worst;
}
