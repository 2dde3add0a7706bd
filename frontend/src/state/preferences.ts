// What a person prefers, kept by the browser between visits and taken along as a file.
// A link carries none of it: it is about the reader, not about what is looked at.

import { batch, type Signal, signal } from '@preact/signals';
import { ZONES } from '../lib/time';

/** Remembered between visits. */
export interface Settings {
  get(name: string): string | null;
  set(name: string, value: string): void;
}

/** The preferences that are one of a few words; the first of each is the default. */
export const PREFERENCES = {
  theme: ['system', 'light', 'dark'],
  density: ['normal', 'dense'],
  units: ['bits', 'bytes'],
  zone: ZONES,
  /** What 100 % of a process's CPU is. */
  cpu: ['core', 'machine'],
  processes: ['list', 'tree'],
  /** Which face the table of the first screen shows. */
  face: ['processes', 'services'],
  /** Whether keys of one letter do something. */
  keys: ['on', 'off'],
  /** Whether this browser notifies of alerts. */
  notify: ['off', 'on'],
} as const;

export type Theme = (typeof PREFERENCES.theme)[number];
export type Density = (typeof PREFERENCES.density)[number];

/** What stands on the page and in which order, by ids. What is not named keeps its place. */
export interface Arrangement {
  /** The charts of the first screen that were moved, from the first on. */
  readonly order: readonly string[];
  /** Charts and sections that are not shown. */
  readonly hidden: readonly string[];
}

export const NO_ARRANGEMENT: Arrangement = { order: [], hidden: [] };

/** The marks by which a file of preferences is known. */
const KIND = 'settings';
const VERSION = 1;

export type Preferences = ReturnType<typeof createPreferences>;

/** createPreferences returns a signal for each preference; setting it is enough to keep it. */
export function createPreferences(settings: Settings) {
  const words = new Map<string, Word>();
  /** One of the table, as a signal and as a file has it. */
  const kept = <T extends string>(name: string, known: readonly [T, ...T[]]): Signal<T> => {
    const choice = signal(known.find((each) => each === settings.get(name)) ?? known[0]);
    keep(choice, (value) => settings.set(name, value));
    words.set(name, word(choice, known));
    return choice;
  };
  const arrangement: Signal<Arrangement> = signal(arrangementOf(settings.get('panels')));
  keep(arrangement, (value) => settings.set('panels', JSON.stringify(value)));
  return {
    theme: kept('theme', PREFERENCES.theme),
    density: kept('density', PREFERENCES.density),
    units: kept('units', PREFERENCES.units),
    zone: kept('zone', PREFERENCES.zone),
    cpu: kept('cpu', PREFERENCES.cpu),
    processes: kept('processes', PREFERENCES.processes),
    face: kept('face', PREFERENCES.face),
    keys: kept('keys', PREFERENCES.keys),
    notify: kept('notify', PREFERENCES.notify),
    arrangement,
    words,
  };
}

/** keep calls save with every value but the one a signal has already. */
function keep<T>(choice: Signal<T>, save: (value: T) => void): void {
  let first = true;
  choice.subscribe((value) => {
    if (!first) save(value);
    first = false;
  });
}

/** What was kept is taken as it is found: a browser's storage may hold anything. */
function arrangementOf(text: string | null): Arrangement {
  try {
    const read = readArrangement(JSON.parse(text ?? '{}'));
    return typeof read === 'string' ? NO_ARRANGEMENT : read;
  } catch {
    return NO_ARRANGEMENT;
  }
}

/** A preference that is one of a few words, as a file has it. */
interface Word {
  readonly known: readonly string[];
  readonly now: () => string;
  /** take returns how to take up a value, undefined where it is none of the known. */
  readonly take: (value: unknown) => (() => void) | undefined;
}

const word = <T extends string>(choice: Signal<T>, known: readonly T[]): Word => ({
  known,
  now: () => choice.peek(),
  take: (value) => {
    const found = known.find((each) => each === value);
    return found === undefined ? undefined : () => (choice.value = found);
  },
});

/** writePreferences is the file with all of them. */
export function writePreferences(of: Preferences): string {
  const words = Object.fromEntries(Array.from(of.words, ([name, { now }]) => [name, now()]));
  return `${JSON.stringify({ dashcam: KIND, version: VERSION, ...words, panels: of.arrangement.peek() }, undefined, 2)}\n`;
}

/**
 * readPreferences takes up what a file says and returns '', or says in a sentence what is
 * wrong with it and changes nothing. What the file leaves out stays as it is.
 */
export function readPreferences(of: Preferences, text: string): string {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}.`;
  }
  const { dashcam: kind, version, ...values } = isRecord(read) ? read : {};
  if (kind !== KIND) return `This is not a file of dashcam's settings: "dashcam" is ${shown(kind)}, expected "${KIND}".`;
  if (version !== VERSION) return `"version" is ${shown(version)}, expected ${VERSION}: another dashcam wrote this file.`;
  const changes: (() => void)[] = [];
  for (const [name, value] of Object.entries(values)) {
    const wrong = name === 'panels' ? takeArrangement(of, value, changes) : takeWord(name, of.words.get(name), value, changes);
    if (wrong !== '') return wrong;
  }
  batch(() => {
    for (const change of changes) change();
  });
  return '';
}

function takeWord(name: string, known: Word | undefined, value: unknown, changes: (() => void)[]): string {
  if (!known) return `"${name}" is not a setting, expected ${listed([...Object.keys(PREFERENCES), 'panels'])}.`;
  const change = known.take(value);
  if (!change) return `"${name}" is ${shown(value)}, expected ${listed(known.known)}.`;
  changes.push(change);
  return '';
}

function takeArrangement(of: Preferences, value: unknown, changes: (() => void)[]): string {
  const found = readArrangement(value);
  if (typeof found === 'string') return found;
  changes.push(() => (of.arrangement.value = found));
  return '';
}

/** readArrangement returns what is wrong as a sentence. */
function readArrangement(value: unknown): Arrangement | string {
  if (!isRecord(value)) return `"panels" is ${shown(value)}, expected an object with "order" and "hidden".`;
  const { order = [], hidden = [] } = value;
  if (!isNames(order)) return `"panels.order" is ${shown(order)}, expected a list of ids of charts.`;
  if (!isNames(hidden)) return `"panels.hidden" is ${shown(hidden)}, expected a list of ids of charts and sections.`;
  return { order, hidden };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNames = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((each) => typeof each === 'string');
const listed = (words: readonly string[]): string => words.map((word, i) => `${i === 0 ? '' : i === words.length - 1 ? ' or ' : ', '}"${word}"`).join('');

/** shown is a value as the file has it, cut where it is long. */
function shown(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
