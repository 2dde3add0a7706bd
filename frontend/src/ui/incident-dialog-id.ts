/** The dialog that makes the file of an incident: it is the page's, and opened from many places. */
export const INCIDENT_DIALOG = 'incident-dialog';

export function openIncidentDialog(): void {
  const dialog = document.getElementById(INCIDENT_DIALOG);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}
