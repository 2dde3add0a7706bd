import { expect, test } from 'vitest';
import { createLater } from './later';

interface Parts {
  readonly name: string;
}
const parts: Parts = { name: 'help' };

/** Answers each question when it is told to. */
function slow(): { load: () => Promise<Parts>; asked: () => number; come: () => Promise<void>; fail: () => Promise<void> } {
  const questions: { done: (parts: Parts) => void; failed: (why: Error) => void }[] = [];
  return {
    load: () => new Promise((done, failed) => questions.push({ done, failed })),
    asked: () => questions.length,
    come: async () => {
      questions.at(-1)?.done(parts);
      await Promise.resolve();
    },
    fail: async () => {
      questions.at(-1)?.failed(new Error('cut'));
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

test('what is wanted before the parts came is done once they are on the page', async () => {
  const server = slow();
  const later = createLater(server.load);
  const done: string[] = [];
  later.use(({ name }) => done.push(`${name} 1`));
  later.use(({ name }) => done.push(`${name} 2`));
  expect(server.asked()).toBe(1);
  await server.come();
  expect(later.parts.peek()).toBe(parts);
  expect(done).toEqual([]);
  later.shown();
  expect(done).toEqual(['help 1', 'help 2']);
  later.use(({ name }) => done.push(`${name} 3`));
  expect(done).toEqual(['help 1', 'help 2', 'help 3']);
  await later.fetch();
  expect(server.asked()).toBe(1);
});

test('a failure is told to whoever waits, and the next question is asked anew', async () => {
  const server = slow();
  const later = createLater(server.load);
  const done: string[] = [];
  later.use(
    () => done.push('opened'),
    () => done.push('failed'),
  );
  await server.fail();
  expect(done).toEqual(['failed']);
  later.use(() => done.push('opened'));
  expect(server.asked()).toBe(2);
  await server.come();
  later.shown();
  expect(done).toEqual(['failed', 'opened']);
});
