import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../ui/context';
import { CloseIcon } from '../ui/icons';
import { stretchOf } from './changes';
import { useIncidentParts } from './parts';

/** IncidentDrawer lies beside the charts: what happened, and what changed. It stays while one looks at what its entries lead to. */
export function IncidentDrawer(): JSX.Element | null {
  const { feed, view } = useApp();
  // Where something fires the network may be what goes next.
  const fires = feed.alerts.value?.alerts.some(({ state }) => state === 'firing') === true;
  const parts = useIncidentParts(view.drawer.value !== null || fires);
  return view.drawer.value === null ? null : <OpenDrawer parts={parts} />;
}

const titles = { events: 'What happened', changes: 'What changed' } as const;
const faces = ['events', 'changes'] as const;

function OpenDrawer({ parts }: { parts: ReturnType<typeof useIncidentParts> }): JSX.Element {
  const app = useApp();
  const { view } = app;
  const root = useRef<HTMLElement>(null);
  const face = view.drawer.value ?? 'events';
  useEffect(() => {
    const opener = document.activeElement;
    // A field of it that was asked for has the focus already.
    if (!root.current?.contains(opener)) root.current?.focus({ preventScroll: true });
    return () => {
      if (opener instanceof HTMLElement && document.activeElement === document.body) opener.focus({ preventScroll: true });
    };
  }, []);
  const choose = (next: (typeof faces)[number]): void => {
    if (next === 'changes') view.compared.value ??= stretchOf(app);
    view.drawer.value = next;
  };
  return (
    <aside class="incident-drawer" aria-label={titles[face]} tabIndex={-1} ref={root}>
      <div class="incident-bar">
        {faces.map((each) => (
          <button key={each} type="button" class="segment" aria-pressed={face === each} onClick={() => choose(each)}>
            {titles[each]}
          </button>
        ))}
        <button type="button" class="icon-button" aria-label={`close ${titles[face].toLowerCase()}`} onClick={() => (view.drawer.value = null)}>
          <CloseIcon />
        </button>
      </div>
      <div class="incident-body">{!parts ? '…' : face === 'changes' && view.compared.value ? <parts.ChangeList stretch={view.compared.value} /> : <parts.EventList />}</div>
    </aside>
  );
}
