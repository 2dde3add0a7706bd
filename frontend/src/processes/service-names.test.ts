import { expect, test } from 'vitest';
import { createServiceNames } from './service-names';

test('containers are called by what the table of services says, which is asked for once and not followed', () => {
  const id = 'ab'.repeat(32);
  let [watching, asked, seq, now] = [0, 0, 7, 0];
  const names = createServiceNames({
    table: () => ({ seq, column: (name) => ['name', 'cgroup'].indexOf(name), rows: () => [{ key: '1', cells: ['shop', `/docker/${id}`] }] }),
    watchTable() {
      watching++;
      asked++;
      return () => {
        watching--;
      };
    },
    now: () => now,
  });
  // A unit says its name itself.
  expect(names.of('/system.slice/nginx.service')).toBe('');
  names.look();
  expect(asked).toBe(0);
  expect(names.of(`/docker/${id}`)).toBe('');
  names.look();
  expect([asked, watching]).toEqual([1, 1]);
  // What was there before may be old.
  names.look();
  expect(watching).toBe(1);
  seq = 8;
  names.look();
  expect(watching).toBe(0);
  expect([names.of(`/docker/${id}`), names.of(`/docker/${id}/inner`)]).toEqual(['shop', 'shop']);
  // What the table does not know is not asked for all the time.
  expect(names.of(`/docker/${'cd'.repeat(32)}`)).toBe('');
  names.look();
  expect(asked).toBe(1);
  now = 30_000;
  expect(names.of(`/docker/${'cd'.repeat(32)}`)).toBe('');
  names.look();
  expect(asked).toBe(2);
  names.dispose();
  expect(watching).toBe(0);
});
