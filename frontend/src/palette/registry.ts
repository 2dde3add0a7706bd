import { type Binding, bindings, type CommandId } from './bindings';
import { begins, bindingFor, focusPlace } from './keys';

/** Commands has one action for every binding, so that none is forgotten. */
export type Commands<I extends string = CommandId> = Readonly<Record<I, () => void>>;

/** How long a first key waits for its second. */
const prefixMs = 1500;

/**
 * listenToKeys lets single keys run commands, those of a page or of another table, until the returned function is called.
 */
export function listenToKeys(target: Window, commands: Commands, single: () => boolean): () => void;
export function listenToKeys<I extends string>(target: Window, commands: Commands<I>, single: () => boolean, table: readonly Binding<I, string>[]): () => void;
export function listenToKeys(target: Window, commands: Commands<string>, single: () => boolean, table: readonly Binding<string, string>[] = bindings): () => void {
  let prefixed = -Infinity;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    const focus = focusPlace(event.target);
    const after = event.timeStamp - prefixed < prefixMs ? ('g' as const) : undefined;
    const state = { after, single: single() };
    prefixed = -Infinity;
    if (begins(event, focus, state)) {
      prefixed = event.timeStamp;
      event.preventDefault();
      return;
    }
    const binding = bindingFor(event, focus, state, table);
    if (!binding) return;
    event.preventDefault();
    commands[binding.id]?.();
  };
  target.addEventListener('keydown', onKeyDown);
  return () => target.removeEventListener('keydown', onKeyDown);
}
