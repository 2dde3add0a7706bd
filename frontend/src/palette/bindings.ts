/** Everything a single key can do. The registry has exactly one action for each. */
export type CommandId =
  | 'hold'
  | 'live'
  | 'back'
  | 'forward'
  | 'back-ten'
  | 'forward-ten'
  | 'oldest'
  | 'newest'
  | 'previous-change'
  | 'next-change'
  | 'events'
  | 'changes'
  | 'mark'
  | 'go-to-date'
  | 'zoom-in'
  | 'zoom-out'
  | 'window-1'
  | 'window-2'
  | 'window-3'
  | 'window-4'
  | 'window-5'
  | 'window-6'
  | 'window-7'
  | 'window-8'
  | 'window-all'
  | 'panel-next'
  | 'panel-previous'
  | 'panel-full'
  | 'data-table'
  | 'explain'
  | SectionCommand
  | 'filter'
  | SortCommand
  | 'process-tree'
  | 'table-face'
  | 'cpu-scale'
  | 'theme'
  | 'units'
  | 'zone'
  | 'retry'
  | 'palette'
  | 'settings'
  | 'alerts'
  | 'alert-rules'
  | 'alert-backtest'
  | 'sign-out'
  | 'copy-link'
  | 'export'
  | 'export-incident'
  | 'export-csv'
  | 'export-json'
  | 'export-processes'
  | 'export-png'
  | 'summary'
  | 'help'
  | 'escape';

/** Orders the processes. */
type SortCommand = `sort-${(typeof sorts)[number][0]}`;

/** Goes to a section: the letter after g. */
type SectionCommand = `go-${keyof typeof sectionLetters}`;

type CommandGroup = 'Time' | 'Window' | 'Charts' | 'Sections' | 'Processes' | 'Take along' | 'Page';

/** groups in the order in which the help shows them. */
export const groups: readonly CommandGroup[] = ['Time', 'Window', 'Charts', 'Processes', 'Take along', 'Page', 'Sections'];

/** A key as the browser names it, and where it lies on a keyboard of another script. */
export interface Key {
  readonly key: string;
  readonly code?: string;
  /** shift is only asked for where the key means something else with it. */
  readonly shift?: boolean;
  /** after is the key that has to be pressed before. */
  readonly after?: 'g';
  /** modified is set where Ctrl or ⌘ has to be held, inside inputs too. */
  readonly modified?: boolean;
  /** label is what is printed on the key. */
  readonly label: string;
}

export interface Binding<I extends string = CommandId, G extends string = CommandGroup> {
  readonly id: I;
  readonly group: G;
  readonly title: string;
  readonly keys: readonly Key[];
  /** repeats is set for what may go on while the key is held down. */
  readonly repeats?: boolean;
  /** onlyOutside is set for keys that also press buttons: they act when nothing but the page or a chart has the focus. */
  readonly onlyOutside?: boolean;
}

export const letter = (name: string): Key => ({ key: name, code: `Key${name.toUpperCase()}`, label: name.toUpperCase() });
const digit = (n: number): Key => ({ key: String(n), code: `Digit${n}`, label: String(n) });

/** The sections of the page by the letter that goes to them. */
export const sectionLetters = {
  cpu: ['c', 'CPU'],
  memory: ['m', 'Memory'],
  pressure: ['p', 'Pressure'],
  disk: ['d', 'Disks'],
  filesystem: ['f', 'Filesystems'],
  network: ['n', 'Network'],
  tcp: ['t', 'TCP and UDP'],
  sensors: ['s', 'Sensors'],
  limits: ['l', 'Limits and processes'],
  self: ['o', 'dashcam itself'],
  processes: ['r', 'Processes'],
  gaps: ['w', 'What this host cannot tell us'],
} as const;

const sectionIds = ['cpu', 'memory', 'pressure', 'disk', 'filesystem', 'network', 'tcp', 'sensors', 'limits', 'self', 'processes', 'gaps'] as const;

const goTo = (section: (typeof sectionIds)[number]): Binding => {
  const [name, title] = sectionLetters[section];
  return { id: `go-${section}`, group: 'Sections', title: `Go to ${title}`, keys: [{ ...letter(name), after: 'g', label: `G ${name.toUpperCase()}` }] };
};

const sorts = [
  ['auto', 'what is saturated'],
  ['cpu', 'CPU'],
  ['memory', 'memory'],
  ['io', 'I/O'],
] as const;

const windows = [
  ['window-1', 'one minute'],
  ['window-2', 'five minutes'],
  ['window-3', 'a quarter of an hour'],
  ['window-4', 'one hour'],
  ['window-5', 'six hours'],
  ['window-6', 'a day'],
  ['window-7', 'a week'],
  ['window-8', 'a month'],
] as const;

