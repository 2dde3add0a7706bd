import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { AppState } from '../state/app-state';
import type { Resource } from '../wire/types';
import { wordsOf } from './connection-now';
import { useApp } from './context';
import { setText } from './live';
import { onNews } from './news';
import { readState } from '../signs/reading';
import { wordOf } from '../signs/worst';

const everyMs = 1000;

/** Announcer speaks changes of state, and nothing that merely counts. */
export function Announcer(): JSX.Element {
  const app = useApp();
  const root = useRef<HTMLDivElement>(null);
  // How the page came to be live is over before anybody listens; that it is live is told.
  const known = useRef(new Map([['connection', '']]));

  const speak = (): void => {
    const said = ['connection', ...app.feed.store.resources().map((resource) => resource.id)].flatMap((id) => {
      const now = id === 'connection' ? wordsOf(app).speak : resourceSentence(app, id);
      const before = known.current.get(id);
      known.current.set(id, now);
      return now === '' || before === undefined || before === now ? [] : [now];
    });
    if (said.length > 0) setText(root.current, said.join('. '));
  };
  const newest = useRef(speak);
  newest.current = speak;
  useEffect(() => onNews(app, everyMs, () => newest.current()), [app]);

  return <div class="visually-hidden" role="status" aria-live="polite" ref={root} />;
}

function resourceSentence(app: AppState, id: string): string {
  const resource = app.feed.store.resources().find((each) => each.id === id);
  if (!resource || app.feed.stale() || app.feed.store.length === 0) return '';
  return sentence(app, resource);
}

function sentence(app: AppState, resource: Resource): string {
  const state = readState(app.feed.store, resource, app.feed.store.length - 1);
  if (state.level === 'unknown') return '';
  if (state.level === 'ok') return `${resource.title}: all well`;
  return `${resource.title}: ${wordOf(resource, state)}`;
}
