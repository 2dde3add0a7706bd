import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useApp } from '../ui/context';

/** The longest mark, as the server has it. */
const LONGEST = 300;

/** MarkForm leaves a mark among the events of now: "deploy 4711". */
export function MarkForm({ mark }: { mark: (text: string) => Promise<void> }): JSX.Element {
  const { view } = useApp();
  const field = useRef<HTMLInputElement>(null);
  const wanted = view.marking.value;
  useEffect(() => {
    if (!wanted) return;
    view.marking.value = false;
    field.current?.focus();
  }, [view, wanted]);
  const text = useSignal('');
  const said = useSignal('');
  const leave = async (): Promise<void> => {
    const written = text.peek().trim();
    if (written === '') return;
    try {
      await mark(written);
      text.value = '';
      said.value = 'the mark is left';
    } catch {
      said.value = 'the mark could not be left';
    }
  };
  return (
    <form
      class="mark-form"
      onSubmit={(event) => {
        event.preventDefault();
        void leave();
      }}
    >
      <input class="incident-filter" ref={field} aria-label="text of a mark" placeholder="leave a mark: deploy 4711" maxLength={LONGEST} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
      <button type="submit" class="text-button">
        Mark
      </button>
      <span class="visually-hidden" role="status">
        {said.value}
      </span>
    </form>
  );
}
