import { signal } from '@preact/signals';
import { expect, test } from 'vitest';
import { initialState } from '../state/connection-state';
import { onNews } from './news';

function bench(everyMs: number) {
  let now = 0;
  let due: { at: number; run: () => void } | undefined;
  const state = signal(initialState(0));
  const stale = signal(false);
  const mode = signal<'FOLLOW' | 'HELD' | 'RANGE'>('FOLLOW');
  const ran: number[] = [];
  const app = {
    feed: { connection: { state, stale } },
    view: { mode },
    clock: {
      now: () => now,
      later: (ms: number, run: () => void) => {
        due = { at: now + ms, run };
        return () => (due = undefined);
      },
    },
  };
  const end = onNews(app, everyMs, () => ran.push(now));
  const pass = (ms: number): void => {
    now += ms;
    if (!due || due.at > now) return;
    const { run } = due;
    due = undefined;
    run();
  };
  const row = (): void => void (state.value = { ...state.peek(), rowAt: now });
  return { state, stale, mode, ran, end, pass, row, waits: () => due !== undefined };
}

test('rows are news at most so often, and set no timer', () => {
  const { ran, pass, row, waits } = bench(1000);
  for (let i = 0; i < 25; i++) {
    pass(100);
    row();
    expect(waits()).toBe(false);
  }
  expect(ran).toEqual([0, 1000, 2000]);
});

test('a loss is told also where no row follows, and no sooner than allowed', () => {
  const { ran, pass, row, state, stale, mode } = bench(1000);
  pass(1200);
  row();
  pass(100);
  state.value = { ...state.peek(), name: 'LATE' };
  stale.value = true;
  expect(ran).toEqual([0, 1200]);
  pass(900);
  expect(ran).toEqual([0, 1200, 2200]);
  pass(2000);
  mode.value = 'HELD';
  expect(ran).toEqual([0, 1200, 2200, 4200]);
});

test('nothing is told behind the end, also what was to be', () => {
  const { ran, pass, row, stale, end, waits } = bench(1000);
  pass(500);
  stale.value = true;
  end();
  expect(waits()).toBe(false);
  pass(5000);
  row();
  expect(ran).toEqual([0]);
});
