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
  | 'zoom-in'
  | 'zoom-out'
  | 'window-1'
  | 'window-2'
  | 'window-3'
  | 'window-4'
  | 'window-5'
  | 'window-6'
  | 'filter'
  | 'theme'
  | 'units'
  | 'zone'
  | 'retry'
  | 'help'
  | 'escape';

export type CommandGroup = 'Time' | 'Window' | 'Processes' | 'Page';

/** A key as the browser names it, and where it lies on a keyboard of another script. */
export interface Key {
  readonly key: string;
  readonly code?: string;
  /** shift is only asked for where the key means something else with it. */
  readonly shift?: boolean;
  /** label is what is printed on the key. */
  readonly label: string;
}

export interface Binding {
  readonly id: CommandId;
  readonly group: CommandGroup;
  readonly title: string;
  readonly keys: readonly Key[];
  /** repeats is set for what may go on while the key is held down. */
  readonly repeats?: boolean;
  /** onlyOutside is set for keys that also press buttons: they act when nothing but the page or a chart has the focus. */
  readonly onlyOutside?: boolean;
}

const letter = (name: string): Key => ({ key: name, code: `Key${name.toUpperCase()}`, label: name.toUpperCase() });
const digit = (n: number): Key => ({ key: String(n), code: `Digit${n}`, label: String(n) });

const windows = [
  ['window-1', 'one minute'],
  ['window-2', 'five minutes'],
  ['window-3', 'a quarter of an hour'],
  ['window-4', 'one hour'],
  ['window-5', 'six hours'],
  ['window-6', 'a day'],
] as const;

/** bindings is the one table of keys: what the page obeys, and what the help shows. */
export const bindings: readonly Binding[] = [
  { id: 'hold', group: 'Time', title: 'Hold this moment, or let go', keys: [{ key: ' ', code: 'Space', label: 'Space' }], onlyOutside: true },
  { id: 'live', group: 'Time', title: 'Close everything and follow', keys: [letter('l')] },
  { id: 'back', group: 'Time', title: 'One sample back', keys: [{ key: 'ArrowLeft', shift: false, label: '←' }], repeats: true },
  { id: 'forward', group: 'Time', title: 'One sample forward', keys: [{ key: 'ArrowRight', shift: false, label: '→' }], repeats: true },
  { id: 'back-ten', group: 'Time', title: 'Ten samples back', keys: [{ key: 'ArrowLeft', shift: true, label: 'Shift ←' }], repeats: true },
  { id: 'forward-ten', group: 'Time', title: 'Ten samples forward', keys: [{ key: 'ArrowRight', shift: true, label: 'Shift →' }], repeats: true },
  { id: 'oldest', group: 'Time', title: 'Left edge of the window', keys: [{ key: 'Home', label: 'Home' }], onlyOutside: true },
  { id: 'newest', group: 'Time', title: 'Newest sample', keys: [{ key: 'End', label: 'End' }], onlyOutside: true },
  { id: 'previous-change', group: 'Time', title: 'Change or event before', keys: [{ key: '[', code: 'BracketLeft', label: '[' }] },
  { id: 'next-change', group: 'Time', title: 'Change or event after', keys: [{ key: ']', code: 'BracketRight', label: ']' }] },
  ...windows.map(([id, title], i): Binding => ({ id, group: 'Window', title: `Show ${title}`, keys: [digit(i + 1)] })),
  { id: 'zoom-in', group: 'Window', title: 'Narrower', keys: [{ key: '+', label: '+' }] },
  { id: 'zoom-out', group: 'Window', title: 'Wider', keys: [{ key: '-', code: 'Minus', label: '−' }] },
  { id: 'filter', group: 'Processes', title: 'Filter the processes', keys: [letter('p'), { key: '/', label: '/' }] },
  { id: 'theme', group: 'Page', title: 'Theme: system, light, dark', keys: [letter('t')] },
  { id: 'units', group: 'Page', title: 'Network in bits or bytes', keys: [letter('u')] },
  { id: 'zone', group: 'Page', title: 'Time zone: host, browser, UTC', keys: [letter('z')] },
  { id: 'retry', group: 'Page', title: 'Connect again now', keys: [letter('r')] },
  { id: 'help', group: 'Page', title: 'This help', keys: [{ key: '?', label: '?' }] },
  { id: 'escape', group: 'Page', title: 'Back, one step', keys: [{ key: 'Escape', label: 'Esc' }] },
];
