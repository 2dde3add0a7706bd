import { expect, test } from 'vitest';
import { series } from '../testing/messages';
import { Schema } from './schema';

const disk = { device: ['sda'] };

test('what was found by a match that is kept is the same list until the next revision', () => {
  const schema = new Schema();
  schema.apply({ type: 'schema', rev: 1, series: [series(0, 'disk.busy', { device: 'sda' }), series(1, 'disk.busy', { device: 'sdb' })] });
  const found = schema.find('disk.busy', disk);
  expect(found.map(({ id }) => id)).toEqual([0]);
  expect(schema.find('disk.busy', disk)).toBe(found);
  expect(schema.find('disk.queue', disk)).toEqual([]);
  expect(schema.find('disk.busy', { device: ['sdb'] }).map(({ id }) => id)).toEqual([1]);
  schema.apply({ type: 'schema', rev: 2, add: [series(2, 'disk.busy', { device: 'sda', part: '1' })], drop: [0] });
  expect(schema.find('disk.busy', disk).map(({ id }) => id)).toEqual([2]);
});
