// The list of alerts: a file of its own, fetched when it is opened or when something fires.

import '../styles/alerts.css';

export { AlertList } from './alert-list';
export { Rules } from './rule-list';
