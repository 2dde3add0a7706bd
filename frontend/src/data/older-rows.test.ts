import { expect, test } from 'vitest';
import { series } from '../testing/messages';
import { countOlder, rowsWithin } from './older-rows';
import { ApiError, type BucketQuery } from './archive';

const rows = { from: 11, to: 30, fromMs: 10_000, toMs: 31_000 };
const store = { series: () => [series(0, 'use.cpu'), series(1, 'disk.bytes')], info: () => undefined };

test('counts the rows of buckets that reach over both ends', () => {
  const buckets = [{ first: 1, last: 10 }, { first: 5, last: 14 }, { first: 15, last: 24 }, { first: 25, last: 34 }, { first: 35, last: 44 }];
  expect(rowsWithin(buckets, rows)).toBe(20);
  expect(rowsWithin([{ first: 17, last: 24 }, { first: 25, last: 34 }], rows)).toBe(14);
});

test('asks for the time between, by one series', async () => {
  const asked: BucketQuery[] = [];
  const buckets = (query: BucketQuery) => {
    asked.push(query);
    return Promise.resolve({ rows: [{ first: 11, last: 30 }] });
  };
  expect(await countOlder({ store, archive: { buckets }, later: () => () => undefined }, rows)).toBe(20);
  expect(asked).toMatchObject([{ from: 10_000, to: 31_000, match: ['use.cpu'] }]);
});

test('asks again after a failure, and not for ever', async () => {
  let asked = 0;
  const waits: number[] = [];
  const later = (ms: number, run: () => void): (() => void) => {
    waits.push(ms);
    run();
    return () => undefined;
  };
  const failing = (until: number) => () => (++asked < until ? Promise.reject(new ApiError(503, 'busy')) : Promise.resolve({ rows: [{ first: 11, last: 30 }] }));
  expect(await countOlder({ store, archive: { buckets: failing(3) }, later }, rows)).toBe(20);
  expect(waits).toHaveLength(2);
  asked = 0;
  expect(await countOlder({ store, archive: { buckets: failing(Infinity) }, later }, rows)).toBe(0);
  expect(asked).toBe(4);
});
