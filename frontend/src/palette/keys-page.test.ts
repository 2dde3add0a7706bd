// KEYS.md is written from the table that the page obeys: npm test -- -u writes it anew.

import { expect, test } from 'vitest';
import { belowBindings, wallBindings, wallGroups } from '../fleet/wall-keys';
import { type Binding, bindings, groups } from './bindings';

test('KEYS.md lists every key', async () => {
  const lines = ['# Keys', '', '<!-- written by npm test -- -u, from src/palette/bindings.ts and src/fleet/wall-keys.ts -->', ''];
  lines.push('How the page is read is told in [READING.md](READING.md). Every key is also a button or an entry of the palette (`/`); keys of one');
  lines.push('letter can be switched off in the settings. On a keyboard of another script a key is known by its place.');
  const list = (title: string, known: readonly Binding<string, string>[]): void => {
    lines.push('', `## ${title}`, '', '| key | what it does |', '|---|---|');
    for (const { keys, title: what } of known) if (keys.length > 0) lines.push(`| ${keys.map(({ label }) => `\`${label}\``).join(' ')} | ${what} |`);
  };
  for (const group of groups) list(group, bindings.filter((binding) => binding.group === group));
  for (const group of wallGroups) list(`The wall of a hub: ${group.toLowerCase()}`, wallBindings.filter((binding) => binding.group === group));
  list('The page of a host below a wall', belowBindings);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../KEYS.md');
});
