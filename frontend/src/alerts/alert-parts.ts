// The list of alerts: a file of its own, fetched when it is opened, when
// something fires, or by a browser that notifies.

import '../styles/alerts.css';

export { AlertList } from './alert-list';
export { browserNotes } from './browser-notes';
export { Rules } from './rule-list';
