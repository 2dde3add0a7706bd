// What shells.spec.ts opens and closes again and again: the shell of the page, with what
// main.tsx gives to one.

import { signal } from '@preact/signals';
import { httpArchive } from '../src/data/http-archive';
import { Wall } from '../src/fleet/wall';
import { createShell, type Shell } from '../src/shell';
import { parseQuery } from '../src/state/url';

/** open shows a host, or the wall above all of them, in the place of the page. */
export async function open(directory: string, query: string): Promise<Shell> {
  const [base, root] = [document.querySelector('base'), document.getElementById('app')];
  if (!base || !root) throw new Error('a page without a base or a place for the app');
  base.href = directory;
  const isWall = directory === '/';
  document.documentElement.dataset.page = isWall ? 'wall' : 'host';
  const route = parseQuery(query, isWall ? 'wall' : 'host');
  const shell = createShell(route, { root, archive: httpArchive, linkResult: signal(undefined), ...(isWall ? { wall: Wall } : { way: import('../src/fleet/back') }) });
  await shell.start();
  return shell;
}
