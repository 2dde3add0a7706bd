import type { JSX } from 'preact';
import { formatDuration, formatMoment } from '../lib/format';
import { useApp } from './context';
import { CloseIcon } from './icons';

/** SelectionBar says what a range that was dragged is for. */
export function SelectionBar({ onCopy, onExport, onCompare, onIncident }: { onCopy: () => void; onExport: () => void; onCompare: () => void; onIncident: (() => void) | undefined }): JSX.Element | null {
  const app = useApp();
  const { view } = app;
  const selected = view.selection.value;
  if (!selected) return null;
  const { from, to } = selected;
  const zone = app.clock.zone();
  return (
    <section class="selection-bar" aria-label="selected time">
      <span class="selection-text">
        {formatMoment(from, to, zone)} – {formatMoment(to, to, zone)}
        <span class="selection-span">{formatDuration(to - from)}</span>
      </span>
      <button type="button" class="text-button" onClick={() => view.showRange(from, to)}>
        Zoom
      </button>
      <button type="button" class="text-button" onClick={onCompare}>
        What changed
      </button>
      <button type="button" class="text-button" onClick={onCopy}>
        Copy link
      </button>
      <button type="button" class="text-button" onClick={onExport}>
        Export
      </button>
      {onIncident && (
        <button type="button" class="text-button" onClick={onIncident}>
          Incident
        </button>
      )}
      <button type="button" class="icon-button" aria-label="drop the selection" onClick={() => view.select(null)}>
        <CloseIcon />
      </button>
    </section>
  );
}
