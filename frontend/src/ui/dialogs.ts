/** toggleDialog opens a dialog where no other one is open, or closes it. */
export function toggleDialog(dialog: HTMLDialogElement | null): void {
  if (dialog?.open === true) dialog.close();
  else if (document.querySelector('dialog[open]') === null) dialog?.showModal();
}

/** The dialog that makes the file of an incident: it is the page's, and opened from many places. */
export const INCIDENT_DIALOG = 'incident-dialog';

export function openIncidentDialog(): void {
  const dialog = document.getElementById(INCIDENT_DIALOG);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}
