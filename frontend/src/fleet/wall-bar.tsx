import type { JSX } from 'preact';
import { metrics } from './metrics';
import type { WallState } from './wall-state';
import { labelText } from './words';

/** WallBar is what is shown of the hosts: a filter, the label that groups them, and the metric that is compared. */
export function WallBar({ wall, input, compare, onDown }: { wall: WallState; input: { current: HTMLInputElement | null }; compare: { current: HTMLSelectElement | null }; onDown: () => void }): JSX.Element {
  const labels = wall.labels.value;
  const group = wall.group.value;
  const metric = wall.metric.value;
  return (
    <div class="wall-bar">
      <input
        class="wall-filter"
        ref={input}
        type="search"
        aria-label="filter the hosts"
        placeholder="name, state, process, role=db"
        autocomplete="off"
        spellcheck={false}
        list="wall-labels"
        value={wall.filter.value}
        onInput={(event) => {
          wall.filter.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') wall.filter.value = '';
          else if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
          event.preventDefault();
          event.stopPropagation();
          event.currentTarget.blur();
          if (event.key !== 'Escape') onDown();
        }}
      />
      <datalist id="wall-labels">
        {Array.from(labels).flatMap(([name, values]) => values.map((value) => <option key={labelText(name, value)} value={labelText(name, value)} />))}
      </datalist>
      <label class="wall-group">
        group by
        <select
          class="window-select"
          value={group}
          onChange={(event) => {
            wall.group.value = event.currentTarget.value;
          }}
        >
          <option value="">none</option>
          {Array.from(new Set([...labels.keys(), ...(group === '' ? [] : [group])])).map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="text-button wall-collapse" hidden={group === ''} onClick={() => collapseAll(wall)}>
        {wall.collapsed.value.size > 0 ? 'open all' : 'close all'}
      </button>
      <label class="wall-group">
        compare
        <select
          class="window-select"
          ref={compare}
          value={metric}
          onChange={(event) => {
            wall.metric.value = event.currentTarget.value;
          }}
        >
          <option value="">nothing</option>
          {metrics.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="text-button wall-collapse" hidden={metric === ''} onClick={() => flip(wall)}>
        {wall.lowest.value ? 'lowest first' : 'highest first'}
      </button>
    </div>
  );
}

export function cycleGroup(wall: WallState): void {
  const all = ['', ...wall.labels.peek().keys()];
  wall.group.value = all[(all.indexOf(wall.group.peek()) + 1) % all.length] ?? '';
}

export function collapseAll(wall: WallState): void {
  const group = wall.group.peek();
  if (group === '') return;
  const values = wall.hosts().map(({ labels }) => labels.get(group) ?? '');
  wall.collapsed.value = wall.collapsed.peek().size > 0 ? new Set() : new Set(values);
}

/** flip puts the lowest first, or the highest. */
export function flip(wall: WallState): void {
  wall.lowest.value = !wall.lowest.peek();
}
