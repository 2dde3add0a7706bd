import type { Process } from '../processes/rows';

/** process is a process for a test, of which only what matters is told. */
export const process = (over: Partial<Process>): Process => ({
  key: String(over.pid ?? 1),
  name: 'sh',
  pid: 1,
  parent: null,
  started: null,
  user: 'root',
  state: 'S',
  cpu: 0,
  memory: 0,
  io: 0,
  read: 0,
  written: 0,
  threads: 1,
  cgroup: '',
  command: '',
  ...over,
});
