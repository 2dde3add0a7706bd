import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { Buckets } from '../data/archive';
import { createStore } from '../data/row-store';
import { KEPT_ROWS } from '../data/rows';
import type { Store } from '../data/store';
import { frame, hello, history, panel, resource, schema, series, T0 } from '../testing/messages';
import type { HistoryMessage, Layer, Panel } from '../wire/types';
import { UnitAxis } from './axis';
import { type ChartApp, ChartData } from './chart-data';
import { type Inks, paint, reachOf, type Transform } from './painter';
import { Picture, type Painted, type Target } from './picture';
import { inkOf, type Pixels } from './pixels';

const INKS: Inks = {
  panel: inkOf(18, 22, 26),
  grid: inkOf(28, 35, 41),
  hatch: inkOf(74, 85, 95),
  dim: inkOf(147, 160, 170),
  text: inkOf(232, 236, 239),
  warn: inkOf(255, 197, 61),
  critical: inkOf(255, 92, 92),
  series: (token) => inkOf(40 * Number(token.slice(1)), 200 - 20 * Number(token.slice(1)), 90),
  fill: 0.3,
};

/** A canvas without a browser. */
class Memory implements Target {
  data = new Uint32Array(0);
  width = 0;
  height = 0;

  fit(width: number, height: number): void {
    this.data = new Uint32Array(width * height);
    this.width = width;
    this.height = height;
  }

  shift(steps: number): void {
    for (let y = 0; y < this.height; y++) this.data.copyWithin(y * this.width, y * this.width + steps, (y + 1) * this.width);
  }

  put(pixels: Pixels, x: number): void {
    for (let y = 0; y < this.height; y++) this.data.set(pixels.data.subarray(y * pixels.width, (y + 1) * pixels.width), y * this.width + x);
  }
}

/** A page as far as a chart asks it, on a store and a clock of the test. */
class Page implements ChartApp {
  store: Store = createStore();
  windowMs = 300_000;
  heldAt: number | undefined;
  hidden = new Set<string>();
  isStale = false;
  answer: Buckets | undefined;
  now = 0;

  readonly view = {
    hidden: { peek: () => this.hidden },
    units: { peek: () => 'bytes' as const },
    mode: { peek: () => 'FOLLOW' as const },
  };
  readonly shown = {
    range: (): { from: number; to: number } => {
      const newest = this.store.length > 0 ? this.store.time(this.store.length - 1) : T0;
      const to = this.heldAt ?? (this.isStale ? newest + 7000 : newest);
      return { from: to - this.windowMs, to };
    },
    row: (): never => {
      throw new Error('no legend is asked for here');
    },
  };

  get feed(): ChartApp['feed'] {
    return { store: this.store, stale: () => this.isStale, buckets: { want: () => this.answer } };
  }
}

/** One chart of a page: a picture that follows, and what a whole one would be. */
class Chart {
  readonly #data: ChartData;
  readonly #of: Panel;
  readonly #axis = new UnitAxis();
  readonly page: Page;
  readonly memory = new Memory();
  readonly #picture = new Picture(this.memory);
  width = 150;
  height = 80;
  ratio = 1;

  constructor(page: Page, of: Panel) {
    this.page = page;
    this.#of = of;
    this.#data = new ChartData(page, of, this.#axis);
  }

  /** How many columns are kept of every curve. */
  get capacities(): number[] {
    return this.#data.scene().traces.map(({ columns }) => columns.capacity);
  }

  show(): Painted {
    return this.#show(this.#data, this.#picture);
  }

  /** The picture that somebody sees who opens the page now, with the same axis. */
  anew(): Memory {
    const memory = new Memory();
    this.#show(new ChartData(this.page, this.#of, this.#axis), new Picture(memory));
    return memory;
  }

  #show(data: ChartData, picture: Picture): Painted {
    data.update(this.width);
    const transform: Transform = { first: data.first, last: data.last, height: this.height, ratio: this.ratio };
    return picture.show({ transform, paint: (to, clip) => paint(to, data.scene(), transform, clip, INKS), reach: reachOf(this.ratio), changedFrom: data.changedFrom, key: data.pictureKey(), now: this.page.now });
  }
}

/** The first pixel in which two pictures differ. */
function difference(a: Memory, b: Memory): string {
  if (a.width !== b.width || a.height !== b.height) return `sizes ${a.width}×${a.height} and ${b.width}×${b.height}`;
  const at = a.data.findIndex((pixel, i) => pixel !== b.data[i]);
  return at < 0 ? '' : `column ${at % a.width} of ${a.width}, row ${Math.floor(at / a.width)} of ${a.height}: ${(a.data[at] ?? 0).toString(16)} is to be ${(b.data[at] ?? 0).toString(16)}`;
}

