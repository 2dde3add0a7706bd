// One time cursor: wherever it stands, everything on the page speaks of that second, and
// what it says is what the server remembers of it.

import type { Page } from '@playwright/test';
import { resolveCurves } from '../src/charts/layers';
import { Ranking } from '../src/charts/ranking';
import type { Store } from '../src/data/store';
import { formatText } from '../src/lib/format';
import type { Panel } from '../src/wire/types';
import { type Follower, follow } from './observer';
import { expectPointed } from './page';
import { type Dashcam, expect, test } from './server';

const live = (page: Page) => expect(page.locator('.state-word')).toHaveText('LIVE');
const plots = (page: Page) => page.locator('.first-screen .chart-panel .plot');

interface Answer {
  readonly t: readonly number[];
  readonly rows: readonly number[];
  readonly lastSeq: readonly number[];
  readonly series: Readonly<Record<string, { readonly last: readonly (number | null)[]; readonly max: readonly (number | null)[]; readonly maxSeq: readonly (number | null)[] }>>;
}

/** Every value of the second that began at a time, by series, as the history says it. */
async function valuesOf(dashcam: Dashcam, store: Store, t: number): Promise<Map<number, number>> {
  const start = Math.floor(t / 1000) * 1000;
  const answer = (await (await fetch(`${dashcam.url}api/v1/history?from=${start}&to=${start + 1000}&points=1`)).json()) as Answer;
  expect(answer.t).toEqual([start]);
  expect(answer.rows).toEqual([1]);
  const values = new Map<number, number>();
  for (const [id, { last }] of Object.entries(answer.series)) {
    const quanta = last[0] ?? null;
    const info = store.info(Number(id));
    if (quanta !== null && info) values.set(info.id, quanta * info.quantum);
  }
  return values;
}

/** What the legend of a panel has to say, as its curves' titles and values. */
function expectedLegend(store: Store, panel: Panel, values: ReadonlyMap<number, number>): Record<string, string> {
  const said: Record<string, string> = {};
  for (const curve of resolveCurves(panel, store, new Ranking())) {
    const known = curve.ids.flatMap((id) => values.get(id) ?? []);
    const value = known.length === 0 ? null : curve.reduce === 'sum' ? known.reduce((sum, each) => sum + each, 0) : Math.max(...known);
    said[curve.title] = formatText(value, curve.unit, { bits: panel.section === 'network' });
  }
  return said;
}

/** The legends on the first screen, by the title of the chart. */
async function legends(page: Page): Promise<Record<string, Record<string, string>>> {
  return page.locator('.first-screen .chart-panel').evaluateAll((panels) =>
    Object.fromEntries(
      panels.map((panel) => [
        panel.querySelector('.chart-title')?.textContent ?? '',
        Object.fromEntries(
          Array.from(panel.querySelectorAll('.legend-item'), (item) => {
            const value = item.querySelector('.legend-value')?.textContent ?? '';
            return [item.textContent.slice(0, -value.length), value] as const;
          }),
        ),
      ]),
    ),
  );
}

/** The pinned second, as the address says it. */
async function pinned(page: Page): Promise<number> {
  await expect(page).toHaveURL(/at=/);
  return Date.parse(decodeURIComponent(/at=([^&]+)/.exec(page.url())?.[1] ?? ''));
}

async function expectSecond(page: Page, dashcam: Dashcam, told: Follower, t: number): Promise<void> {
  const { store } = told;
  const values = await valuesOf(dashcam, store, t);
  let compared = 0;
  const panels = store.panels().filter((panel) => (panel.first ?? 0) > 0);
  expect(panels).toHaveLength(6);
  await expect
    .poll(async () => {
      const shown = await legends(page);
      compared = 0;
      const wrong: string[] = [];
      for (const panel of panels) {
        const wanted = expectedLegend(store, panel, values);
        for (const [title, value] of Object.entries(shown[panel.title] ?? {})) {
          compared++;
          if (wanted[title] !== undefined && wanted[title] !== value) wrong.push(`${panel.title}, ${title}: ${value} instead of ${wanted[title]}`);
        }
      }
      return wrong;
    })
    .toEqual([]);
  expect(compared).toBeGreaterThan(15);
  // The matrix: each row of a cell shows one of its numbers.
  for (const resource of store.resources().filter((each) => each.limits === undefined)) {
    const cell = page.locator('.matrix-cell').filter({ has: page.getByRole('heading', { name: resource.title, exact: true }) });
    for (const [i, row] of (['use', 'sat', 'err'] as const).entries()) {
      const wanted = resource[row].flatMap(({ family, text }) => {
        const info = store.find(family)[0];
        const value = info && values.get(info.id);
        return info && value !== undefined ? [`${formatText(value, info.unit ?? '', { bits: true })}${text ?? ''}`.replaceAll(/\s/g, '')] : [];
      });
      if (row === 'use') expect(wanted.length).toBeGreaterThan(0);
      const shown = ((await cell.locator('.cell-row').nth(i).locator('.cell-value').textContent()) ?? '').replaceAll(/\s/g, '');
      expect(wanted.length > 0 ? wanted : ['n/a', '—'], `${resource.title} ${row}`).toContain(shown);
    }
  }
}

