import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { fetchSession, signInWaiting, type SignInMode, type SignInResult } from '../data/session-api';
import { useApp } from './context';

const labels: Readonly<Record<SignInMode, string>> = { none: 'Token', token: 'Token', password: 'Password' };

/** hintOf says where the secret is. */
function hintOf(mode: SignInMode, linkOnce: boolean): string {
  if (mode === 'password') return 'It is the one that was set with dashcam hash-password.';
  if (mode === 'none') return '';
  if (linkOnce) return 'It is in the file that --auth-token-file names on the host. A link works once; dashcam prints a new one when it is started again.';
  return 'It is part of the link that dashcam printed when it was started last.';
}

/** SignInDialog stands over the page, in place, as long as the server wants to know who asks. Link is what became of a link with a token. */
export function SignInDialog({ link }: { link: Signal<SignInResult | undefined> }): JSX.Element {
  const app = useApp();
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const mode = useSignal<SignInMode>('token');
  const linkOnce = useSignal(false);
  const problem = useSignal('');
  const busy = useSignal(false);
  const denied = app.feed.connection.name.value === 'DENIED';

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
      linkOnce.value = session.linkOnce;
      // Somebody signed in elsewhere in this browser, or does not have to any more.
      if (session.session || session.signIn === 'none') app.feed.connection.retry();
    };
    void look();
    window.addEventListener('focus', () => void look(), { signal: ended.signal });
    return () => ended.abort();
  }, [denied, app, mode, linkOnce, problem]);

  const submit = async (): Promise<void> => {
    const input = field.current;
    if (!input || busy.peek()) return;
    busy.value = true;
    link.value = undefined;
    const pause = (seconds: number): Promise<void> => {
      problem.value = `Many are trying to sign in. Trying yours again in ${seconds} s.`;
      return new Promise((done) => app.clock.later(seconds * 1000, done));
    };
    const result = await signInWaiting(input.value.trim(), pause);
    busy.value = false;
    problem.value = wordsOf(result, labels[mode.peek()].toLowerCase());
    if (result.type === 'done') {
      input.value = '';
      app.feed.connection.retry();
    } else {
      input.focus();
      input.select();
    }
  };

  const said = problem.value === '' ? wordsOfLink(link.value) : problem.value;
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
          aria-invalid={said !== '' && !busy.value}
        />
        <p class="sign-in-hint" id="sign-in-hint">
          {hintOf(mode.value, linkOnce.value)}
        </p>
        <p class="sign-in-problem" id="sign-in-problem" role="alert">
          {said}
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
    case 'used':
      return wordsOfLink(result);
    case 'wait':
      return `Many are trying to sign in. Try again in ${result.seconds} s.`;
    case 'failed':
      return `dashcam could not be asked (${result.reason}). Try again.`;
  }
}

/** wordsOfLink says why a link with a token did not sign in. */
function wordsOfLink(result: SignInResult | undefined): string {
  switch (result?.type) {
    case undefined:
    case 'done':
      return '';
    case 'used':
      return 'This link was used already. It works once.';
    case 'wrong':
    case 'wait':
      return 'This link is not right: it is incomplete, or from an earlier start of dashcam.';
    case 'failed':
      return `dashcam could not be asked (${result.reason}). Try again.`;
  }
}
