import type { JSX, RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { formatClock, formatDate, formatOffset } from '../lib/format';
import { parseTime } from '../lib/parse-time';
import { useApp, watch } from '../ui/context';
import { CloseIcon } from '../ui/icons';

/** DateDialog goes to a second that is chosen from a calendar, in the zone that the page shows. */
export function DateDialog({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }): JSX.Element {
  const app = useApp();
  const field = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState(false);
  watch(app.view.zone);
  const zone = app.clock.zone();
  const written = (ms: number): string => `${formatDate(ms, zone)}T${formatClock(ms, zone)}`;

  const fill = (): void => {
    const input = field.current;
    if (!input) return;
    const now = app.clock.hostNow();
    const cursor = app.view.cursor.peek();
    input.max = written(now);
    input.min = written(app.feed.oldest() ?? now);
    input.value = written(cursor?.pinned === true ? cursor.t : now);
    setWrong(false);
  };
  const go = (): void => {
    const ms = parseTime(field.current?.value ?? '', app.clock.hostNow(), zone);
    setWrong(ms === undefined);
    if (ms === undefined) return;
    dialog.current?.close();
    app.view.showAt(ms);
  };

  return (
    <dialog class="help-dialog date-dialog" ref={dialog} aria-labelledby="date-title" onClose={() => field.current && (field.current.value = '')}>
      <div class="help-head">
        <h2 id="date-title">Go to a date</h2>
        <button type="button" class="icon-button" aria-label="close" onClick={() => dialog.current?.close()}>
          <CloseIcon />
        </button>
      </div>
      {/* What is before the oldest second is said by the page, not by the browser. */}
      <form
        class="date-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <label>
          Date and time, {formatOffset(zone, app.clock.hostNow())}
          <input class="date-input" type="datetime-local" step="1" autofocus ref={field} onFocus={(event) => event.currentTarget.value === '' && fill()} />
        </label>
        <button type="submit" class="text-button">
          Go
        </button>
        <p role="status">{wrong ? 'This is no date and time.' : ''}</p>
      </form>
    </dialog>
  );
}
