import { effect, type ReadonlySignal, type Signal } from '@preact/signals';
import type { Density, Theme } from '../state/preferences';

/** cycle goes to the next of a few words, from the last to the first. */
export function cycle<T>(choice: Signal<T>, all: readonly T[]): void {
  const now = choice.peek();
  choice.value = all[(all.indexOf(now) + 1) % all.length] ?? now;
}

/**
 * followTheme lets the document follow the theme that a person chooses. What it was
 * loaded with (the address or an earlier choice) has been set before the first paint.
 */
export function followTheme(theme: ReadonlySignal<Theme>, root: HTMLElement): () => void {
  let shown = theme.peek();
  return theme.subscribe((chosen) => {
    if (chosen === shown) return;
    shown = chosen;
    if (chosen === 'system') delete root.dataset.theme;
    else root.dataset.theme = chosen;
  });
}

/** followDensity does the same with how close together everything stands. */
export function followDensity(density: ReadonlySignal<Density>, root: HTMLElement): () => void {
  return effect(() => {
    if (density.value === 'normal') delete root.dataset.density;
    else root.dataset.density = density.value;
  });
}
