// What the first view does without: one file of its own, fetched when the page is live and
// idle, or when somebody asks for a part of it before (ui/later.ts).

import './styles/later.css';

export { copyText, exportCharts, exportProcesses, linkTo, savePicture, summary } from './commands/take-along';
export { HelpDialog } from './palette/help-dialog';
export { CollectorTable } from './panels/collector-table';
export { FullPanel } from './panels/full-panel';
export { HostGaps } from './panels/host-gaps';
export { InstanceTable } from './panels/instance-table';
export { OpenProcess } from './processes/open-process';
export { ServiceFace } from './services/service-face';
export { ServiceTable } from './services/service-table';
export { SettingsDialog } from './settings/settings-dialog';
export { ConnectionPopover } from './ui/connection-popover';
export { ExplainPopover } from './ui/explain-popover';
export { SelectionBar } from './ui/selection-bar';
export { SignInDialog } from './ui/sign-in-dialog';
