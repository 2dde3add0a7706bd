import type { Arrangement } from '../state/preferences';

/** Something that can be moved or hidden: a chart of the first screen, or a section. */
export interface Place {
  readonly id: string;
  readonly title: string;
}

/** moved puts the one with an id so many places further down the list it stands in. */
export function moved(arrangement: Arrangement, places: readonly Place[], id: string, by: 1 | -1): Arrangement {
  const order = places.map((place) => place.id);
  const at = order.indexOf(id);
  const to = at + by;
  if (at < 0 || to < 0 || to >= order.length) return arrangement;
  order.splice(to, 0, ...order.splice(at, 1));
  return { ...arrangement, order };
}

/** shownOrHidden shows or hides the one with an id. */
export function shownOrHidden(arrangement: Arrangement, id: string, shown: boolean): Arrangement {
  const others = arrangement.hidden.filter((hidden) => hidden !== id);
  return { ...arrangement, hidden: shown ? others : [...others, id] };
}