/** Numbers that look random and are the same in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const IDS = [0, 1, 2, 3];
/** So long is remembered before the first row. */
const OLDER_MS = 1_800_000;
const SERIES = [
  ...IDS.map((id) => series(id, 'cpu', { mode: `m${id}` }, { quantum: 0.25, warn: id === 0 ? 60 : 0, crit: id === 0 ? 80 : 0 })),
  series(9, 'state.cpu', {}, { quantum: 1, kind: 'state' }),
];
const layersOf = (...styles: readonly ('area' | 'hatch' | 'line')[]): Layer[] =>
  styles.map((style, i) => ({ title: `m${i}`, family: 'cpu', match: { mode: [`m${i}`] }, color: `c${i + 1}`, ...(style !== 'area' && { style }) }));
const PANELS: Readonly<Record<string, Panel>> = {
  stack: panel('cpu', { stack: true, scale: 'percent', layers: layersOf('area', 'area', 'hatch', 'line') }),
  lines: panel('cpu', { layers: layersOf('line', 'line', 'line') }),
  'one line': panel('cpu', { layers: layersOf('line') }),
};

/** A host that lives at random: its rows go to a page as messages do. */
class Host {
  readonly #random: (below: number) => number;
  readonly #page: Page;
  readonly #values = new Map<number, number>(IDS.map((id) => [id, 60]));
  #seq = 0;
  #t = T0;
  #instance = 'A';

  constructor(page: Page, random: (below: number) => number) {
    this.#random = random;
    this.#page = page;
  }

