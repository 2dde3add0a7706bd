// Every field of every message is looked at: in a message that has all of them one after
// the other is spoilt, and none of these may be taken.

import { expect, test } from 'vitest';
import { createChecks } from './check';
import { decodeMessage } from './decode';
import { SHAPES } from './shapes.gen';

type Fields = Record<string, unknown>;

interface Field {
  readonly name: string;
  readonly optional: boolean;
  readonly type: string;
}

const fieldsOf = (shape: string): readonly Field[] =>
  (SHAPES[shape] ?? '').split(' ').map((field) => {
    const [name = '', type = ''] = field.split(':');
    return { name: name.replace('?', ''), optional: name.endsWith('?'), type };
  });

type Path = readonly (string | number)[];

/** A value of a type with every field that it may have, and where in it shapes stand. */
function made(type: string, path: Path, places: Map<string, Path>): unknown {
  const inner = type.slice(1);
  if (type.startsWith('[')) return inner === 'Quanta' ? [1, 5] : [made(inner, [...path, 0], places)];
  if (type.startsWith('{')) return { a: made(inner, [...path, 'a'], places) };
  if (type.startsWith('=')) return inner.split('|')[0];
  const plain: Fields = { s: 'a', b: true, n: 0.5, i: -1, u: 1, p: 1, HistoryColumn: [0, [1]], TableRow: ['a', { b: 1 }] };
  if (type in plain) return plain[type];
  places.set(type, path);
  return Object.fromEntries(fieldsOf(type).map(({ name, type: of }) => [name, made(of, [...path, name], places)]));
}

const messageTypes = Object.keys(SHAPES).filter((shape) => shape === shape.toLowerCase());

/** A message with the object at a path changed. */
function spoilt(message: Fields, path: Path, change: (object: Fields) => void): Fields {
  const copy = structuredClone(message);
  change(path.reduce<Fields>((at, step) => at[step] as Fields, copy));
  return copy;
}

/** Something that is never right: a number where an object or text is wanted, and an object where a number is. */
const wrong = (type: string): unknown => (/^[s[{=A-Z]/.test(type) ? 7 : {});

const spoiltFields = messageTypes.flatMap((type) => {
  const places = new Map<string, Path>();
  const message: Fields = { ...(made(type, [], places) as Fields), type };
  return Array.from(places).flatMap(([shape, path]) => fieldsOf(shape).map((field) => ({ what: `${type} ${[...path, field.name].join('.')}`, message, path, field })));
});

test.each(messageTypes)('%s with every field is taken', (type) => {
  expect(decodeMessage({ ...(made(type, [], new Map()) as Fields), type })).toBeDefined();
});

test.each(spoiltFields)('$what is looked at', ({ message, path, field: { name, optional, type } }) => {
  expect(decodeMessage(spoilt(message, path, (object) => (object[name] = wrong(type)))), 'of another type').toBeUndefined();
  expect(decodeMessage(spoilt(message, path, (object) => (object[name] = undefined))) === undefined, 'missing').toBe(!optional);
});

test('all shapes stand in a message', () => {
  const places = new Map<string, Path>();
  for (const type of messageTypes) made(type, [], places);
  expect(Object.keys(SHAPES).filter((shape) => !places.has(shape))).toEqual([]);
});

test.each([
  ['[s', ['a', 'b'], ['a', 1]],
  ['{n', { a: 1 }, { a: NaN }],
  ['{[s', { a: ['b'] }, { a: 'b' }],
  ['=on|off', 'on', 'onoff'],
  ['i', -3, 2 ** 53],
  ['u', 0, -1],
  ['p', 0.1, 0],
  ['b', false, 0],
  ['Pair', { of: 'a' }, { of: 'a', at: '1' }],
])('%s', (type, right, wronged) => {
  const check = createChecks({ Pair: 'of:s at?:u' }, {})(type);
  expect(check(right)).toBe(true);
  expect(check(wronged)).toBe(false);
  expect(check(undefined)).toBe(false);
});

test('a list that is null is an empty one', () => {
  const value = { of: null };
  expect(createChecks({ Many: 'of:[s' }, {})('Many')(value)).toBe(true);
  expect(value).toEqual({ of: [] });
});
