import { expect, test } from 'vitest';
import type { Clause, Culprit } from '../wire/types';
import { piecesOf } from './verdict-words';

const clause = (text: string): Clause => ({ text, series: ['disk.bytes'], at: 1000 });
const process: Culprit = { kind: 'process', name: 'pg_dump', pid: 4711, share: 0.88 };
const service: Culprit = { kind: 'service', name: 'backup.service', share: 0.88 };

const written = (clauses: readonly Clause[], culprits: readonly Culprit[], text = ''): string[] => piecesOf({ text, clauses, culprits }).map((piece) => `${piece.kind} ${piece.text}`);

test('a sentence is its clauses, and a name in it leads to whom it names', () => {
  const clauses = [clause('disk saturated since 18:02:44'), clause('pg_dump (backup.service) writes 154 of 175 MiB/s'), clause('postgres waits for disk 61 % of the time')];
  expect(written(clauses, [process, service])).toEqual([
    'clause disk saturated since 18:02:44',
    'text : ',
    'who pg_dump',
    'text  (',
    'who backup.service',
    'clause ) writes 154 of 175 MiB/s',
    'text ; ',
    'clause postgres waits for disk 61 % of the time',
  ]);
});

test.each<[string, readonly Clause[], readonly Culprit[]]>([
  ['a name inside of another', [clause('a full'), clause('backup.service-2 and backup.service write')], [service, { ...service, name: 'backup.service-2' }]],
  ['a name that stands twice', [clause('pg_dump (pg_dump) writes')], [process]],
  ['a name that is not told', [clause('disk busy')], [process]],
  ['a name of nothing', [clause('disk busy')], [{ ...process, name: '' }]],
  ['a name like an expression', [clause('a.*(b writes')], [{ ...process, name: 'a.*(b' }]],
])('%s: the pieces are the text', (_, clauses, culprits) => {
  const [first = '', ...rest] = clauses.map(({ text }) => text);
  const whole = rest.length === 0 ? first : `${first}: ${rest.join('; ')}`;
  const pieces = piecesOf({ text: whole, clauses, culprits });
  expect(pieces.map(({ text }) => text).join('')).toBe(whole);
});

test('a sentence without clauses is its text', () => {
  expect(written([], [], 'nothing is known of this moment')).toEqual(['text nothing is known of this moment']);
});
