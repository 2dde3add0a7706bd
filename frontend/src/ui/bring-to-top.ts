/** So many frames in which nothing moved are the end of it; a chart that comes into view takes a few to get its height. */
const QUIET_FRAMES = 20;
const MOST_FRAMES = 240;

/**
 * bringToTop scrolls to an element, and again while what was far away is laid out on the way
 * and moves the goal: not every browser keeps in place what is seen. A person who does
 * anything meanwhile has the last word.
 */
export function bringToTop(element: Element): void {
  const ended = new AbortController();
  for (const kind of ['wheel', 'touchstart', 'pointerdown', 'keydown']) addEventListener(kind, () => ended.abort(), { signal: ended.signal, passive: true, capture: true });
  const follow = (quiet: number, frames: number): void => {
    if (ended.signal.aborted) return;
    const before = element.getBoundingClientRect().top;
    element.scrollIntoView({ block: 'start' });
    const moved = Math.abs(element.getBoundingClientRect().top - before) >= 1;
    const still = moved ? 0 : quiet + 1;
    if (still < QUIET_FRAMES && frames < MOST_FRAMES) requestAnimationFrame(() => follow(still, frames + 1));
    else ended.abort();
  };
  follow(0, 0);
}
