import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { fetchSession, signIn, type SignInMode, type SignInResult } from '../data/session-api';
import { useApp } from './context';

const labels: Readonly<Record<SignInMode, string>> = { none: 'Token', token: 'Token', password: 'Password' };
const hints: Readonly<Record<SignInMode, string>> = {
  none: '',
  token: 'It is part of the link that dashcam prints when it starts, or in its token file.',
  password: 'It is the one that was set with dashcam hash-password.',
};

/** SignInDialog stands over the page, in place, as long as the server wants to know who asks. */
export function SignInDialog(): JSX.Element {
  const app = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const mode = useSignal<SignInMode>('token');
  const problem = useSignal('');
  const busy = useSignal(false);
  const denied = app.connection.name.value === 'DENIED';

  useEffect(() => {
    if (!denied) {
      dialog.current?.close();
      return;
    }
    problem.value = '';
    dialog.current?.showModal();
    const ended = new AbortController();
    const look = async (): Promise<void> => {
      const session = await fetchSession(ended.signal);
      if (ended.signal.aborted || !session) return;
      mode.value = session.signIn;
      // Somebody signed in elsewhere in this browser, or does not have to any more.
      if (session.session || session.signIn === 'none') app.connection.retry();
    };
    void look();
    window.addEventListener('focus', () => void look(), { signal: ended.signal });
    return () => ended.abort();
  }, [denied, app, mode, problem]);

  const submit = async (): Promise<void> => {
    const input = field.current;
    if (!input || busy.peek()) return;
    busy.value = true;
    const result = await signIn(input.value.trim());
    busy.value = false;
    problem.value = wordsOf(result, labels[mode.peek()].toLowerCase());
    if (result.type === 'done') {
      input.value = '';
      app.connection.retry();
    } else {
      input.focus();
      input.select();
    }
  };

  return (
    <dialog class="help-dialog sign-in-dialog" ref={dialog} aria-labelledby="sign-in-title" onCancel={(event) => event.preventDefault()}>
      <form
        class="sign-in-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h2 id="sign-in-title">Sign in to dashcam</h2>
        <label for="sign-in-secret">{labels[mode.value]}</label>
        <input
          ref={field}
          id="sign-in-secret"
          name="secret"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-describedby="sign-in-hint sign-in-problem"
          aria-invalid={problem.value !== ''}
        />
        <p class="sign-in-hint" id="sign-in-hint">
          {hints[mode.value]}
        </p>
        <p class="sign-in-problem" id="sign-in-problem" role="alert">
          {problem.value}
        </p>
        <button type="submit" class="text-button" disabled={busy.value}>
          Sign in
        </button>
      </form>
    </dialog>
  );
}

/** wordsOf says what a person can do next. */
function wordsOf(result: SignInResult, what: string): string {
  switch (result.type) {
    case 'done':
      return '';
    case 'wrong':
      return `This is not the right ${what}.`;
    case 'wait':
      return `Too many tries from this address. Try again in ${result.seconds} s.`;
    case 'failed':
      return `dashcam could not be asked (${result.reason}). Try again.`;
  }
}
