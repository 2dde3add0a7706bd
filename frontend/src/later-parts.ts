// What the first view does without: one file of its own, fetched when the page is live and
// idle, or when somebody asks for a part of it before (ui/later.ts).

import './styles/later.css';

export { AlertDrawer, openDrawer } from './alerts/alert-drawer';
export { AlertBell } from './alerts/bell';
export { RuleHelp } from './alerts/rule-help';
export { WallAlerts } from './alerts/wall-alerts';
export { Kiosk } from './kiosk';
export { findsOf } from './commands/entries';
export { printCharts } from './commands/print';
export { copyText, exportCharts, exportProcesses, linkTo, savePicture, summary } from './commands/take-along';
export { stretchOf } from './incidents/changes';
export { IncidentDrawer } from './incidents/incident-drawer';
export { IncidentDialog } from './incidents/incident-dialog';
export { Sections } from './page-sections';
export { DateDialog } from './palette/date-dialog';
export { HelpDialog } from './palette/help-dialog';
export { FullPanel } from './panels/full-panel';
export { OpenProcess } from './processes/open-process';
export { ServiceFace } from './services/service-face';
export { SettingsDialog } from './settings/settings-dialog';
export { ConnectionPopover } from './ui/connection-popover';
export { ExplainPopover } from './ui/explain-popover';
export { ReasonTip } from './ui/reason-tip';
export { SelectionBar } from './ui/selection-bar';
export { SignInDialog } from './ui/sign-in-dialog';
