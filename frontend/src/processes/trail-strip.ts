import type { AppState } from '../state/app-state';

/** drawTrail draws what a process used of a processor. */
export function drawTrail(_app: AppState, _canvas: HTMLCanvasElement, _values: Float32Array | undefined): void {
  // Drawn once the strips of the charts are there.
}
