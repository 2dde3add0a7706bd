import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

const shownMs = 3000;

/** useNote is a short note that says what was done; it goes by itself. */
export function useNote(): Signal<string> {
  const note = useSignal('');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = note.subscribe((text) => {
      clearTimeout(timer);
      if (text !== '') timer = setTimeout(() => (note.value = ''), shownMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [note]);
  return note;
}

/** Note shows it, and speaks it. */
export function Note({ note }: { note: Signal<string> }): JSX.Element {
  return (
    <p class={`note ${note.value === '' ? 'is-empty' : ''}`} role="status">
      {note.value}
    </p>
  );
}
