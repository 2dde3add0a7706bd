import type { JSX } from 'preact';
import type { BarActions } from './header-bar';
import { useApp } from './context';
import { useLater } from './later';
import { BackIcon, ForwardIcon, HoldIcon, MoreIcon, PlayIcon } from './icons';

/** BottomBar is for thumbs: live, hold, one sample back and forward, and the rest. */
export function BottomBar({ actions }: { actions: BarActions }): JSX.Element {
  const { view, feed } = useApp();
  const parts = useLater().parts.value;
  const held = view.mode.value === 'HELD';
  return (
    <nav class="bottom-bar" aria-label="time">
      <button type="button" class="bottom-button" aria-pressed={view.mode.value === 'FOLLOW'} onClick={actions.live}>
        <PlayIcon />
        Live
      </button>
      <button type="button" class="bottom-button" aria-pressed={held} onClick={actions.hold}>
        <HoldIcon />
        Hold
      </button>
      <button type="button" class="bottom-button" aria-label="one sample back" onClick={actions.back}>
        <BackIcon />
      </button>
      <button type="button" class="bottom-button" aria-label="one sample forward" onClick={actions.forward}>
        <ForwardIcon />
      </button>
      {feed.archive.alerts === true && <span class="alert-slot">{parts && <parts.AlertBell class="bottom-button" />}</span>}
      <button type="button" class="bottom-button" popovertarget="more-popover">
        <MoreIcon />
        More
      </button>
      <div class="popover more-popover" id="more-popover" popover="auto">
        <h2>More</h2>
        <div class="popover-actions">
          <button type="button" class="text-button" onClick={actions.theme}>
            Theme: {view.theme.value}
          </button>
          <button type="button" class="text-button" onClick={actions.find}>
            Find
          </button>
          <button type="button" class="text-button" onClick={actions.date}>
            Go to a date
          </button>
          <button type="button" class="text-button" onClick={actions.events}>
            What happened
          </button>
          <button type="button" class="text-button" onClick={actions.changes}>
            What changed
          </button>
          <button type="button" class="text-button" onClick={actions.settings}>
            Settings
          </button>
          <button type="button" class="text-button" onClick={actions.help}>
            Keys
          </button>
        </div>
      </div>
    </nav>
  );
}