/** bindings is the one table of keys: what the page obeys, and what the help shows. */
export const bindings: readonly Binding[] = [
  { id: 'hold', group: 'Time', title: 'Hold this moment, or let go', keys: [{ key: ' ', code: 'Space', label: 'Space' }], onlyOutside: true },
  { id: 'live', group: 'Time', title: 'Go live: close everything, follow the newest row', keys: [letter('l')] },
  { id: 'back', group: 'Time', title: 'One sample back', keys: [{ key: 'ArrowLeft', shift: false, label: '←' }], repeats: true },
  { id: 'forward', group: 'Time', title: 'One sample forward', keys: [{ key: 'ArrowRight', shift: false, label: '→' }], repeats: true },
  { id: 'back-ten', group: 'Time', title: 'Ten samples back', keys: [{ key: 'ArrowLeft', shift: true, label: 'Shift ←' }], repeats: true },
  { id: 'forward-ten', group: 'Time', title: 'Ten samples forward', keys: [{ key: 'ArrowRight', shift: true, label: 'Shift →' }], repeats: true },
  { id: 'oldest', group: 'Time', title: 'Left edge of the window', keys: [{ key: 'Home', label: 'Home' }], onlyOutside: true },
  { id: 'newest', group: 'Time', title: 'Newest sample', keys: [{ key: 'End', label: 'End' }], onlyOutside: true },
  { id: 'previous-change', group: 'Time', title: 'Change or event before', keys: [{ key: '[', code: 'BracketLeft', label: '[' }] },
  { id: 'next-change', group: 'Time', title: 'Change or event after', keys: [{ key: ']', code: 'BracketRight', label: ']' }] },
  { id: 'events', group: 'Time', title: 'What happened: the list of events', keys: [letter('n')] },
  { id: 'changes', group: 'Time', title: 'What changed: in the selection, the incident or the window', keys: [letter('c')] },
  { id: 'mark', group: 'Time', title: 'Leave a mark among the events', keys: [letter('b')] },
  { id: 'go-to-date', group: 'Time', title: 'Go to a date', keys: [] },
  ...windows.map(([id, title], i): Binding => ({ id, group: 'Window', title: `Show ${title}`, keys: [digit(i + 1)] })),
  { id: 'zoom-in', group: 'Window', title: 'Narrower', keys: [{ key: '+', label: '+' }] },
  { id: 'zoom-out', group: 'Window', title: 'Wider', keys: [{ key: '-', code: 'Minus', label: '−' }] },
  { id: 'window-all', group: 'Window', title: 'Back to five minutes', keys: [digit(0)] },
  { id: 'panel-next', group: 'Charts', title: 'Next chart, or rows down', keys: [letter('j')], repeats: true },
  { id: 'panel-previous', group: 'Charts', title: 'Chart before, or rows up', keys: [letter('k')], repeats: true },
  { id: 'panel-full', group: 'Charts', title: 'Chart in full, with statistics', keys: [letter('f'), { key: 'Enter', label: 'Enter' }], onlyOutside: true },
  { id: 'data-table', group: 'Charts', title: 'Chart as a table of values', keys: [letter('d')] },
  { id: 'explain', group: 'Charts', title: 'Explain the number in focus', keys: [letter('i')] },
  ...sectionIds.map(goTo),
  { id: 'filter', group: 'Processes', title: 'Filter the processes', keys: [letter('p')] },
  ...sorts.map(([column, title]): Binding => ({ id: `sort-${column}`, group: 'Processes', title: `Processes by ${title}`, keys: [] })),
  { id: 'process-tree', group: 'Processes', title: 'Processes as a tree or a list', keys: [letter('h')] },
  { id: 'table-face', group: 'Processes', title: 'Processes or services', keys: [letter('v')] },
  { id: 'cpu-scale', group: 'Processes', title: 'CPU of one core or of the machine', keys: [letter('s')] },
  { id: 'copy-link', group: 'Take along', title: 'Copy a link to this view', keys: [letter('y')] },
  { id: 'export', group: 'Take along', title: 'Export: what is visible as CSV, a selected time as one file of an incident', keys: [letter('e')] },
  { id: 'export-incident', group: 'Take along', title: 'Export this time as one file of an incident', keys: [] },
  { id: 'export-csv', group: 'Take along', title: 'Export what is visible as CSV', keys: [] },
  { id: 'export-json', group: 'Take along', title: 'Export what is visible as JSON', keys: [] },
  { id: 'export-processes', group: 'Take along', title: 'Export the processes of this time as CSV', keys: [] },
  { id: 'export-png', group: 'Take along', title: 'Save the chart as a picture (PNG)', keys: [] },
  { id: 'summary', group: 'Take along', title: 'Copy a summary as Markdown', keys: [letter('m')] },
  { id: 'theme', group: 'Page', title: 'Theme: system, light, dark', keys: [letter('t')] },
  { id: 'units', group: 'Page', title: 'Network in bits or bytes', keys: [letter('u')] },
  { id: 'zone', group: 'Page', title: 'Time zone: host, browser, UTC', keys: [letter('z')] },
  { id: 'retry', group: 'Page', title: 'Connect again now', keys: [letter('r')] },
  { id: 'palette', group: 'Page', title: 'Find a chart, a process, a time, an action', keys: [{ key: '/', label: '/' }, { key: 'k', code: 'KeyK', modified: true, label: 'Ctrl K' }] },
  { id: 'alerts', group: 'Page', title: 'Alerts: what fires, and silences', keys: [letter('a')] },
  { id: 'alert-rules', group: 'Page', title: 'What raises an alert', keys: [] },
  { id: 'alert-backtest', group: 'Page', title: 'What would have fired', keys: [] },
  { id: 'settings', group: 'Page', title: 'Settings', keys: [] },
  { id: 'sign-out', group: 'Page', title: 'Sign out', keys: [] },
  { id: 'help', group: 'Page', title: 'This help', keys: [{ key: '?', label: '?' }] },
  { id: 'escape', group: 'Page', title: 'Back, one step', keys: [{ key: 'Escape', label: 'Esc' }] },
];
