import { expect, test } from 'vitest';
import { process } from '../testing/process';
import { endedBetween } from './auto-ended';

const hog = process({ key: 'hog', name: 'hog', memory: 900e6 });
const web = process({ key: 'web', name: 'web', memory: 1200e6 });
const small = process({ key: 'small', name: 'small', memory: 1e6 });
const batch = process({ key: 'batch', name: 'batch', memory: 400e6 });

// A kill was counted and nobody named.
test('the largest of those that were there before a kill and not after it', () => {
  expect(endedBetween([web, hog, batch, small], [web], [web])).toBe(hog);
});

test('one that goes on, or was there after it, was not it', () => {
  expect(endedBetween([web, hog], [web], [web, hog]), 'it only left the largest').toBeUndefined();
  expect(endedBetween([web, batch], [web, batch], [web]), 'it ended later').toBeUndefined();
});

test('one with hardly any memory is not named', () => {
  expect(endedBetween([web, small], [web], [web])).toBeUndefined();
  expect(endedBetween([process({ key: 'x', memory: null })], [], [])).toBeUndefined();
});
