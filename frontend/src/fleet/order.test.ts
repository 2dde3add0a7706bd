import { expect, test } from 'vitest';
import type { Host } from './hosts';
import { createHostOrder } from './order';
import { hostOf } from '../testing/hosts';

const namesOf = (hosts: readonly Host[]): readonly string[] => hosts.map(({ name }) => name);

const well2 = hostOf('web-2');
const well10 = hostOf('web-10');
const warned = hostOf('a-1', { diskLevel: 1, diskSince: 5 });
const gone = hostOf('c-1', { online: 0, seen: 5 });
const bad = hostOf('z-1', { cpuLevel: 2, cpuSince: 5 });

test('critical comes first, then silent, then warned, then well; of equals by name, numbers as numbers', () => {
  expect(namesOf(createHostOrder().next([well10, warned, well2, gone, bad], false))).toEqual(['z-1', 'c-1', 'a-1', 'web-2', 'web-10']);
});

test('while it is frozen nobody changes places, and who comes stands last', () => {
  const order = createHostOrder();
  order.next([well2, warned], false);
  const worse = hostOf('web-2', { cpuLevel: 2, cpuSince: 9 });
  expect(namesOf(order.next([worse, warned, bad], true))).toEqual(['a-1', 'web-2', 'z-1']);
  expect(namesOf(order.next([worse, warned, bad], false))).toEqual(['web-2', 'z-1', 'a-1']);
});

test('by a number the smallest is first, of equals by name, and who has none is last', () => {
  const numbers = new Map([[well10, 3], [bad, 1], [well2, 3]]);
  expect(namesOf(createHostOrder().next([gone, well10, well2, bad], false, (host) => numbers.get(host) ?? null))).toEqual(['z-1', 'web-2', 'web-10', 'c-1']);
});

test('a host that has another name moves to its place', () => {
  const order = createHostOrder();
  expect(namesOf(order.next([hostOf('a'), hostOf('b')], false))).toEqual(['a', 'b']);
  expect(namesOf(order.next([{ ...hostOf('a'), name: 'c' }, hostOf('b')], false))).toEqual(['b', 'c']);
});
