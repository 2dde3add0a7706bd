import { signal } from '@preact/signals';
import { httpArchive } from './data/http-archive';
import { signIn, type SignInResult, takeToken } from './data/session-api';
import { createShell } from './shell';
import { parseQuery } from './state/url';

const root = document.getElementById('app');
if (root) {
  // Before anything reads the view from the fragment.
  const link = takeToken(window);
  const linkResult = signal<SignInResult | undefined>(undefined);
  const shell = createShell(parseQuery(window.location.search), { root, archive: httpArchive, linkResult });
  const followLink = async (token: string | undefined): Promise<void> => {
    if (token === undefined) return;
    // Where it does not work, the page says so and asks for one that does.
    linkResult.value = await signIn(token);
    shell.retry();
  };
  // A link pasted into an open page only changes the fragment.
  window.addEventListener('hashchange', () => void followLink(takeToken(window)));
  void followLink(link).then(() => shell.start());
}
