import { expect, test } from 'vitest';
import { createRowAndTable } from './row-and-table';

function fixture() {
  let clock = 0;
  let timers: { at: number; run: () => void }[] = [];
  const told: string[] = [];
  const pair = createRowAndTable({
    now: () => clock,
    later: (ms, run) => {
      const timer = { at: clock + ms, run };
      timers.push(timer);
      return () => (timers = timers.filter((each) => each !== timer));
    },
    tell: (what) => void told.push(`${what} ${clock}`),
  });
  const pass = (ms: number): void => {
    clock += ms;
    for (const timer of timers.filter(({ at }) => at <= clock)) {
      timers = timers.filter((each) => each !== timer);
      timer.run();
    }
  };
  return { pair, pass, told };
}

test('a row waits for a table that comes soon, and both are told at once', () => {
  const { pair, pass, told } = fixture();
  pair.row();
  pass(4);
  pair.table();
  expect(told.splice(0)).toEqual(['rows 0', 'table 4']);
  pass(996);
  pair.row();
  pass(6);
  pair.table();
  expect(told).toEqual(['rows 1006', 'table 1006']);
});

test('a row does not wait for a table that comes late, nor twice for one that does not come', () => {
  const { pair, pass, told } = fixture();
  pair.row();
  pass(30);
  pair.table();
  pass(970);
  pair.row();
  expect(told.splice(0)).toEqual(['rows 0', 'table 30', 'rows 1000']);
  pass(5);
  pair.table();
  pass(995);
  pair.row();
  pass(10);
  expect(told.splice(0)).toEqual(['table 1005', 'rows 2010']);
  pass(990);
  pair.row();
  expect(told).toEqual(['rows 3000']);
});

test('rows that follow each other at once are told together', () => {
  const { pair, pass, told } = fixture();
  pair.row();
  pair.table();
  told.length = 0;
  pair.row();
  pass(3);
  pair.row();
  pair.row();
  pass(7);
  expect(told).toEqual(['rows 10']);
});
