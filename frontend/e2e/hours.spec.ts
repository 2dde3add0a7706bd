// A wall hangs for weeks: what a page holds does not grow by the hour, and a picture that
// was moved a thousand times is the one that somebody sees who opens the page now. In some
// minutes of the page's clock nodes, listeners and pictures are compared, with `make hours`
// in eight hours of it the memory, too.

import { type Held, openHours } from './hours';
import { live } from './page';
import { expect, test } from './server';

const HOURS = process.env.DASHCAM_WALL_HOURS;

/** How often it is looked at after the first time. */
const LOOKS = 8;

const MIB = 1 << 20;

/** growth is by how much a straight line through what was seen rises from the first to the last. */
function growth(seen: readonly number[]): number {
  const middle = (seen.length - 1) / 2;
  const mean = seen.reduce((sum, each) => sum + each, 0) / seen.length;
  const over = seen.reduce((sum, each, i) => sum + (i - middle) * (each - mean), 0);
  const under = seen.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  return (over / under) * (seen.length - 1);
}

for (const [name, address] of [['kiosk', '?kiosk=1'], ['page', '']] as const) {
  test(`a ${name} holds after hours what it held before, and no picture drifts`, async ({ page, dashcam, complaints }) => {
    const whole = HOURS === undefined ? 8 * 60_000 : Number(HOURS) * 3_600_000;
    test.setTimeout(HOURS === undefined ? 600_000 : 7_200_000);
    const hours = await openHours(page, dashcam, address);
    await live(page);
    await expect(page.locator('.first-screen .plot')).toHaveCount(name === 'page' ? 6 : 0);
    const seen: Held[] = [];
    for (let i = 0; i <= LOOKS; i++) {
      const before = await hours.counts();
      // A picture is painted anew once a minute: not always just then.
      await hours.advance(whole / (LOOKS + 1) + 1000 * (7 * i));
      const after = await hours.counts();
      seen.push(await hours.held());
      await expect(page.locator('.state-word')).toHaveText('LIVE');
      if (name === 'kiosk') continue;
      expect(after.moved - before.moved).toBeGreaterThan(5 * (after.whole - before.whole));
      const charts = await hours.unlikeAnew();
      expect(charts.filter(({ pixels }) => pixels > 10_000)).toHaveLength(6);
      expect(charts.map(({ others }) => others)).toEqual([0, 0, 0, 0, 0, 0]);
    }
    const line = seen.map(({ bytes, nodes, listeners }) => `${(bytes / MIB).toFixed(2)} MiB, ${nodes} nodes, ${listeners} listeners`);
    if (HOURS !== undefined) process.stdout.write(`${name}, ${(await hours.counts()).rows} rows:\n  ${line.join('\n  ')}\n`);
    // The first looks are at a browser that still compiles what it runs often, and minutes are too few for it to be done.
    const steady = seen.slice(2);
    if (HOURS !== undefined) expect(growth(steady.map(({ bytes }) => bytes)) / MIB, line.join('\n')).toBeLessThan(1);
    // A second has its own words: some nodes more or less. The browser may hold what was let go
    // for a while; what the page holds stays.
    await expect
      .poll(async () => {
        const now = await hours.held();
        return Math.max(now.listeners - (steady[0]?.listeners ?? NaN), now.nodes - (steady[0]?.nodes ?? NaN) - 49);
      }, { message: line.join('\n') })
      .toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });
}
