import { type ReadonlySignal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

/** The parts of the page that its first view does without: their type alone, main.tsx says how to fetch them. */
export type LaterParts = typeof import('../later-parts');

/** Later fetches them once: when the page is idle, or when the first of them is wanted. */
export interface Later<P = LaterParts> {
  /** The parts; undefined until they have come. */
  readonly parts: ReadonlySignal<P | undefined>;
  /** Fetches them if they are not there; false where that did not work, and then it may be tried again. */
  readonly fetch: () => Promise<boolean>;
  /** Runs with the parts on the page: at once if they are, else when they have come; failed if they cannot be had. */
  readonly use: (run: (parts: P) => void, failed?: () => void) => void;
  /** Tells that the parts which came are on the page. */
  readonly shown: () => void;
}

/** createLater returns one that gets the parts by load. */
export function createLater<P>(load: () => Promise<P>): Later<P> {
  const parts = signal<P | undefined>(undefined);
  let asked: Promise<boolean> | undefined;
  let onPage = false;
  let waiting: { readonly run: (parts: P) => void; readonly failed?: (() => void) | undefined }[] = [];
  const take = (): typeof waiting => {
    const all = waiting;
    waiting = [];
    return all;
  };
  const fetch = (): Promise<boolean> =>
    (asked ??= load().then(
      (loaded) => {
        parts.value = loaded;
        return true;
      },
      () => {
        asked = undefined;
        for (const { failed } of take()) failed?.();
        return false;
      },
    ));
  return {
    parts,
    fetch,
    use(run, failed) {
      const loaded = parts.peek();
      if (loaded && onPage) {
        run(loaded);
        return;
      }
      waiting.push({ run, failed });
      void fetch();
    },
    shown() {
      const loaded = parts.peek();
      if (!loaded) return;
      onPage = true;
      for (const { run } of take()) run(loaded);
    },
  };
}

/** LaterContext carries it to every component. */
export const LaterContext = createContext<Later | undefined>(undefined);

/** useLater returns what fetches the parts that come later. */
export function useLater(): Later {
  const later = useContext(LaterContext);
  if (!later) throw new Error('component stands outside of LaterContext');
  return later;
}
