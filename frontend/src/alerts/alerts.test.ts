import { signal } from '@preact/signals';
import { expect, test } from 'vitest';
import type { StateName } from '../state/connection-state';
import { alert } from '../testing/alert';
import type { AlertsAnswer, EventMessage } from '../wire/types';
import type { AlertNews } from './alert-words';
import { createAlerts } from './alerts';

/** A page whose connection, events and server do as they are told. */
function rig() {
  const name = signal<StateName>('CONNECTING');
  const notices = signal(0);
  const known = signal<AlertsAnswer | undefined>(undefined);
  let events: EventMessage[] = [];
  const asked: { readonly answer: (answer: AlertsAnswer) => void; readonly fail: () => void; readonly signal: AbortSignal }[] = [];
  const timers: { readonly ms: number; readonly run: () => void; cancelled: boolean }[] = [];
  const told: AlertNews[] = [];
  const alerts = createAlerts({
    app: {
      feed: { connection: { name }, notices, alerts: known, store: { get events() { return events; } } },
      clock: {
        later: (ms, run) => {
          const timer = { ms, run, cancelled: false };
          timers.push(timer);
          return () => (timer.cancelled = true);
        },
      },
    },
    fetch: (unwanted) => new Promise((answer, fail) => asked.push({ answer, fail: () => fail(new Error('no answer')), signal: unwanted })),
    told: (news) => void told.push(news),
  });
  const event = (kind: string, seq: number): void => {
    events = [...events, { type: 'event', seq, t: seq * 1000, kind, text: kind }];
    notices.value++;
  };
  const settled = (): Promise<void> => new Promise((done) => setTimeout(done));
  return { name, notices, known, asked, timers, told, alerts, event, settled };
}

test('it asks when the page is live, and again when an event says that an alert changed', async () => {
  const { name, known, asked, told, alerts, event, settled } = rig();
  expect(asked).toHaveLength(0);
  name.value = 'SYNCING';
  expect(asked).toHaveLength(0);
  name.value = 'LIVE';
  expect(asked).toHaveLength(1);
  asked[0]?.answer({ alerts: [] });
  await settled();
  expect(known.value).toEqual({ alerts: [] });
  expect(alerts.said.value).toBe('');
  event('oom', 5);
  name.value = 'LATE';
  name.value = 'LIVE';
  expect(asked).toHaveLength(1);
  event('alert', 6);
  expect(asked).toHaveLength(2);
  asked[1]?.answer({ alerts: [alert('a')] });
  await settled();
  expect(alerts.said.value).toBe('warning: a is wrong');
  expect(told.at(-1)?.fired.map(({ id }) => id)).toEqual(['a']);
  // The health of a collector is no event of an alert.
  event('exit', 7);
  expect(asked).toHaveLength(2);
});

test('what happened while the connection was lost is asked for when it is back', async () => {
  const { name, asked, settled } = rig();
  name.value = 'LIVE';
  asked[0]?.answer({ alerts: [] });
  await settled();
  for (const next of ['RETRYING', 'SYNCING'] as const) name.value = next;
  expect(asked).toHaveLength(1);
  name.value = 'RESUMED';
  expect(asked).toHaveLength(2);
  name.value = 'LIVE';
  expect(asked).toHaveLength(2);
});

test('without an answer what was known stays, and it asks again after a while, ever longer until there is one', async () => {
  const { name, known, asked, timers, event, settled } = rig();
  name.value = 'LIVE';
  asked[0]?.answer({ alerts: [alert('a')] });
  await settled();
  event('alert', 6);
  asked[1]?.fail();
  await settled();
  expect(known.value?.alerts).toHaveLength(1);
  expect(timers).toHaveLength(1);
  for (let i = 0; i < 8; i++) {
    timers[i]?.run();
    asked[2 + i]?.fail();
    await settled();
  }
  expect(timers.map(({ ms }) => ms)).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
  timers[8]?.run();
  asked[10]?.answer({ alerts: [] });
  await settled();
  expect(known.value?.alerts).toHaveLength(0);
  event('alert', 7);
  asked[11]?.fail();
  await settled();
  expect(timers.at(-1)?.ms).toBe(5000);
});

test('an answer that is overtaken changes nothing, nor one after the end', async () => {
  const { name, known, asked, alerts, event, settled } = rig();
  name.value = 'LIVE';
  event('alert', 6);
  expect(asked[0]?.signal.aborted).toBe(true);
  asked[1]?.answer({ alerts: [] });
  asked[0]?.answer({ alerts: [alert('old')] });
  await settled();
  expect(known.value).toEqual({ alerts: [] });
  alerts.refresh();
  alerts.dispose();
  asked[2]?.answer({ alerts: [alert('late')] });
  await settled();
  expect(known.value).toEqual({ alerts: [] });
  event('alert', 7);
  expect(asked).toHaveLength(3);
});
