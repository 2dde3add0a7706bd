import { expect, test, vi } from 'vitest';
import { createHappened, type FleetEvent, happeningsOf } from './happened';

const event = (host: string, s: number, text: string, more: Partial<FleetEvent> = {}): FleetEvent => ({ host, seq: s, t: s * 1000, kind: 'package', text, ...more });
const words = (events: readonly FleetEvent[]): readonly string[] => happeningsOf(events).map(({ t, text, level, hosts }) => `${t / 1000} ${text} ${level} ${Array.from(hosts.keys()).join()}`);

test('the same on many hosts within a minute is one, the newest first', () => {
  expect(words([event('a', 100, 'openssl'), event('b', 105, 'openssl'), event('c', 159, 'openssl'), event('d', 160, 'openssl'), event('a', 90, 'reboot')])).toEqual([
    '160 openssl info d',
    '100 openssl info a,b,c',
    '90 reboot info a',
  ]);
});

test('what differs in kind or level is not the same, and a host is counted once', () => {
  expect(words([event('a', 1, 'full', { level: 'warning' }), event('a', 2, 'full', { level: 'critical' }), event('a', 3, 'full', { level: 'critical' })])).toEqual(['2 full critical a', '1 full warn a']);
});

test('it asks for what came since, also of a time that is over, and begins anew with a hub that does', async () => {
  const answers = [
    { events: [event('a', 100, 'x')], came: 1 },
    { events: [event('b', 50, 'late')], came: 2 },
    { events: [], came: 1 },
    { events: [event('a', 200, 'anew')], came: 1 },
  ];
  const asked: string[] = [];
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url);
    return Promise.resolve(new Response(JSON.stringify(answers[asked.length - 1])));
  });
  const due: (() => void)[] = [];
  const happened = createHappened({ later: (_, run) => (due.push(run), () => undefined) }, () => false);
  const texts = (): readonly string[] => happened.happenings.value.map(({ text }) => text);
  const next = async (n: number): Promise<void> => {
    await vi.waitFor(() => expect(due).toHaveLength(n));
    due[n - 1]?.();
  };
  await next(1);
  await vi.waitFor(() => expect(texts()).toEqual(['x', 'late']));
  await next(2);
  await vi.waitFor(() => expect(texts()).toEqual([]));
  await next(3);
  await vi.waitFor(() => expect(texts()).toEqual(['anew']));
  happened.dispose();
  vi.unstubAllGlobals();
  expect(asked.map((url) => url.replace(/^.*after=/, ''))).toEqual(['0', '1', '2', '0']);
});
