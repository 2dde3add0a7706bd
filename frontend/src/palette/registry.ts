import type { CommandId } from './bindings';
import { bindingFor, focusPlace } from './keys';

/** Commands has one action for every binding, so that none is forgotten. */
export type Commands = Readonly<Record<CommandId, () => void>>;

/**
 * listenToKeys lets single keys run commands until the returned function is called.
 * A radio group keeps its own arrow keys.
 */
export function listenToKeys(target: Window, commands: Commands): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented) return;
    const place = focusPlace(event.target);
    const binding = bindingFor(event, place);
    if (!binding) return;
    if (place === 'control' && event.key.startsWith('Arrow')) return;
    event.preventDefault();
    commands[binding.id]();
  };
  target.addEventListener('keydown', onKeyDown);
  return () => target.removeEventListener('keydown', onKeyDown);
}
