import { expect, test } from 'vitest';
import { bindings } from './bindings';
import { best, found, score } from './match';

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

// "This help" came behind whatever shorter text began like it.
test('a title that was typed as it is comes first, of equals the one that stands first', () => {
  expect(find('load', 'Load average', 'load', 'Overload')[0]).toBe('load');
  expect(find('processes by CPU', 'Processes by CPU (all)', 'Processes by cpu')[0]).toBe('Processes by cpu');
  expect(find('x', 'a x', 'x y', 'X')[0]).toBe('X');
});

test('what the text itself means stands behind an exact title and before the rest', () => {
  const [title, other, time] = ['18:02', '18:02 backup', 'Go to 18:02'].map((text) => ({ text }));
  expect(found([other, title].filter((each) => each !== undefined), time ? [time] : [], '18:02', 3)).toEqual([title, time, other]);
  expect(found(other ? [other] : [], time ? [time] : [], '18:02', 1)).toEqual([time]);
});
