import type { CommandId } from './bindings';
import { bindingFor, focusPlace } from './keys';

/** Commands has one action for every binding, so that none is forgotten. */
export type Commands = Readonly<Record<CommandId, () => void>>;

/**
 * listenToKeys lets single keys run commands until the returned function is called.
 */
export function listenToKeys(target: Window, commands: Commands): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    const binding = bindingFor(event, focusPlace(event.target));
    if (!binding) return;
    event.preventDefault();
    commands[binding.id]();
  };
  target.addEventListener('keydown', onKeyDown);
  return () => target.removeEventListener('keydown', onKeyDown);
}
