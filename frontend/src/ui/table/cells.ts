// What cells are made of. Every writer changes only what is another one.

import type { Shape } from '../../signs/worst';
import { shapePath } from '../icons';
import { setAttribute, setText } from '../live';

/** iconOf makes the shape that says how bad something is. */
export function iconOf(shape: Shape): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 9 9');
  svg.setAttribute('fill', 'currentColor');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', shapePath(shape));
  svg.append(path);
  return svg;
}

/** spanOf makes a span of a class. */
export function spanOf(look: string, text = ''): HTMLSpanElement {
  const span = document.createElement('span');
  span.className = look;
  span.textContent = text;
  return span;
}

/** writes makes a column's writer of what its text is. */
export const writes =
  <R>(textOf: (row: R) => string) =>
  (cell: Element, row: R): void =>
    setText(cell, textOf(row));

/** writeNumber marks a number that is a large share of a bad resource, in shape and word. */
export function writeNumber(cell: Element, text: string, suspect: boolean): void {
  const marked = cell.firstElementChild;
  if (!suspect) {
    setText(cell, text);
    return;
  }
  if (marked?.className === 'cell-culprit') setText(marked.lastElementChild, text);
  else {
    const culprit = spanOf('cell-culprit');
    culprit.append(iconOf('critical'), spanOf('visually-hidden', 'a large share, '), spanOf('', text));
    cell.replaceChildren(culprit);
  }
}

/** setShape shows the icon of a shape as the first child of an element, or none. */
export function setShape(element: Element, shape: Shape | undefined): void {
  const first = element.firstElementChild;
  const icon = first instanceof SVGSVGElement ? first : undefined;
  if (shape === undefined) {
    icon?.remove();
    return;
  }
  if (icon) setAttribute(icon.firstElementChild, 'd', shapePath(shape));
  else element.prepend(iconOf(shape));
}
