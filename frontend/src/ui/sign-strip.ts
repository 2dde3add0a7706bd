import type { AppState } from '../state/app-state';
import type { Sign } from '../wire/types';

/** SignStrip is the recent past of a cell's number. */
export interface SignStrip {
  draw(): void;
}

export function createSignStrip(_canvas: HTMLCanvasElement, _app: AppState, _signs: readonly Sign[]): SignStrip {
  return { draw: () => undefined };
}
