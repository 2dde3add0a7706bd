// Draws the strips into the canvases of the rows that are seen, each only when its picture
// is another one, and asks the hub for the past of those that it has not got.

import { type ColorSource, watchColors } from '../charts/colors';
import { keyHeaders } from '../data/session-key';
import type { AppState } from '../state/app-state';
import type { Host } from './hosts';
import { paintStrips } from './strip-paint';
import { type StripsAnswer, steps, Strips } from './strips';

/** So many hosts are asked for at once: their ids have to fit into an address. */
const atOnce = 40;
/** How long it is waited until what is scrolled past is not asked for. */
const restMs = 60;
const againMs = 5000;

export class StripSheet {
  readonly #app: AppState;
  readonly #strips = new Strips();
  readonly #drawn = new WeakMap<HTMLCanvasElement, string>();
  readonly #colors: ColorSource;
  readonly #ended = new AbortController();
  #size = { width: 0, height: 0 };
  #theme = 0;
  #wanted = new Set<string>();
  #cancel: (() => void) | undefined;
  #asking = false;
  #ms = NaN;

  constructor(app: AppState, root: Element) {
    this.#app = app;
    this.#colors = watchColors(root, () => {
      this.#theme++;
      app.frameLoop.markDirty('theme');
    });
  }

  /** The size of a canvas, in CSS pixels. */
  resize(width: number, height: number): void {
    const ratio = window.devicePixelRatio;
    this.#size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  }

  /** Goes on with an observation of all hosts. */
  add(hosts: readonly Host[], ms: number): void {
    // Behind a pause longer than a step there is something to be asked for.
    if (ms - this.#ms > 2 * this.#strips.stepMs) this.#strips.clear();
    this.#ms = ms;
    this.#strips.add(hosts, ms);
  }

  /** Draws the strips of a host, or the one that is asked for. */
  draw(canvas: HTMLCanvasElement, { id }: Host, only?: number): void {
    const { width, height } = this.#size;
    if (width === 0) return;
    if (!this.#strips.knows(id)) this.#want(id);
    const newest = Math.floor(this.#ms / this.#strips.stepMs);
    const key = `${id} ${this.#strips.revision(id)} ${newest} ${width} ${height} ${this.#theme} ${only ?? ''}`;
    if (this.#drawn.get(canvas) === key) return;
    this.#drawn.set(canvas, key);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const image = paintStrips(width, height, this.#colors.colors().inks(), (resource, from, to) => this.#strips.read(id, resource, newest - to, newest - from), only).image();
    canvas.getContext('2d')?.putImageData(image, 0, 0);
  }

  dispose(): void {
    this.#cancel?.();
    this.#ended.abort();
    this.#colors.dispose();
  }

  #want(id: string): void {
    this.#wanted.add(id);
    if (!this.#asking) this.#cancel ??= this.#app.clock.later(restMs, () => void this.#ask());
  }

  async #ask(): Promise<void> {
    this.#cancel = undefined;
    // Those that were wanted last are on the screen now.
    const ids = Array.from(this.#wanted).slice(-atOnce);
    this.#wanted = new Set();
    this.#asking = true;
    const query = new URLSearchParams([['steps', String(steps)], ['use', '1'], ...ids.map((id) => ['host', id])]);
    try {
      const response = await fetch(`api/v1/hosts/strips?${query.toString()}`, { credentials: 'same-origin', headers: keyHeaders(), signal: this.#ended.signal });
      if (!response.ok) throw new Error(`strips: status ${response.status}`);
      const answer: unknown = await response.json();
      if (!isStrips(answer)) throw new Error('strips: not understood');
      this.#strips.fill(answer, ids);
      this.#asking = false;
      this.#app.frameLoop.markDirty('table');
    } catch {
      // What does not come is not drawn; it is asked for again when the next rows are.
      this.#cancel = this.#app.clock.later(againMs, () => {
        this.#cancel = undefined;
        this.#asking = false;
        this.#app.frameLoop.markDirty('table');
      });
    }
  }
}

function isStrips(answer: unknown): answer is StripsAnswer {
  if (typeof answer !== 'object' || answer === null) return false;
  const { stepMs, fromMs, steps: count, hosts }: Partial<Record<keyof StripsAnswer, unknown>> = answer;
  return typeof stepMs === 'number' && stepMs > 0 && typeof fromMs === 'number' && typeof count === 'number' && typeof hosts === 'object' && hosts !== null;
}
