import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchSession, signIn, signInWaiting, signOut, takeToken } from './session-api';
import { keyHeaders, keyProtocols } from './session-key';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void =>
  void vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status, headers }))));

const kept = new Map<string, string>();
const page = (baseURI: string): void => {
  vi.stubGlobal('document', { baseURI });
  vi.stubGlobal('localStorage', { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => kept.set(name, value) });
};

beforeEach(() => page('http://db-01:7272/dash/?kiosk=1'));
afterEach(() => {
  vi.unstubAllGlobals();
  kept.clear();
});

describe('the key of a session', () => {
  it('is kept for the path of the page, and sent with what follows', async () => {
    answer(200, { signIn: 'token', session: true, key: 'k-1' });
    expect(await signIn('x')).toEqual({ type: 'done' });
    expect(vi.mocked(fetch).mock.calls[0]?.[1]?.body).toBe('{"secret":"x","path":"/dash/"}');
    expect([...kept]).toEqual([['dashcam.key:/dash/', 'k-1']]);
    expect(keyHeaders()).toEqual({ 'Dashcam-Key': 'k-1' });
    expect(keyProtocols()).toEqual(['dashcam.key.k-1']);
    await signOut();
    expect(vi.mocked(fetch).mock.calls[1]?.[1]?.headers).toEqual({ 'Dashcam-Key': 'k-1' });
    page('http://db-01:7272/dash/h/9f/');
    expect(keyHeaders()).toEqual({ 'Dashcam-Key': 'k-1' });
    page('http://db-01:7272/other/');
    expect(keyHeaders()).toEqual({});
    expect(keyProtocols()).toEqual([]);
  });

  it('is none where nothing can be kept', () => {
    vi.stubGlobal('localStorage', undefined);
    expect(keyHeaders()).toEqual({});
  });
});

describe('signInWaiting', () => {
  it('tries the same again after each pause, and gives up at last', async () => {
    const pauses: number[] = [];
    const pause = (seconds: number): Promise<void> => {
      pauses.push(seconds);
      if (pauses.length === 2) answer(200, { signIn: 'password', session: true, key: 'k' });
      return Promise.resolve();
    };
    answer(429, {}, { 'retry-after': '5' });
    expect(await signInWaiting('x', pause)).toEqual({ type: 'done' });
    expect(pauses).toEqual([5, 5]);
    answer(429, {}, { 'retry-after': '5' });
    const always = vi.fn(() => Promise.resolve());
    expect(await signInWaiting('x', always)).toEqual({ type: 'wait', seconds: 5 });
    expect(always).toHaveBeenCalledTimes(12);
  });
});

describe('takeToken', () => {
  it.each([
    ['#token=abc-_9', 'abc-_9', '/dash/?kiosk'],
    ['', undefined, undefined],
    ['#w=15m', undefined, undefined],
    ['#token=', undefined, undefined],
    ['#token=a&w=15m', undefined, undefined],
    ['#token=<b>', undefined, undefined],
  ])('takes from %j the token %j', (hash, want, left) => {
    const replaceState = vi.fn();
    expect(takeToken({ location: { hash, pathname: '/dash/', search: '?kiosk' }, history: { replaceState } })).toBe(want);
    if (left === undefined) expect(replaceState).not.toHaveBeenCalled();
    else expect(replaceState).toHaveBeenCalledWith(null, '', left);
  });
});

describe('signIn', () => {
  it.each([
    [200, { signIn: 'token', session: true, key: 'k-1' }, {}, { type: 'done' }],
    [200, { signIn: 'token', session: true }, {}, { type: 'failed', reason: 'this browser keeps nothing for this page' }],
    [401, { error: { code: 'used_link', message: '' } }, {}, { type: 'used' }],
    [401, { error: { code: 'wrong_secret', message: '' } }, {}, { type: 'wrong' }],
    [429, { error: { code: 'too_many_tries', message: '' } }, { 'retry-after': '7' }, { type: 'wait', seconds: 7 }],
    [403, { error: { code: 'origin', message: '' } }, {}, { type: 'failed', reason: 'origin' }],
    [500, 'nonsense', {}, { type: 'failed', reason: 'status 500' }],
  ])('makes of %i what it is', async (status, body, headers, want) => {
    answer(status, body, headers);
    expect(await signIn('x')).toEqual(want);
  });

  it('says when nobody answers', async () => {
    vi.stubGlobal('fetch', vi.fn(() => Promise.reject(new TypeError('network'))));
    expect(await signIn('x')).toEqual({ type: 'failed', reason: 'no answer' });
    expect(await signOut()).toBe(false);
    expect(await fetchSession()).toBeUndefined();
  });
});

describe('fetchSession', () => {
  it.each([
    [200, { signIn: 'none', session: false }, { signIn: 'none', session: false, linkOnce: false }],
    [200, { signIn: 'password', session: true }, { signIn: 'password', session: true, linkOnce: false }],
    [401, { error: { code: 'signed_out', message: '', signIn: 'token' } }, { signIn: 'token', session: false, linkOnce: false }],
    [401, { error: { code: 'signed_out', message: '', signIn: 'token', linkOnce: true } }, { signIn: 'token', session: false, linkOnce: true }],
    [503, { error: { code: 'busy', message: '' } }, undefined],
    [200, { signIn: 'magic', session: true }, undefined],
    [200, null, undefined],
  ])('reads %i %j', async (status, body, want) => {
    answer(status, body);
    expect(await fetchSession()).toEqual(want);
  });
});
