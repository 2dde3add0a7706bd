// A picture that follows its rows. What came moves it by whole pixels and is painted
// beside it; where something else changed all of it is painted. Both are the same painter
// with another clip.

import type { Clip, Transform } from './painter';
import { Pixels } from './pixels';

/** Where a picture is: a canvas, or an array in a test. */
export interface Target {
  /** Makes room for a picture of this size; what was there need not stay. */
  fit(width: number, height: number, ratio: number): void;
  /** Moves everything to the left. */
  shift(steps: number): void;
  put(pixels: Pixels, x: number): void;
}

/** What is to be seen. */
interface Sight {
  readonly transform: Transform;
  /** Paints the columns of a clip. */
  readonly paint: (to: Pixels, clip: Clip) => void;
  /** So many columns beside one that changed may look different. */
  readonly reach: number;
  /** The lowest column that changed since the last sight, Infinity where none did. */
  readonly changedFrom: number;
  /** Whatever else the picture depends on. */
  readonly key: string;
  /** Milliseconds of a clock that only goes on. */
  readonly now: number;
}

/** However it goes, a picture that was moved is painted anew after so long. */
const RENEW_MS = 60_000;

/** What was painted: all of it, its newest columns, or nothing. */
export type Painted = 'whole' | 'part' | 'nothing';

export class Picture {
  readonly #target: Target;
  #key = '';
  #last = -Infinity;
  /** When all of it was painted, and whether it was moved since. */
  #at = 0;
  #moved = false;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Whether there is anything to see. */
  get isEmpty(): boolean {
    return this.#key === '';
  }

  show(sight: Sight): Painted {
    const { transform, changedFrom, now } = sight;
    const { first, last, height, ratio } = transform;
    const width = last - first + 1;
    const key = [width, height, ratio, sight.key].join('\n');
    const before = this.#last;
    const steps = last - before;
    this.#last = last;
    if (key !== this.#key || steps < 0 || steps > width / 3 || (this.#moved && now - this.#at >= RENEW_MS)) {
      this.#key = key;
      this.#at = now;
      this.#moved = false;
      this.#target.fit(width, height, ratio);
      this.#paint(sight, first);
      return 'whole';
    }
    if (steps === 0 && changedFrom >= last) return 'nothing';
    this.#moved = true;
    if (steps > 0) this.#target.shift(steps);
    this.#paint(sight, Math.max(first, Math.min(changedFrom, before) - sight.reach));
    return 'part';
  }

  #paint({ transform: { first, last, height }, paint }: Sight, from: number): void {
    const pixels = new Pixels(from, last - from + 1, height);
    paint(pixels, { from, to: last });
    this.#target.put(pixels, from - first);
  }
}

/** canvasTarget keeps a picture on a canvas. */
export function canvasTarget(canvas: HTMLCanvasElement): Target {
  const ctx = canvas.getContext('2d', { alpha: false });
  return {
    fit: (width, height, ratio) => fitPixels(canvas, width, height, ratio),
    shift: (steps) => ctx?.drawImage(canvas, steps, 0, canvas.width - steps, canvas.height, 0, 0, canvas.width - steps, canvas.height),
    put: (pixels, x) => ctx?.putImageData(pixels.image(), x, 0),
  };
}

/** fitPixels gives a canvas so many device pixels, none of them scaled. */
export function fitPixels(canvas: HTMLCanvasElement, width: number, height: number, ratio: number): void {
  const size = `${width} ${height} ${ratio}`;
  if (canvas.dataset.size === size && canvas.width === width) return;
  canvas.dataset.size = size;
  canvas.width = width;
  canvas.height = height;
  canvas.style.setProperty('--width', `${width / ratio}px`);
  canvas.style.setProperty('--height', `${height / ratio}px`);
}