/** How many overlays have something painted in the column of pixels under a horizontal position. */
const crossed = (page: Page, share: number): Promise<number> =>
  plots(page).evaluateAll(
    (all, at) =>
      all.filter((plot) => {
        const canvas = plot.querySelector<HTMLCanvasElement>('.plot-overlay');
        const ctx = canvas?.getContext('2d');
        if (!canvas || !ctx || canvas.width === 0) return false;
        const x = Math.round(((plot.clientWidth * at - 44) / (plot.clientWidth - 44)) * canvas.width);
        const { data } = ctx.getImageData(Math.max(0, x - 6), Math.floor(canvas.height / 3), 12, 1);
        return data.some((value, i) => i % 4 === 3 && value > 0);
      }).length,
    share,
  );

/** The share of the pixels under an element that a canvas has painted, but for the gutter of a chart. */
const inked = (page: Page, place: string, canvas: string): Promise<number> =>
  page.evaluate(
    ([at, on]) => {
      const [el, sheet] = [document.querySelector(at), document.querySelector<HTMLCanvasElement>(on)];
      const ctx = sheet?.getContext('2d');
      if (!el || !sheet || !ctx || sheet.width === 0) return 0;
      const [box, whole] = [el.getBoundingClientRect(), sheet.getBoundingClientRect()];
      const left = el === sheet ? 44 : 0;
      const { data } = ctx.getImageData(box.left - whole.left + left, box.top - whole.top, box.width - left, box.height);
      return data.filter((value, i) => i % 4 === 3 && value > 0).length / (data.length / 4);
    },
    [place, canvas] as const,
  );

async function pointAt(page: Page, share: number, chart = 0): Promise<{ x: number; y: number }> {
  const box = await plots(page).nth(chart).boundingBox();
  if (!box) throw new Error('no chart');
  const at = { x: box.x + box.width * share, y: box.y + box.height / 2 };
  await page.mouse.move(at.x, at.y);
  return at;
}

test('pointing at a chart shows that second in every chart, legend, cell and in the table', async ({ page, dashcam, complaints }) => {
  const told = follow(page);
  await page.goto(dashcam.url);
  await live(page);
  await expect(plots(page)).toHaveCount(6);
  const at = await pointAt(page, 0.6);
  await expectPointed(page, at);
  await expect
    .poll(async () => {
      await pointAt(page, 0.6);
      return crossed(page, 0.6);
    })
    .toBe(6);
  await page.mouse.click(at.x, at.y);
  await expect(page.locator('.state-word')).toHaveText('HELD');
  await expectSecond(page, dashcam, told, await pinned(page));
  await expect(page.locator('.process-name').first()).toBeVisible();
  await page.keyboard.press('Escape');
  await live(page);
  await page.mouse.move(2, 2);
  await expect.poll(() => crossed(page, 0.6)).toBe(0);
  expect(complaints).toEqual([]);
});

