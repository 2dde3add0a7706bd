// The layers are in eslint.config.js, which forbids an import that goes up. Within a layer
// files may import each other, but never in a circle: each can be read, tested and moved
// without those that need it.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = import.meta.dirname;
const imported = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

/** importsOf are the files that a text names, types included: a circle of types is one, too. */
function importsOf(text: string): string[] {
  return Array.from(text.matchAll(imported), ([, path = '']) => path);
}

function graph(): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'));
  const known = new Set(files);
  return new Map(
    files.map((name) => {
      const text = readFileSync(join(root, name), 'utf8');
      const targets = importsOf(text).map((path) => relative(root, join(root, dirname(name), path)));
      return [name, targets.flatMap((target) => ['.ts', '.tsx'].map((end) => target + end).filter((file) => known.has(file)))];
    }),
  );
}

/** circlesOf returns every circle that a walk in depth finds, as a chain of names. */
function circlesOf(files: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      found.push([...path.slice(path.indexOf(name)), name].join(' → '));
      return;
    }
    if (done.has(name)) return;
    for (const next of files.get(name) ?? []) walk(next, [...path, name]);
    done.add(name);
  };
  for (const name of files.keys()) walk(name, []);
  return found;
}

test('no file imports itself by way of others', () => {
  const files = graph();
  expect(files.get('main.tsx')).toContain('shell.tsx');
  // What is fetched later is named by its type alone, by the file that all of it needs.
  const circles = circlesOf(files).filter((circle) => !circle.includes('later-parts.ts'));
  expect(circles).toEqual([]);
});

// A recorded incident and a remote host answer the same questions: who asks is handed an archive.
test('only the page itself names an archive', () => {
  const named = Array.from(graph()).flatMap(([name, targets]) => (targets.includes('data/http-archive.ts') ? [name] : []));
  expect(named).toEqual(['main.tsx']);
});

/** At 300 lines one looks for a seam; these were looked at, and this is why they have none. */
const long: Readonly<Record<string, string>> = {
  'charts/painter.ts': 'one painter for what is live, for a picture and for tests',
  'data/row-store.ts': 'half of it is a line for each question that a store answers',
  'processes/process-table.tsx': 'its frame and what is written into it share their elements',
  'state/connection.ts': 'the life of one socket',
  'state/view.ts': 'all acts on the same few signals',
};

test('a module of more than 300 lines has a reason', () => {
  const found = Array.from(graph().keys()).filter((name) => !name.includes('.gen.') && readFileSync(join(root, name), 'utf8').split('\n').length > 301);
  expect(found.filter((name) => !(name in long)), 'split it, or say above why not').toEqual([]);
  expect(Object.keys(long).filter((name) => !found.includes(name)), 'is shorter now').toEqual([]);
});

test('a circle is found, however long', () => {
  expect(circlesOf(new Map([['a', ['b']], ['b', ['c', 'd']], ['c', ['a']], ['d', []]]))).toEqual(['a → b → c → a']);
  expect(importsOf("import type { A } from './a';\nimport './b.css';\nconst c = () => import('../c');")).toEqual(['./a', './b.css', '../c']);
});
