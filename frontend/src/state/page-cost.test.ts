import { expect, test } from 'vitest';
import { createPageCost, totalOf } from './page-cost';

function fixture() {
  let now = 1000;
  const cost = createPageCost(() => now);
  return {
    cost,
    wait: (ms: number): void => {
      now += ms;
    },
    message: (ms: number): void => cost.message(() => (now += ms)),
  };
}

test('a tick is its messages, its drawing and what the browser did with it', () => {
  const { cost, message } = fixture();
  expect(cost.last()).toBeUndefined();
  message(2);
  message(1);
  cost.frame(5, 4);
  expect(cost.last()).toMatchObject({ messages: 3, draw: 5, render: 4 });
  cost.frame(1, 0);
  expect(cost.last()).toMatchObject({ messages: 0, draw: 1, render: 0 });
});

test('the cost of a second is that of the last ten', () => {
  const { cost, wait } = fixture();
  for (let i = 0; i < 30; i++) {
    cost.frame(i < 15 ? 100 : 6, 2);
    wait(1000);
  }
  const { draw, render, frames } = cost.perSecond();
  expect([draw, render, frames]).toEqual([5.4, 1.8, 0.9]);
});

test('a page that has just begun does not divide by next to nothing', () => {
  const { cost, wait } = fixture();
  cost.frame(5, 5);
  wait(1);
  expect(totalOf(cost.perSecond())).toBe(10);
});
