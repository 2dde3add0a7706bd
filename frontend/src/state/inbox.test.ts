import { expect, test } from 'vitest';
import { Inbox } from './inbox';

function fixture() {
  const paints: (() => void)[] = [];
  const tasks: (() => void)[] = [];
  const read: string[] = [];
  const inbox = new Inbox({ afterPaint: (run) => void paints.push(run), nextTask: (run) => void tasks.push(run) }, (text) => void read.push(text));
  return { inbox, paint: () => paints.shift()?.(), task: () => tasks.shift()?.(), read };
}

test('reads what comes at once, but for what waits for a frame', () => {
  const { inbox, paint, task, read } = fixture();
  inbox.push('a');
  inbox.holdUntilPainted(() => read.push('painted'));
  inbox.push('b');
  inbox.push('c');
  expect(read).toEqual(['a']);
  paint();
  expect(read).toEqual(['a', 'painted', 'b']);
  // Whatever comes meanwhile stands behind what waits.
  inbox.push('d');
  task();
  task();
  expect(read).toEqual(['a', 'painted', 'b', 'c', 'd']);
  task();
  inbox.push('e');
  expect(read.at(-1)).toBe('e');
});

test('what waited on a socket that is given up is never read', () => {
  const { inbox, paint, read } = fixture();
  inbox.holdUntilPainted(() => read.push('painted'));
  inbox.push('old');
  inbox.clear();
  inbox.push('new');
  paint();
  expect(read).toEqual(['new', 'painted']);
});
