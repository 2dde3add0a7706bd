import { afterEach, describe, expect, it, vi } from 'vitest';
import { fetchSession, signIn, signOut, takeToken } from './session-api';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void =>
  void vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status, headers }))));

afterEach(() => vi.unstubAllGlobals());

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
    [200, { signIn: 'token', session: true }, {}, { type: 'done' }],
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
    [200, { signIn: 'none', session: false }, { signIn: 'none', session: false }],
    [200, { signIn: 'password', session: true }, { signIn: 'password', session: true }],
    [401, { error: { code: 'signed_out', message: '', signIn: 'token' } }, { signIn: 'token', session: false }],
    [503, { error: { code: 'busy', message: '' } }, undefined],
    [200, { signIn: 'magic', session: true }, undefined],
    [200, null, undefined],
  ])('reads %i %j', async (status, body, want) => {
    answer(status, body);
    expect(await fetchSession()).toEqual(want);
  });
});