test('in a bucket the cursor stands at the peak second of the chart, older than the rows held', async ({ page, own: dashcam, complaints }) => {
  const told = follow(page);
  await page.goto(dashcam.url);
  await live(page);
  await expect(plots(page)).toHaveCount(6);
  const pressure = told.store.panels().filter((panel) => (panel.first ?? 0) > 0).findIndex((panel) => panel.id === 'pressure');
  const [panel] = told.store.panels().filter(({ id }) => id === 'pressure');
  if (!panel) throw new Error('no panel of pressure');
  // That of the charts: the lanes ask for their largest values only, at a moment of their own.
  const history = page.waitForResponse(/api\/v1\/history\?(?!.*&only=)/);
  await page.keyboard.press('4');
  expect(((await (await history).json()) as { stepMs: number }).stepMs).toBe(10_000);
  for (const share of [0.3, 0.5]) {
    const at = await pointAt(page, share, pressure);
    await page.mouse.click(at.x, at.y);
    // The address has the second once it is known exactly.
    await expect.poll(async () => (await pinned(page)) % 1000).toBe(0);
    const t = await pinned(page);
    expect(t).toBeLessThan(told.store.time(0));
    await expectSecond(page, dashcam, told, t);
    const values = await valuesOf(dashcam, told.store, t);
    expect(highest(told.store, panel, (id) => values.get(id))).toBe(await highestOfBucket(dashcam, told.store, panel, t));
    await expect(page.locator('.process-name').first()).toBeVisible();
    await page.keyboard.press('Escape');
    await live(page);
  }
  expect(complaints).toEqual([]);
});

const highest = (store: Store, panel: Panel, value: (id: number) => number | undefined): number =>
  Math.max(...resolveCurves(panel, store, new Ranking()).flatMap((curve) => curve.ids.flatMap((id) => value(id) ?? [])));

/** The largest value of a panel in the ten seconds around a time. */
async function highestOfBucket(dashcam: Dashcam, store: Store, panel: Panel, t: number): Promise<number> {
  const start = Math.floor(t / 10_000) * 10_000;
  const answer = (await (await fetch(`${dashcam.url}api/v1/history?from=${start}&to=${start + 10_000}&points=1`)).json()) as Answer;
  expect(answer.rows).toEqual([10]);
  return highest(store, panel, (id) => {
    const [quanta] = answer.series[id]?.max ?? [];
    const info = store.info(id);
    return quanta === null || quanta === undefined || !info ? undefined : quanta * info.quantum;
  });
}

test('a link to a second long ago shows that second, its processes, and what was hidden', async ({ page, dashcam, complaints }) => {
  const told = follow(page);
  // Twenty minutes after the first second that is remembered: how much of a strip is filled then is the same in every run.
  const { t: oldest } = (await (await fetch(`${dashcam.url}api/v1/row?seq=1`)).json()) as { t: readonly [number] };
  const t = oldest[0] + 1_200_000;
  let letGo = (): void => undefined;
  const released = new Promise<void>((done) => (letGo = done));
  await page.route('**/api/v1/row?**', async (route) => {
    await released;
    await route.continue();
  });
  await page.goto(`${dashcam.url}#at=${new Date(t).toISOString()}`);
  await expect(page.locator('.state-word')).toHaveText('HELD');
  // While it is fetched there is no other number in its place.
  await expect(page.locator('.cell-value').first()).toHaveText('…');
  await expect(page.locator('.first-screen .legend-value').first()).toHaveText('…');
  letGo();
  await expect(page.locator('.process-title')).toHaveText(/^Processes at/);
  await expect(page.locator('.process-name').first()).toBeVisible();
  await expectSecond(page, dashcam, told, t);
  // The rows of then are not held: the strips are made of what the API says, as the charts are.
  expect(t).toBeLessThan(told.store.time(0));
  await expect.poll(() => inked(page, '.first-screen .heat canvas', '.first-screen .heat canvas')).toBeGreaterThan(0.7);
  const strips = page.locator('.matrix-cell .cell-strip');
  expect(await strips.count()).toBe(8);
  for (const [strip, least] of [['CPU', 0.25], ['Memory', 0.5]] as const) await expect.poll(() => inked(page, `[aria-label="${strip}"] .cell-strip`, '.matrix-sheet')).toBeGreaterThan(least);
  const first = page.locator('.legend-item').first();
  await first.click({ modifiers: ['Shift'] });
  await expect(first).toHaveAttribute('aria-pressed', 'false');
  await expect(page).toHaveURL(/h=[a-z.]+:[^%]/);
  await page.reload();
  await expect(page.locator('.legend-item').first()).toHaveAttribute('aria-pressed', 'false');
  expect(complaints).toEqual([]);
});
