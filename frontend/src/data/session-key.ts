// The second secret of a session. Browsers send the cookie to every port of a host, so the
// server asks for this too, which only this page's own storage holds: that of its origin,
// port included, by its path. public/assets/head.js reads it as well.

/** The header of a request that carries the key. */
const HEADER = 'Dashcam-Key';

/** How the subprotocol begins that carries it in a handshake, which cannot have headers. */
const PROTOCOL = 'dashcam.key.';

/** pagePath is the directory of the dashboard, as browsers see it. The pages of its hosts, at h/{id}/, share one session. */
export const pagePath = (): string => new URL('.', document.baseURI).pathname.replace(/h\/[^/]+\/$/, '');

const storageName = (): string => `dashcam.key:${pagePath()}`;

function storedKey(): string {
  try {
    return localStorage.getItem(storageName()) ?? '';
  } catch {
    return ''; // without storage there are no cookies either
  }
}

/** keyHeaders are what a request needs beside the cookie. */
export function keyHeaders(): Readonly<Record<string, string>> {
  const key = storedKey();
  return key === '' ? {} : { [HEADER]: key };
}

/** keyProtocols are what a handshake offers beside the protocol itself. */
export function keyProtocols(): readonly string[] {
  const key = storedKey();
  return key === '' ? [] : [PROTOCOL + key];
}

/** keepKey stores the key of a new session; false where the browser keeps nothing. It stays when the session has ended: it says that this browser signed in before. */
export function keepKey(key: string): boolean {
  try {
    localStorage.setItem(storageName(), key);
    return true;
  } catch {
    return false;
  }
}
