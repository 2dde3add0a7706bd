import type { Alert } from '../wire/types';

/** alert is a warning that fires, for tests. */
export const alert = (id: string, fields: Partial<Alert> = {}): Alert => ({
  id,
  rule: 'filesystem-space',
  state: 'firing',
  level: 'warning',
  labels: { mount: '/var' },
  sinceMs: 1000,
  firedMs: 2000,
  text: `${id} is wrong`,
  value: 91,
  unit: 'percent',
  peak: 94,
  notify: true,
  ...fields,
});
