// The lines of an incident's file, out of the page that holds them (server/incident/FORMAT.md).
// The file is trusted with nothing: what is not as it was made is refused in one line.

import { isObject } from '../wire/check';

/** The newest format that is read. */
export const FORMAT = 1;

/** What the head of a file says. */
export interface Head {
  readonly format: number;
  readonly version: string;
  readonly host: string;
  readonly from: number;
  readonly to: number;
  readonly masked: readonly string[];
  readonly rows: number;
  readonly sha256: string;
}

/** A file is not one, or not as it was made; the message is a sentence for a person. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

const none = 'This page holds no incident: make one with dashcam incident.';
const damaged = 'This incident is damaged: it is not as it was made. Ask for the file again.';

/** What a file may unpack to. */
const MAX_UNPACKED = 256 * 1024 * 1024;

/** readHead reads what a file says of itself. */
export function readHead(text: string | undefined): Head {
  if (text === undefined || text === '') throw new FileError(none);
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    throw new FileError(damaged);
  }
  if (!isObject(head) || !Number.isSafeInteger(head.format)) throw new FileError(damaged);
  if (Number(head.format) > FORMAT) throw new FileError(`This incident is of format ${Number(head.format)}, which a later dashcam made: open it with that one.`);
  const { format, version, host, from, to, masked, rows, sha256 } = head;
  const isHead =
    Number(format) >= 1 &&
    typeof version === 'string' &&
    typeof host === 'string' &&
    Number.isSafeInteger(from) &&
    Number.isSafeInteger(to) &&
    Array.isArray(masked) &&
    Number.isSafeInteger(rows) &&
    typeof sha256 === 'string';
  if (!isHead) throw new FileError(damaged);
  return { format: Number(format), version, host, from: Number(from), to: Number(to), masked: masked.map(String), rows: Number(rows), sha256 };
}

/** readLines unpacks the lines, in order; a line is given as soon as it is there. */
export async function* readLines(text: string | undefined, head: Pick<Head, 'sha256'>): AsyncGenerator<string> {
  if (text === undefined) throw new FileError(damaged);
  const packed = fromBase64(text);
  await check(packed, head.sha256);
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')).pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let size = 0;
  for (;;) {
    const { done, value } = await unpacked.read().catch(() => {
      throw new FileError(damaged);
    });
    if (done) break;
    size += value.length;
    if (size > MAX_UNPACKED) throw new FileError(damaged);
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line;
  }
  if (rest !== '') yield rest;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    throw new FileError(damaged);
  }
}

/** check compares the checksum, where the browser can: a page from disk may be no secure context. */
async function check(packed: Uint8Array<ArrayBuffer>, sha256: string): Promise<void> {
  if (!('subtle' in globalThis.crypto)) return;
  const sum = Array.from(new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', packed)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (sum !== sha256) throw new FileError(damaged);
}

/** refusedLine is the sentence for a line that is not what it says. */
export const refusedLine = (): FileError => new FileError(damaged);
