// The place on the wall that a person left for a host, so that coming back leads there. A
// tab keeps it: another tab is at another place.

import { pagePath } from '../data/session-key';

export interface Place {
  /** The query and the fragment of the wall. */
  readonly address: string;
  /** The line that was chosen, and how far the lines were scrolled. */
  readonly chosen: string;
  readonly top: number;
}

const nameOf = (): string => `dashcam.wall:${pagePath()}`;

export function keepPlace(place: Place): void {
  try {
    sessionStorage.setItem(nameOf(), JSON.stringify(place));
  } catch {
    // Without storage coming back leads to the top.
  }
}

/** keptPlace returns the place, undefined where none is kept. */
export function keptPlace(): Place | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(nameOf()) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return undefined;
    const { address, chosen, top }: Partial<Record<keyof Place, unknown>> = kept;
    return typeof address === 'string' && typeof chosen === 'string' && typeof top === 'number' ? { address, chosen, top } : undefined;
  } catch {
    return undefined;
  }
}
