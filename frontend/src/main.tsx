import { signal } from '@preact/signals';
import { httpArchive } from './data/http-archive';
import { signIn, type SignInResult, takeToken } from './data/session-api';
import { createShell } from './shell';
import { pageKind } from './state/page-kind';
import { parseQuery } from './state/url';

const root = document.getElementById('app');
if (root) void show(root);

async function show(root: HTMLElement): Promise<void> {
  // Before anything reads the view from the fragment.
  const link = takeToken(window);
  const linkResult = signal<SignInResult | undefined>(undefined);
  const route = parseQuery(window.location.search, pageKind());
  const way = pageKind() === 'host' && route.kind === 'page' ? import('./fleet/back') : undefined;
  const shell = createShell(route, { root, archive: httpArchive, linkResult, way, wall: route.kind === 'wall' ? (await import('./fleet/wall')).Wall : undefined });
  const followLink = async (token: string | undefined): Promise<void> => {
    if (token === undefined) return;
    // Where it does not work, the page says so and asks for one that does.
    linkResult.value = await signIn(token);
    shell.retry();
  };
  // A link pasted into an open page only changes the fragment.
  window.addEventListener('hashchange', () => void followLink(takeToken(window)));
  await followLink(link);
  await shell.start();
}
