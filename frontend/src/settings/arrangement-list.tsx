import type { JSX } from 'preact';
import { useApp } from '../ui/context';
import { Chevron } from '../ui/icons';
import { moved, type Place, shownOrHidden } from './arrange';

/** ArrangementList shows, hides and moves what stands on the page. */
export function ArrangementList({ title, places, movable = false }: { title: string; places: readonly Place[]; movable?: boolean }): JSX.Element {
  const { view } = useApp();
  const { arrangement } = view;
  const { hidden } = arrangement.value;
  const move = (id: string, by: 1 | -1) => (): void => {
    arrangement.value = moved(arrangement.peek(), places, id, by);
  };
  return (
    <fieldset class="arrangement-list">
      <legend>{title}</legend>
      {places.map(({ id, title: name }, i) => (
        <div class="arrangement-place" key={id}>
          <label>
            <input
              type="checkbox"
              checked={!hidden.includes(id)}
              onChange={(event) => {
                arrangement.value = shownOrHidden(arrangement.peek(), id, event.currentTarget.checked);
              }}
            />
            {name}
          </label>
          {movable && (
            <>
              <button type="button" class="icon-button is-up" aria-label={`move ${name} up`} disabled={i === 0} onClick={move(id, -1)}>
                <Chevron />
              </button>
              <button type="button" class="icon-button is-down" aria-label={`move ${name} down`} disabled={i === places.length - 1} onClick={move(id, 1)}>
                <Chevron />
              </button>
            </>
          )}
        </div>
      ))}
    </fieldset>
  );
}
