// Signing in and out. A session is a cookie that scripts cannot read and a key that the
// page keeps; see session-key.ts.

import { decodeErrorCode, decodeKey, decodeSession, type SessionAnswer } from '../wire/decode';
import { keepKey, keyHeaders, pagePath } from './session-key';

export type { SessionAnswer, SignInMode } from '../wire/decode';

/** How a try to sign in ended. */
export type SignInResult =
  | { readonly type: 'done' }
  | { readonly type: 'wrong' }
  /** It is the secret of a link that works once, and did. */
  | { readonly type: 'used' }
  | { readonly type: 'wait'; readonly seconds: number }
  /** The server did not answer, or in a way that is not understood. */
  | { readonly type: 'failed'; readonly reason: string };

const address = 'api/v1/session';

/** fetchSession asks how this page is signed in; undefined where there is no answer. */
export async function fetchSession(signal?: AbortSignal): Promise<SessionAnswer | undefined> {
  try {
    const response = await fetch(address, { credentials: 'same-origin', cache: 'no-store', headers: keyHeaders(), ...(signal && { signal }) });
    return decodeSession(await response.json());
  } catch {
    return undefined;
  }
}

/** How often the same secret is tried again when the server asks for a pause. */
const MOST_PAUSES = 12;

/** signInWaiting is signIn that comes back as often as it is told to wait. */
export async function signInWaiting(secret: string, pause: (seconds: number) => Promise<void>): Promise<SignInResult> {
  let result = await signIn(secret);
  for (let i = 0; i < MOST_PAUSES && result.type === 'wait'; i++) {
    await pause(result.seconds);
    result = await signIn(secret);
  }
  return result;
}

/** signIn trades a token or password for a session. */
export async function signIn(secret: string): Promise<SignInResult> {
  try {
    const response = await fetch(address, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json', ...keyHeaders() },
      body: JSON.stringify({ secret, path: pagePath() }),
    });
    if (response.ok) {
      const key = decodeKey(await response.json().catch(() => undefined));
      return key !== '' && keepKey(key) ? { type: 'done' } : { type: 'failed', reason: 'this browser keeps nothing for this page' };
    }
    if (response.status === 429) return { type: 'wait', seconds: Number(response.headers.get('retry-after') ?? 5) };
    const code = decodeErrorCode(await response.json().catch(() => undefined));
    if (code === 'wrong_secret') return { type: 'wrong' };
    return code === 'used_link' ? { type: 'used' } : { type: 'failed', reason: code === '' ? `status ${response.status}` : code };
  } catch {
    return { type: 'failed', reason: 'no answer' };
  }
}

/** signOut ends this page's session and its sockets; false where that did not work. */
export async function signOut(): Promise<boolean> {
  try {
    return (await fetch(address, { method: 'DELETE', credentials: 'same-origin', headers: keyHeaders() })).ok;
  } catch {
    return false;
  }
}

const token = /^#token=([\w-]+)$/;

/** The parts of a window that hold the address. */
interface Bar {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: Pick<History, 'replaceState'>;
}

/**
 * takeToken returns the token of a sign-in link and removes it from the address, so that it
 * is neither bookmarked nor shown. It is in the fragment, which is never sent.
 */
export function takeToken(bar: Bar): string | undefined {
  const found = token.exec(bar.location.hash)?.[1];
  if (found === undefined) return undefined;
  bar.history.replaceState(null, '', bar.location.pathname + bar.location.search);
  return found;
}
