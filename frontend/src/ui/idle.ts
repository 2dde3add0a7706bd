/** How long a busy page may put off what can wait. */
const longestMs = 3000;

/** whenIdle runs something when the browser has nothing better to do; the returned function calls it off. */
export function whenIdle(run: () => void, longest = longestMs): () => void {
  // Safari does not have it yet.
  if (typeof requestIdleCallback !== 'function') {
    const timer = setTimeout(run, 200);
    return () => clearTimeout(timer);
  }
  const id = requestIdleCallback(run, { timeout: longest });
  return () => cancelIdleCallback(id);
}
