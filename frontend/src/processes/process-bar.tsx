import type { JSX, RefCallback, RefObject } from 'preact';
import { useApp } from '../ui/context';
import { HelpIcon, SearchIcon, TreeIcon } from '../ui/icons';
import { Segmented, type Choice } from '../ui/segmented';

type Choices = 'auto' | 'cpu' | 'memory' | 'io';
const choices: readonly Choice<Choices>[] = [
  { value: 'auto', text: 'auto' },
  { value: 'cpu', text: 'CPU' },
  { value: 'memory', text: 'memory' },
  { value: 'io', text: 'I/O' },
];

const faces: readonly Choice<'processes' | 'services'>[] = [
  { value: 'processes', text: 'processes' },
  { value: 'services', text: 'services' },
];

/** orderReason explains why rows do not follow every number at once. */
function orderReason(auto: boolean): string {
  const chosen = auto ? 'auto: by the resource that is worst now. ' : '';
  return `${chosen}The order is calm: it follows an average of some seconds, changes at most every 3 seconds, and stands still while the pointer or the focus is in the table.`;
}

/** ProcessBar is the head of the table: which second, which face, in which order, as a tree or a list, and the filter. */
export function ProcessBar({ title, note, filterInput }: { title: RefCallback<Element>; note: RefCallback<Element>; filterInput: RefObject<HTMLInputElement | null> }): JSX.Element {
  const { view } = useApp();
  const { by } = view.sort.value;
  const services = view.face.value === 'services';
  const what = services ? 'services' : 'processes';
  const tree = view.processes.value === 'tree';
  return (
    <div class="process-bar">
      <h2 class="process-title" id="process-title" ref={title}>
        {services ? 'Services' : 'Processes'}
      </h2>
      <p class="process-note" ref={note}>
        …
      </p>
      <button type="button" class="icon-button" aria-label="about the order" data-reason={orderReason(by === 'auto')}>
        <HelpIcon />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={`${what} as a tree`}
        aria-pressed={tree}
        data-reason={`${what} as a tree (h)`}
        onClick={() => {
          view.processes.value = tree ? 'list' : 'tree';
        }}
      >
        <TreeIcon />
      </button>
      <Segmented
        name="table-face"
        class="face-switch"
        label="who uses the machine (v)"
        choices={faces}
        value={view.face.value}
        onChange={(face) => {
          view.face.value = face;
        }}
      />
      <Segmented
        name="process-sort"
        label={`${what} by`}
        choices={choices}
        value={choices.find(({ value }) => value === by)?.value}
        onChange={(value) => {
          view.sort.value = { by: value, descending: true };
        }}
      />
      <label class="filter-box">
        <SearchIcon />
        <input
          class="process-filter"
          ref={filterInput}
          type="search"
          placeholder="filter  p"
          aria-label={`filter ${what}`}
          autocomplete="off"
          spellcheck={false}
          value={view.filter.value}
          onInput={(event) => {
            view.filter.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            view.filter.value = '';
            event.currentTarget.blur();
          }}
        />
      </label>
    </div>
  );
}
