import { expect, test } from 'vitest';
import { formatFragment, offeredWindows, parseFragment, type ViewLink } from './url';

const at = Date.UTC(2026, 10, 20, 18, 2, 44);

const links: Readonly<Record<string, ViewLink>> = {
  '': {},
  '#w=15m': { windowMs: 900_000 },
  '#from=2026-11-20T18:02:44.000Z&to=2026-11-20T18:03:44.000Z': { range: { from: at, to: at + 60_000 } },
  '#w=1h&at=2026-11-20T18:02:44.000Z&p=disk.latency&f=post%20gres%26': { windowMs: 3_600_000, at, panel: 'disk.latency', filter: 'post gres&' },
  '#h=cpu:system,net:a%2Cb%2Bc%20%25': { hidden: ['cpu:system', 'net:a,b+c %'] },
};

for (const [fragment, link] of Object.entries(links)) {
  test(`${fragment === '' ? 'the default view' : fragment} is read and written`, () => {
    expect(parseFragment(fragment)).toEqual(link);
    expect(formatFragment(link)).toBe(fragment);
  });
}

test.each(['#w=7m', '#from=yesterday&to=2026', '#from=2026-11-20T18:03:44Z&to=2026-11-20T18:02:44Z', '#at=1&p=&f=&h=,', '#%%%'])('%s says nothing', (fragment) => {
  expect(parseFragment(fragment)).toEqual({});
});

// A week and a month were offered by a host that remembers three hours.
test.each([
  [0, '24h'],
  [86_400_000, '24h'],
  [86_400_001, '7d'],
  [8 * 86_400_000, '30d'],
])('of %d ms that are remembered the widest window is %s', (rememberedMs, widest) => {
  expect(offeredWindows(rememberedMs).at(-1)?.name).toBe(widest);
});
