// The page of an incident's file: it shows what the file holds, and asks nobody.

import { signal } from '@preact/signals';
import { createFileArchive } from './recording/file-archive';
import { FileError, readHead, readLines } from './recording/read-file';
import { readRecording } from './recording/recording';
import { openReplay } from './recording/replay';
import { createShell } from './shell';
import { parseQuery } from './state/url';

const textOf = (id: string): string | undefined => document.getElementById(id)?.textContent ?? undefined;

/** refuse says in one line why there is nothing to show. */
function refuse(root: Element, error: unknown): void {
  const line = document.createElement('p');
  line.className = 'file-error';
  line.setAttribute('role', 'alert');
  line.textContent = error instanceof FileError ? error.message : 'This incident cannot be shown by this browser.';
  root.replaceChildren(line);
  if (!(error instanceof FileError)) throw error;
}

async function show(root: Element): Promise<void> {
  const head = readHead(textOf('dashcam-incident'));
  const recording = await readRecording(readLines(textOf('dashcam-lines'), head));
  const shell = createShell(parseQuery(window.location.search), {
    root,
    archive: createFileArchive(recording),
    linkResult: signal(undefined),
    openSocket: openReplay(recording),
  });
  // What is wrong may come to light when the rows are drawn already, or just about to be.
  recording.rest.catch((error: unknown) => {
    shell.dispose();
    refuse(root, error);
  });
  await shell.start();
}

const root = document.getElementById('app');
if (root) show(root).catch((error: unknown) => refuse(root, error));
