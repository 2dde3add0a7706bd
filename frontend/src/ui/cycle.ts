import type { ReadonlySignal } from '@preact/signals';
import { ZONES } from '../lib/time';
import type { AppState } from '../state/app-state';
import type { Theme } from '../state/view';

const themes: readonly Theme[] = ['system', 'light', 'dark'];

/** cycleTheme goes from the system's theme to light to dark. */
export function cycleTheme(app: AppState): void {
  app.view.setTheme(after(themes, app.view.theme.peek()));
}

/** cycleZone goes from the host's clock to the browser's to UTC. */
export function cycleZone(app: AppState): void {
  app.view.setZone(after(ZONES, app.view.zone.peek()));
}

function after<T>(all: readonly T[], one: T): T {
  return all[(all.indexOf(one) + 1) % all.length] ?? one;
}

/**
 * followTheme lets the document follow the theme that a person chooses. What it was
 * loaded with (the address or an earlier choice) has been set before the first paint.
 */
export function followTheme(theme: ReadonlySignal<Theme>, root: HTMLElement): void {
  let shown = theme.peek();
  theme.subscribe((chosen) => {
    if (chosen === shown) return;
    shown = chosen;
    if (chosen === 'system') delete root.dataset.theme;
    else root.dataset.theme = chosen;
  });
}
