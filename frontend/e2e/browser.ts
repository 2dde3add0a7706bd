// The browser of the system, or the one that CHROMIUM names; nothing is downloaded.

import { existsSync } from 'node:fs';

const first = (...paths: readonly (string | undefined)[]): string | undefined => paths.find((path) => path !== undefined && path !== '' && existsSync(path));

/** The browser that a person has. */
export const wholeBrowser = first(process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome');

/** Where there is one, the headless shell: the same engine without the windows around it, which take half of what a test costs, and without a back-forward cache. */
export const browser = first(process.env.CHROMIUM, '/usr/bin/chromium-headless-shell') ?? wholeBrowser;
