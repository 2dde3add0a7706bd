import { bindings, type Binding, type Key } from './bindings';

/** What of a keyboard event decides; tests pass plain objects. */
export interface KeyPress {
  readonly key: string;
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly repeat: boolean;
  readonly isComposing: boolean;
}

/** Where the focus is when a key is pressed. */
export type FocusPlace = 'page' | 'chart' | 'control' | 'radio' | 'input';

/**
 * bindingFor returns what a key press means, or undefined, of a page or by another table. A key of a script that has
 * no Latin letters is known by its place on the keyboard. A radio group keeps its arrows.
 */
export function bindingFor(press: KeyPress, focus: FocusPlace, state?: KeyState): Binding | undefined;
export function bindingFor<B extends Binding<string, string>>(press: KeyPress, focus: FocusPlace, state: KeyState, table: readonly B[]): B | undefined;
export function bindingFor(press: KeyPress, focus: FocusPlace, state: KeyState = { after: undefined, single: true }, table: readonly Binding<string, string>[] = bindings): Binding<string, string> | undefined {
  if (press.altKey || press.isComposing) return undefined;
  const modified = press.ctrlKey || press.metaKey;
  if (focus === 'input' && !modified) return undefined;
  return table.find(
    (binding) =>
      (!press.repeat || binding.repeats === true) &&
      (binding.onlyOutside !== true || (focus !== 'control' && focus !== 'radio')) &&
      !(focus === 'radio' && press.key.startsWith('Arrow')) &&
      binding.keys.some((key) => (key.modified === true) === modified && key.after === state.after && (state.single || !isSingle(key)) && matches(press, key)),
  );
}

/** What was pressed before, and whether letters alone may do something. */
interface KeyState {
  readonly after: 'g' | undefined;
  readonly single: boolean;
}

/** begins says whether a key press waits for another one. */
export function begins(press: KeyPress, focus: FocusPlace, state: KeyState): boolean {
  if (press.ctrlKey || press.altKey || press.metaKey || press.isComposing || press.repeat || focus === 'input') return false;
  return state.single && state.after === undefined && matches(press, { key: 'g', code: 'KeyG', label: 'G' });
}

/** Keys that type a letter can be switched off; arrows, Escape and those with Ctrl stay. */
const isSingle = (key: Key): boolean => key.key.length === 1 && key.key !== ' ' && key.modified !== true;

function matches(press: KeyPress, key: Key): boolean {
  if (key.shift !== undefined && key.shift !== press.shiftKey) return false;
  if (press.key === key.key || press.key.toLowerCase() === key.key) return true;
  return key.code !== undefined && isOtherScript(press.key) && press.code === key.code;
}

function isOtherScript(key: string): boolean {
  return key.length === 1 && key.charCodeAt(0) > 0x024f;
}

/** focusPlace says what kind of element has the focus. */
export function focusPlace(target: EventTarget | null): FocusPlace {
  if (!(target instanceof Element) || target === document.body) return 'page';
  // The browser takes the focus out of a closed dialog only at the next frame.
  if (target.closest('dialog:not([open])')) return 'page';
  if (target.closest('dialog, [popover], [role="menu"]')) return 'input';
  if (target instanceof HTMLInputElement) return target.type === 'radio' ? 'radio' : 'input';
  if (target.matches('textarea, select, [contenteditable="true"]')) return 'input';
  if (target.matches('[role="slider"]')) return 'chart';
  return target.matches('button, a, summary, [tabindex]') ? 'control' : 'page';
}
