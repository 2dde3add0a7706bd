import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';

/** The longest mark, as the server has it. */
const LONGEST = 300;

/** MarkForm leaves a mark among the events of now: "deploy 4711". */
export function MarkForm({ mark }: { mark: (text: string) => Promise<void> }): JSX.Element {
  const text = useSignal('');
  const said = useSignal('');
  const leave = async (): Promise<void> => {
    const wanted = text.peek().trim();
    if (wanted === '') return;
    try {
      await mark(wanted);
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
      <input class="incident-filter" id="mark-text" aria-label="text of a mark" placeholder="leave a mark: deploy 4711" maxLength={LONGEST} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
      <button type="submit" class="text-button">
        Mark
      </button>
      <span class="visually-hidden" role="status">
        {said.value}
      </span>
    </form>
  );
}
