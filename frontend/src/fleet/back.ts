// The way from the page of a host back to the wall above it. A chunk of its own: a host
// without a hub has none.

import { begins, bindingFor, focusPlace } from '../palette/keys';
import type { AppState } from '../state/app-state';
import type { View } from '../state/view';
import { watchGone } from './gone';
import { keptPlace } from './place';
import { belowBindings } from './wall-keys';

/** The directory of the wall, from that of a host. */
const up = '../../';

/** wallAddress is where the wall was left, in this tab; asking for a host opens its palette. */
function wallAddress(find = false): string {
  const [query = '', fragment = ''] = (keptPlace()?.address ?? '').split(/(?=#)/);
  const [search, hash] = query.startsWith('#') ? ['', query] : [query, fragment];
  return up + (find ? '?find=1' : search) + hash;
}

/** bindHost gives the page of a host what it has of the hub above it: the way there, and the word that the host is silent. */
export function bindHost(app: AppState, page: Window): () => void {
  const ends = [bindBack(app.view, page), watchGone(app, `${up}api/v1${new URL('.', page.document.baseURI).pathname.replace(/^.*(?=\/h\/)\/h\//, '/hosts/').replace(/\/$/, '')}`)];
  return () => {
    for (const end of ends) end();
  };
}

/** How long a first key waits for its second, as on the page. */
const prefixMs = 1500;

/** bindBack shows the way there, and obeys the keys that lead it; it leaves the page its own keys. */
function bindBack(view: Pick<View, 'wall' | 'keys'>, page: Window): () => void {
  view.wall.value = wallAddress();
  let prefixed = -Infinity;
  const onKeyDown = (event: KeyboardEvent): void => {
    const focus = focusPlace(event.target);
    const state = { after: event.timeStamp - prefixed < prefixMs ? ('g' as const) : undefined, single: view.keys.peek() === 'on' };
    prefixed = begins(event, focus, state) ? event.timeStamp : -Infinity;
    const binding = bindingFor(event, focus, state, belowBindings);
    if (!binding) return;
    event.preventDefault();
    page.location.assign(wallAddress(binding.id === 'find-host'));
  };
  // Before the page takes the first of two keys for itself.
  page.addEventListener('keydown', onKeyDown, true);
  return () => page.removeEventListener('keydown', onKeyDown, true);
}
