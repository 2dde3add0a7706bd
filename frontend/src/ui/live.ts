import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { DirtyReason, Shows } from '../state/frame';
import { useApp } from './context';

// What changes with every sample is written into the elements directly, by the frame
// loop, at most once per frame and only where a person can see it. Components draw the
// frame around it and change only when a person or the host's shape changes something.

/**
 * useDraw calls draw whenever something is new and the element can be seen. What belongs
 * to the first screen says 'once': it is drawn in the frame in which it is mounted.
 */
export function useDraw(element: RefObject<Element | null>, draw: (reasons: ReadonlySet<DirtyReason>) => void, shows: Shows = 'text', at: 'once' | 'seen' = 'seen'): void {
  const { frameLoop } = useApp();
  const newest = useRef(draw);
  newest.current = draw;
  const begin = (): (() => void) | undefined => {
    const el = element.current;
    return el ? frameLoop.add((reasons) => newest.current(reasons), el, shows, at) : undefined;
  };
  useLayoutEffect(() => (at === 'once' ? begin() : undefined), [frameLoop, element, shows, at]);
  useEffect(() => (at === 'once' ? undefined : begin()), [frameLoop, element, shows, at]);
}

/** setText changes a text only where it is another one, in the node that is there: a new node would be styled and laid out as one. */
export function setText(element: Element | null | undefined, text: string): void {
  if (!element) return;
  const node = element.firstChild;
  if (node instanceof Text && node === element.lastChild && text !== '') {
    if (node.data !== text) node.data = text;
  } else if (element.textContent !== text) element.textContent = text;
}

/** setClass adds or removes a class. */
export function setClass(element: Element | null | undefined, name: string, on: boolean): void {
  element?.classList.toggle(name, on);
}

/** setClassName sets all classes, where they are others. */
export function setClassName(element: Element | null | undefined, names: string): void {
  if (element && element.className !== names) element.className = names;
}

/** setProperty sets a custom property; the content policy allows it from scripts. */
export function setProperty(element: Element | null | undefined, name: string, value: string): void {
  if (element instanceof HTMLElement && element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}

/** setAttribute changes an attribute only where it is another one; undefined removes it. */
export function setAttribute(element: Element | null | undefined, name: string, value: string | undefined): void {
  if (!element) return;
  if (value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** A set of named elements that a draw function writes to. */
export interface Parts<K extends string> {
  readonly get: (name: K) => Element | undefined;
  readonly ref: (name: K) => (element: Element | null) => void;
}

/** useParts collects elements by name. */
export function useParts<K extends string>(): Parts<K> {
  const [parts] = useState(createParts<K>);
  return parts;
}

function createParts<K extends string>(): Parts<K> {
  const elements = new Map<K, Element>();
  const refs = new Map<K, (element: Element | null) => void>();
  return {
    get: (name) => elements.get(name),
    ref: (name) => {
      const known = refs.get(name);
      if (known) return known;
      const ref = (element: Element | null): void => {
        if (element) elements.set(name, element);
        else elements.delete(name);
      };
      refs.set(name, ref);
      return ref;
    },
  };
}
