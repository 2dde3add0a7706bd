// KEYS.md is written from the table that the page obeys: npm test -- -u writes it anew.

import { expect, test } from 'vitest';
import { bindings, groups } from './bindings';

test('KEYS.md lists every key', async () => {
  const lines = ['# Keys', '', '<!-- written by npm test -- -u, from src/palette/bindings.ts -->', ''];
  lines.push('How the page is read is told in [READING.md](READING.md). Every key is also a button or an entry of the palette (`/`); keys of one');
  lines.push('letter can be switched off in the settings. On a keyboard of another script a key is known by its place.');
  for (const group of groups) {
    const known = bindings.filter((binding) => binding.group === group && binding.keys.length > 0);
    lines.push('', `## ${group}`, '', '| key | what it does |', '|---|---|');
    for (const { keys, title } of known) lines.push(`| ${keys.map(({ label }) => `\`${label}\``).join(' ')} | ${title} |`);
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../../KEYS.md');
});
