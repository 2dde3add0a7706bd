// Keeps the address bar and the view equal.

import { effect } from '@preact/signals';
import { formatFragment, parseFragment } from './url';
import type { RunLater } from './clock';
import type { View } from './view';

/** The parts of a window that hold the address. */
export interface AddressBar {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: Pick<History, 'pushState' | 'replaceState'>;
  addEventListener(type: 'popstate', listener: () => void): void;
  removeEventListener(type: 'popstate', listener: () => void): void;
}

/** Browsers refuse more than about a hundred changes per half minute. */
const REPLACE_MS = 300;

/**
 * bindAddress writes the view into the fragment: a new entry per deliberate act, the
 * same entry while something moves. The returned function ends it.
 */
export function bindAddress(view: View, bar: AddressBar, later: RunLater): () => void {
  let acts = view.acts.peek();
  let cancel: (() => void) | undefined;
  /** Where a movement has got to, while that is not in the address yet. */
  let moved: string | undefined;
  const write = (fragment: string, push: boolean): void => {
    if (fragment === bar.location.hash) return;
    const address = bar.location.pathname + bar.location.search + fragment;
    if (push) bar.history.pushState(null, '', address);
    else bar.history.replaceState(null, '', address);
  };
  const stop = effect(() => {
    const seen = view.acts.value;
    const fragment = formatFragment(view.url.value);
    cancel?.();
    cancel = undefined;
    if (seen === acts) {
      moved = fragment;
      cancel = later(REPLACE_MS, () => {
        moved = undefined;
        write(fragment, false);
      });
      return;
    }
    acts = seen;
    // Going back from an act leads to where the movement before it ended.
    if (moved !== undefined) write(moved, false);
    moved = undefined;
    write(fragment, true);
  });
  const onPopState = (): void => view.apply(parseFragment(bar.location.hash));
  bar.addEventListener('popstate', onPopState);
  return () => {
    stop();
    cancel?.();
    bar.removeEventListener('popstate', onPopState);
  };
}
