import type { ReadonlySignal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { AppState } from '../state/app-state';

/** AppContext carries the one state of the page to every component. */
export const AppContext = createContext<AppState | undefined>(undefined);

/** useApp returns the state of the page. */
export function useApp(): AppState {
  const app = useContext(AppContext);
  if (!app) throw new Error('component stands outside of AppContext');
  return app;
}

/** watch lets the component that calls it be drawn anew when one of the signals changes. */
export function watch(...signals: readonly ReadonlySignal<unknown>[]): void {
  signals.forEach((each) => each.value);
}
