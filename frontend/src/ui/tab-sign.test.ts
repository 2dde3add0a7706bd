import { expect, test } from 'vitest';
import { createStore } from '../data/row-store';
import { hello, history, resource, schema, series, timeOf } from '../testing/messages';
import type { VerdictMessage } from '../wire/types';
import { judged } from './tab-sign';

const states = { kind: 'state', quantum: 1, unit: '' } as const;

/** A host on which the processors are busy and the disks are too. */
function busy() {
  const store = createStore();
  store.apply(hello({ newest: 10 }));
  store.apply(schema([series(0, 'state.cpu', {}, states), series(1, 'state.disk', {}, states)], { resources: [resource('cpu'), resource('disk'), resource('limits')] }));
  store.apply(history(1, 10, [[0, 1], [1, 1]]));
  return store;
}

const verdict = (fields: Partial<VerdictMessage>): VerdictMessage => ({ type: 'verdict', seq: 10, at: timeOf(10), resource: 'disk', level: 'warn', text: '', clauses: [], culprits: [], ...fields });

test('the title speaks of the resource of the verdict', () => {
  const store = busy();
  expect(judged(store)).toBeUndefined();
  store.apply(verdict({}));
  expect(judged(store)?.resource.id).toBe('disk');
  store.apply(verdict({ resource: 'cpu' }));
  expect(judged(store)?.resource.id).toBe('cpu');
});

test.each([
  ['of a while ago', { at: timeOf(10) - 11_000 }],
  ['that all is well', { level: 'ok', resource: 'none' }],
  ['of what is well by now', { resource: 'service' }],
] as const)('a verdict %s says nothing', (_, fields) => {
  const store = busy();
  store.apply(verdict(fields));
  expect(judged(store)).toBeUndefined();
});
