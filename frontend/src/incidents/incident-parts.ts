// What happened, what changed, and the form of an incident's file: fetched when one of them is
// opened, or when something is wrong, since the network may be what goes next.

export { ChangeList } from './change-list';
export { EventList } from './event-list';
export { IncidentForm } from './incident-form';
