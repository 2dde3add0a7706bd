import { useSignal } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import type { IncidentFiles } from '../data/archive';
import { CloseIcon } from '../ui/icons';
import { INCIDENT_DIALOG } from '../ui/dialogs';
import { useIncidentParts } from './parts';

/** IncidentDialog holds what makes the file of a time, which is fetched when it is opened. */
export function IncidentDialog({ dialog, files, say }: { dialog: RefObject<HTMLDialogElement | null>; files: IncidentFiles; say: (text: string) => void }): JSX.Element {
  const open = useSignal(false);
  const parts = useIncidentParts(open.value);
  const close = (): void => dialog.current?.close();
  return (
    <dialog
      class="help-dialog incident-dialog"
      id={INCIDENT_DIALOG}
      ref={dialog}
      aria-labelledby="incident-title"
      onToggle={(event) => {
        open.value = event.newState === 'open';
      }}
    >
      <div class="help-head">
        <h2 id="incident-title">An incident in one file</h2>
        <button type="button" class="icon-button" aria-label="close" onClick={close}>
          <CloseIcon />
        </button>
      </div>
      {open.value && parts && <parts.IncidentForm files={files} say={say} close={close} />}
    </dialog>
  );
}
