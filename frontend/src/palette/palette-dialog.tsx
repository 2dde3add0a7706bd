import type { JSX } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { found as foundIn } from './match';

/** What can be found: an action, a chart, a series, a process, a mount, an interface, a time. */
export interface Entry {
  readonly key: string;
  readonly text: string;
  /** kind stands dimly beside it: "chart", "process". */
  readonly kind: string;
  readonly label?: string;
  readonly run: () => void;
}

const most = 12;

/** Opens the palette, or closes it. */
export interface Palette {
  readonly toggle: () => void;
}

/** What there is to find. */
export interface Finds {
  /** entries are collected when the palette is opened. */
  readonly entries: () => readonly Entry[];
  /** came are those that may come while it is open. */
  readonly came: () => readonly Entry[];
  /** meant is what the text itself means: a time, a pid. */
  readonly meant: (typed: string) => readonly Entry[];
}

interface PaletteProps {
  readonly handle: { current: Palette | null };
  /** undefined until it has come: what is typed before that is looked for then. */
  readonly finds: Finds | undefined;
  /** Says what there is to find. */
  readonly what?: string;
}

/** PaletteDialog finds by a few letters. */
export function PaletteDialog({ handle, finds, what = 'chart, process, pid, series, 18:02, action' }: PaletteProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const [all, setAll] = useState<readonly Entry[]>([]);
  const input = useRef<HTMLInputElement>(null);
  /** Enter was pressed before there was anything to find. */
  const entered = useRef(false);
  const id = useId();
  // Before the first frame, as the keys: the letters behind a first one would be commands.
  useLayoutEffect(() => {
    handle.current = {
      toggle: () => {
        const element = dialog.current;
        if (element?.open === true) element.close();
        else if (element && document.querySelector('dialog[open]') === null) {
          // All at once: the letters that are typed right after the key belong to it.
          setAll(finds?.entries() ?? []);
          setTyped('');
          setChosen(0);
          entered.current = false;
          element.showModal();
          input.current?.focus();
        }
      },
    };
    return () => {
      handle.current = null;
    };
  }, [handle, finds]);
  const look = (entries: readonly Entry[]): readonly Entry[] => (typed === '' || !finds ? entries.slice(0, most) : foundIn([...entries, ...finds.came()], finds.meant(typed), typed, most));
  const found = look(all);
  const run = (entry: Entry | undefined): void => {
    if (!entry) return;
    dialog.current?.close();
    entry.run();
  };
  useLayoutEffect(() => {
    if (!finds || dialog.current?.open !== true) return;
    const entries = finds.entries();
    setAll(entries);
    if (entered.current) run(look(entries)[0]);
  }, [finds]);
  return (
    <dialog
      class="palette-dialog"
      ref={dialog}
      aria-label="find"
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <input
        class="palette-input"
        ref={input}
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found[chosen] ? `${id}-${chosen}` : undefined}
        aria-label="find a chart, a process, a time, an action"
        placeholder={what}
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (step !== 0) setChosen((chosen + step + found.length) % Math.max(1, found.length));
          else if (event.key === 'Enter') {
            entered.current = !finds;
            run(found[chosen]);
          }
          else return;
          event.preventDefault();
        }}
      />
      <ul class="palette-list" role="listbox" id={`${id}-list`} aria-label="found">
        {found.map((entry, i) => (
          <li key={entry.key} id={`${id}-${i}`} role="option" aria-selected={i === chosen} onClick={() => run(entry)} onPointerMove={() => setChosen(i)}>
            <span class="palette-text">{entry.text}</span>
            <span class="palette-kind">{entry.kind}</span>
            {entry.label !== undefined && <kbd>{entry.label}</kbd>}
          </li>
        ))}
      </ul>
      <p class="palette-note" role="status">
        {found.length > 0 ? '' : finds ? 'nothing of that name' : 'not fetched yet'}
      </p>
    </dialog>
  );
}
