import { expect, test } from 'vitest';
import { fitMiddle } from './fit-text';

const ten = (text: string): number => Array.from(text).length * 10;

test.each([
  ['nvme Composite', 140, 'nvme Composite'],
  ['nvme Composite', 139, 'nvme Com…site'],
  ['nvme Composite', 100, 'nvme…site'],
  ['drivetemp temp1', 100, 'drive…emp1'],
  ['coretemp Core 1', 90, 'core…re 1'],
  ['coretemp Cor  12', 80, 'coret…12'],
  ['/srv/backup', 60, '/…ckup'],
  ['/srv/backup', 40, '/…up'],
  ['/srv/backup', 10, '/…p'],
  ['/home', 10, '/home'],
])('%s in %d is %s', (name, room, text) => {
  expect(fitMiddle(name, room, ten)).toBe(text);
});
