// What is drawn and why: the words that who draws and who changes something share.

/** Why something has to be drawn again. 'later' are rows that came behind what is shown. */
export type DirtyReason = 'rows' | 'later' | 'table' | 'verdict' | 'schema' | 'view' | 'cursor' | 'state' | 'theme' | 'size' | 'buckets';

/**
 * What a part of the page shows. 'text' and 'canvas' are of the time that a person looks at,
 * 'now' and 'overview' also of the newest row. Canvases are drawn last.
 */
export type Shows = 'tables' | 'text' | 'now' | 'verdict' | 'canvas' | 'overview';

/** FrameLoop draws what is dirty and visible, once per frame. */
export interface FrameLoop {
  markDirty(reason: DirtyReason): void;
  /**
   * Calls draw when something is dirty and el can be seen; the returned function ends it.
   * It writes text unless it says otherwise. 'once' draws it before it is known whether it
   * can be seen: text at once, a canvas in the next frame.
   */
  add(draw: (reasons: ReadonlySet<DirtyReason>) => void, el: Element, shows?: Shows, at?: 'once' | 'seen'): () => void;
  /** Tells the size of an element in CSS pixels, at once and when it changes; what is drawn in it is drawn before the frame is painted. */
  onResize(el: Element, changed: (width: number, height: number) => void): () => void;
  dispose(): void;
}