  start(rows: number): void {
    const { store } = this.#page;
    store.apply(hello({ newest: rows, oldestT: T0 - OLDER_MS, instance: this.#instance }));
    store.apply(schema(SERIES, { resources: [resource('cpu')] }));
    const columns = new Map<number, (number | null)[]>([...IDS, 9].map((id) => [id, []]));
    const [seq, t]: [number[], number[]] = [[], []];
    for (let i = 0; i < rows; i++) {
      this.#step();
      seq.push(this.#seq);
      t.push(this.#t);
      for (const [id, value] of this.#row()) columns.get(id)?.push(value);
    }
    store.apply({ ...history(1, 1, []), seq, t, columns: [...columns] } satisfies HistoryMessage);
    this.answer();
  }

  /** What a page would be told of the time before its rows, up to now. */
  answer(): void {
    const stepMs = 10_000;
    const from = Math.floor((T0 - OLDER_MS) / stepMs);
    const t = Float64Array.from({ length: Math.floor(this.#t / stepMs) - from + 1 }, (_, i) => (from + i) * stepMs);
    // Now and then a bucket is missing.
    const kept = t.filter((start) => (start / stepMs) % 37 !== 0);
    const values = (): Float64Array => kept.map(() => 30 + this.#random(60));
    const all = new Map([...IDS, 9].map((id) => {
      const mean = id === 9 ? kept.map(() => (this.#random(10) === 0 ? 2 : 0)) : values();
      return [id, { min: mean.map((value) => value * 0.7), mean, max: mean.map((value) => value * 1.2), last: mean, n: mean.map(() => 10), maxSeq: mean }];
    }));
    this.#page.answer = { stepMs, t: kept, series: all, gaps: [{ from: T0 - 400_000, to: T0 - 300_000, why: 'suspend' }], rows: [], lastSeq: this.#seq };
  }

  /** One row, now and then after something went wrong: what that is depends on chance, a number below 100. */
  tick(chance = this.#random(100)): void {
    const { store } = this.#page;
    if (chance < 2) this.#t += 1000 * (2 + this.#random(30));
    const missed = chance < 2 ? { missed: 3, why: 'late' } : {};
    this.#step();
    const row = this.#row();
    let before = -1;
    const d = row.flatMap(([id, value]) => {
      const gap = id - before;
      before = id;
      return [gap, value];
    });
    if (chance >= 2 && chance < 4) {
      // Some rows are lost on the way.
      this.#seq += 1 + this.#random(9);
      this.#t += 1000 * 5;
      store.apply({ ...history(1, 1, []), seq: [this.#seq], t: [this.#t], columns: row.map(([id, value]) => [id, [value]]) });
    } else if (chance === 4) this.#restart();
    else store.apply({ ...frame(this.#seq, d, missed), t: this.#t });
  }

  #restart(): void {
    this.#instance += 'A';
    this.#seq = 1;
    this.#t += 9000;
    const { store } = this.#page;
    this.#page.answer = undefined;
    store.apply(hello({ newest: 1, oldest: 1, oldestT: this.#t, instance: this.#instance, starts: [{ seq: 1, t: this.#t, why: 'dashcam was stopped' }] }));
    store.apply(schema(SERIES, { resources: [resource('cpu')] }));
    store.apply({ ...history(1, 1, []), seq: [1], t: [this.#t], columns: this.#row().map(([id, value]) => [id, [value]]) });
  }

  #step(): void {
    this.#seq++;
    this.#t += 1000 + this.#random(7) - 3;
    for (const [id, value] of this.#values) this.#values.set(id, Math.max(0, Math.min(140, value + this.#random(41) - 20)));
  }

  #row(): [number, number | null][] {
    const missing = this.#random(30) === 0 ? this.#random(4) : -1;
    return [...IDS.map((id): [number, number | null] => [id, id === missing ? null : (this.#values.get(id) ?? 0)]), [9, this.#random(12) === 0 ? 2 : this.#random(9) === 0 ? 1 : 0]];
  }
}

describe('a picture that follows its rows is the one that would be painted anew', () => {
  for (const [name, of] of Object.entries(PANELS)) {
    for (const ratio of [1, 1.25, 1.5, 2, 3]) {
      test.each([1, 2])(`${name} at ${ratio} device pixels, seed %d`, (seed) => {
        const random = generator(seed * 7919 + ratio * 100);
        const page = new Page();
        const host = new Host(page, random);
        host.start(20 + random(400));
        const chart = new Chart(page, of);
        chart.ratio = ratio;
        chart.width = 90 + random(200);
        const painted = new Map<Painted, number>();
        for (let i = 0; i < 200; i++) {
          page.now += 1000;
          const what = random(60);
          if (what === 0) page.windowMs = [60_000, 300_000, 900_000][random(3)] ?? 60_000;
          else if (what === 1) page.hidden = new Set(random(2) === 0 ? [] : [`cpu:m${random(3)}`]);
          else if (what === 2) chart.width = 90 + random(200);
          else if (what === 3) chart.height = 50 + random(60);
          else if (what === 4) page.heldAt = page.heldAt === undefined ? page.shown.range().to - random(2) * 20_000 : undefined;
          else if (what === 6 && page.answer) host.answer();
          else if (what === 5) page.isStale = !page.isStale;
          else for (let rows = random(8) === 0 ? random(5) : 1; rows > 0; rows--) host.tick();
          const how = chart.show();
          painted.set(how, (painted.get(how) ?? 0) + 1);
          expect(difference(chart.memory, chart.anew()), `step ${i}, ${how}`).toBe('');
        }
        expect(painted.get('part')).toBeGreaterThan(30);
      });
    }
  }
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** aliveBytes is what is left after a collection, with what lies beside the heap. */
function aliveBytes(): number {
  collect();
  const { used_heap_size: heap, external_memory: beside } = getHeapStatistics();
  return heap + beside;
}

// A wall shows one view for days. In eight hours the rows that are held are replaced several
// times over: whatever could grow has come to its end and gone on.
test('after eight hours on a wall a picture is the one that would be painted anew, and nothing has grown', () => {
  const page = new Page();
  const host = new Host(page, generator(28_800));
  host.start(300);
  page.answer = undefined;
  const charts = ['stack', 'lines'].map((name) => new Chart(page, PANELS[name] ?? panel('none')));
  const sizes = (): unknown => ({
    rows: page.store.length,
    pixels: charts.map(({ memory }) => memory.data.length),
    columns: charts.map(({ capacities }) => capacities),
  });
  const painted = new Map<Painted, number>();
  let mostGaps = 0;
  const alive: number[] = [];
  for (let second = 1; second <= 28_800; second++) {
    page.now += 1000;
    // Every ten minutes the host was late.
    host.tick(second % 600 === 0 ? 0 : 99);
    mostGaps = Math.max(mostGaps, page.store.gaps(T0, Infinity).length);
    for (const chart of charts) {
      const how = chart.show();
      painted.set(how, (painted.get(how) ?? 0) + 1);
    }
    if (second % 7200 === 0) {
      // Two layers, a hatched one and a line; and three lines: of each twice the picture and what is beside it.
      expect(sizes(), `after ${second / 3600} hours`).toEqual({ rows: KEPT_ROWS, pixels: [150 * 80, 150 * 80], columns: [4, 3].map((curves) => Array<number>(curves).fill(2 * 150 + 64)) });
      for (const chart of charts) expect(difference(chart.memory, chart.anew()), `after ${second / 3600} hours`).toBe('');
      // After four hours all there is has been replaced.
      if (second >= 14_400) alive.push(aliveBytes());
    }
  }
  // What adds up does so in every two hours; what the engine compiles on the way, in one of them.
  const [atFour = NaN, atSix = NaN, atEight = NaN] = alive;
  expect(Math.min(atSix - atFour, atEight - atSix), `bytes that are alive after two more hours, of ${alive.join(', ')}`).toBeLessThan(256 << 10);
  expect(mostGaps).toBeLessThanOrEqual(Math.ceil(KEPT_ROWS / 600) + 1);
  // A column is two rows, and once a minute all is painted anew.
  expect(painted.get('part')).toBeGreaterThan(28_800);
  expect(painted.get('whole')).toBeLessThan((2 * 28_800) / 20);
}, 120_000);
