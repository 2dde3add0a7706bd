// Builds the binary once for all workers, before the first test.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** build leaves in DASHCAM_BINARY the one that it names, else one built from the tree; what it returns takes that away again. */
export default function build(): () => void {
  const given = process.env.DASHCAM_BINARY;
  if (given !== undefined && given !== '') {
    if (!existsSync(given)) throw new Error(`DASHCAM_BINARY names ${given}, which does not exist`);
    return () => undefined;
  }
  const directory = mkdtempSync(join(tmpdir(), 'dashcam-e2e-'));
  const path = join(directory, 'dashcam');
  const built = spawnSync('go', ['build', '-o', path, './cmd/dashcam'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`go build: ${built.stderr}`);
  process.env.DASHCAM_BINARY = path;
  return () => rmSync(directory, { recursive: true });
}
