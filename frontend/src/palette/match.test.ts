import { expect, test } from 'vitest';
import { bindings } from './bindings';
import { best, score } from './match';

const find = (typed: string, ...texts: string[]): readonly string[] => best(texts.map((text) => ({ text })), typed, 10).map(({ text }) => text);

test('letters have to occur in order', () => {
  expect(find('dlat', 'Disk latency', 'Network', 'Load average')).toEqual(['Disk latency']);
  expect(score('Disk', 'ksid')).toBeUndefined();
});

test('what was typed in a row comes before letters strewn about', () => {
  expect(find('mem', 'Time: my mode', 'Memory')).toEqual(['Memory', 'Time: my mode']);
  expect(find('dump', 'Hide unused map', 'pg_dump')[0]).toBe('pg_dump');
});

test('nothing typed keeps everything in its order', () => expect(find('', 'b', 'a')).toEqual(['b', 'a']));

test('a title that is typed in full comes first, whatever else contains it', () => {
  const others = bindings.flatMap(({ title }) => [`${title} and more`, `The ${title}`, `${title}s`]);
  for (const { title } of bindings) expect(find(title, ...others, ...bindings.map((each) => each.title))[0]).toBe(title);
});
