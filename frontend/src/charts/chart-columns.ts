// The curves of a chart in columns, or the rows of a strip. Rows that came are added; only when something else
// changed (another window, other curves, rows of the past that were filled in) is all of
// it read anew.

import type { Buckets } from '../data/archive';
import { newestIndex } from '../data/store';
import type { Feed } from '../state/feed';
import { tailStart } from './bucket-data';
import { columnOf, Columns } from './columns';
import { inStack } from './heights';
import { type Curve, readBuckets, readRows } from './layers';

/** What columns are wanted. */
export interface Wanted {
  readonly curves: readonly Pick<Curve, 'key' | 'ids' | 'reduce' | 'style'>[];
  /** The series of the state that is shown with them. */
  readonly states: readonly number[];
  readonly stack: boolean;
  readonly msPerColumn: number;
  /** The columns of the window, both inclusive, and where in the last one it ends. */
  readonly first: number;
  readonly last: number;
  readonly to: number;
  /** The window is shown from these, and from rows behind them; undefined is rows alone. */
  readonly answer: Buckets | undefined;
}

/** Room beside a window for the points next to it. */
const MARGIN = 64;
/** So many columns before a window are read whole. */
const BESIDE = 8;

export class ChartColumns {
  readonly #app: { readonly feed: Pick<Feed, 'store'> };
  #key = '';
  #answer: Buckets | undefined;
  #columns: readonly Columns[] = [];
  #peak = new Columns(1);
  #state = new Columns(1);
  /** Everything from this column on was read, up to this time. */
  #from = Infinity;
  #to = -Infinity;
  #upTo = -Infinity;
  /** The newest column that has a row, and the one before it. */
  #newest = -Infinity;
  #before = -Infinity;
  /** Where the bucket of the newest row began. */
  #bucket = -Infinity;

  /** Rises when everything was read anew. */
  version = 0;

  constructor(app: { readonly feed: Pick<Feed, 'store'> }) {
    this.#app = app;
  }

  of(curve: number): Columns {
    return this.#columns[curve] ?? this.#peak;
  }

  /** How high the whole of a stack went. */
  get peak(): Columns {
    return this.#peak;
  }

  /** The worst state. */
  get state(): Columns {
    return this.#state;
  }

  /** The largest value of the columns from..to, at least 0. */
  largest(from: number, to: number): number {
    return Math.max(0, this.#peak.largest(from, to), ...this.#columns.map((columns) => columns.largest(from, to)));
  }

  /** Takes what is new and returns the lowest column that changed: Infinity where none did. */
  take(wanted: Wanted): number {
    const { store } = this.#app.feed;
    const { curves, states, stack, msPerColumn, first, last, answer } = wanted;
    const width = last - first + 1;
    const key = [store.instance, store.revised, msPerColumn, width, stack, states.join(), ...curves.map(({ key: name, ids, reduce, style }) => `${name}|${reduce}|${style}|${ids.join()}`)].join('\n');
    // A window that went back shows less than what was read: what lies behind it may share a column with it.
    if (key !== this.#key || answer !== this.#answer || wanted.to < this.#to || first < Math.max(this.#from, this.#newest - width - MARGIN / 2)) {
      this.#key = key;
      this.#answer = answer;
      this.#readAnew(wanted, 2 * width + MARGIN);
      return -Infinity;
    }
    this.#to = wanted.to;
    return this.#readRows(wanted, this.#nextRow(answer));
  }

  #nextRow(answer: Buckets | undefined): number {
    const { store } = this.#app.feed;
    return answer && this.#upTo === -Infinity ? tailStart(store, answer) : store.indexAtTime(this.#upTo) + 1;
  }

  #readAnew(wanted: Wanted, capacity: number): void {
    const { store } = this.#app.feed;
    const { curves, msPerColumn, first, answer } = wanted;
    this.version++;
    this.#columns = curves.map(() => new Columns(capacity));
    this.#peak = new Columns(capacity);
    this.#state = new Columns(capacity);
    this.#from = first;
    this.#to = wanted.to;
    this.#upTo = this.#newest = this.#before = this.#bucket = -Infinity;
    if (answer) {
      this.#readBuckets(wanted, answer);
      this.#readRows(wanted, tailStart(store, answer));
      return;
    }
    // A line comes from the row before the window, and a thick one touches a few columns more: all rows of those belong to them.
    let at = store.indexAtTime((first - BESIDE) * msPerColumn);
    if (at < 0) at = 0;
    const column = columnOf(store.time(at), msPerColumn);
    while (at > 0 && columnOf(store.time(at - 1), msPerColumn) === column) at--;
    this.#readRows(wanted, at);
  }

  #readBuckets({ curves, states, stack, msPerColumn }: Wanted, answer: Buckets): void {
    const { t, stepMs } = answer;
    const read = (curve: Pick<Curve, 'ids' | 'reduce'>, aspect: 'min' | 'max' | 'mean' | 'n'): Float64Array => {
      const out = new Float64Array(t.length);
      readBuckets(answer, curve, aspect, out);
      return out;
    };
    const all = curves.map((curve) => ({ min: read(curve, 'min'), max: read(curve, 'max'), mean: read(curve, 'mean'), n: read(curve, 'n') }));
    const worst = read({ ids: states, reduce: 'max' }, 'max');
    t.forEach((start, i) => {
      const column = columnOf(start + stepMs / 2, msPerColumn);
      this.#enterBucket(start, stepMs);
      let [sum, rise, count] = [0, 0, 0];
      all.forEach(({ min, max, mean, n }, c) => {
        const [columns, curve] = [this.#columns[c], curves[c]];
        const [middle, most] = [mean[i] ?? NaN, max[i] ?? NaN];
        const many = Number.isNaN(n[i] ?? NaN) ? 1 : Math.max(1, n[i] ?? 1);
        if (!stack || !curve || !inStack(curve)) columns?.addMany(column, min[i] ?? middle, most, middle, many);
        else if (Number.isNaN(middle)) columns?.break();
        else {
          sum += middle;
          rise = Math.max(rise, most - middle);
          count = Math.max(count, many);
          columns?.addMany(column, sum, sum, sum, many);
        }
      });
      // The true sum may have been higher for a moment: this is one layer at its largest, the others at their mean.
      if (stack) this.#peak.addMany(column, sum, sum + rise, count === 0 ? NaN : sum, count);
      const state = worst[i] ?? NaN;
      this.#state.addMany(column, state, state, state, 1);
      this.#reach(column);
    });
  }

  /** Reads the rows from an index on up to the end of the window, and the first one beyond it. */
  #readRows(wanted: Wanted, start: number): number {
    const { store } = this.#app.feed;
    const { curves, states, stack, msPerColumn, last, to, answer } = wanted;
    let end = store.indexAtTime(to) + 1;
    const beyond = store.time(end);
    if (end <= newestIndex(store) && columnOf(beyond, msPerColumn) > last && !answer) end++;
    const count = end - start;
    if (count <= 0) return Infinity;
    const scratch = new Float64Array(count);
    const read = (curve: Pick<Curve, 'ids' | 'reduce'>): Float64Array => {
      const out = new Float64Array(count);
      readRows(store, curve, start, end, out, scratch);
      return out;
    };
    const values = curves.map(read);
    const worst = states.length > 0 ? read({ ids: states, reduce: 'max' }) : scratch.fill(NaN);
    let oldest = start;
    while (oldest < end && !store.has(oldest)) oldest++;
    const breaks = new Set(store.gaps(store.time(oldest), store.time(end - 1)).map((gap) => gap.to));
    let changed = Infinity;
    for (let i = 0; i < count; i++) {
      const t = store.time(start + i);
      if (Number.isNaN(t)) continue;
      const bucket = answer ? Math.floor(t / answer.stepMs) * answer.stepMs : t;
      const column = columnOf(answer ? bucket + answer.stepMs / 2 : t, msPerColumn);
      if (answer) this.#enterBucket(bucket, answer.stepMs);
      else if (breaks.has(t)) this.#break();
      if (changed === Infinity) changed = column === this.#newest ? this.#before : this.#newest;
      let [sum, any] = [0, false];
      for (let c = 0; c < curves.length; c++) {
        const [columns, curve] = [this.#columns[c], curves[c]];
        let value = values[c]?.[i] ?? NaN;
        if (stack && curve && inStack(curve) && !Number.isNaN(value)) {
          any = true;
          value = sum += value;
        }
        columns?.add(column, value);
      }
      if (stack) this.#peak.add(column, any ? sum : NaN);
      this.#state.add(column, worst[i] ?? NaN);
      this.#reach(column);
      this.#upTo = t;
    }
    return changed;
  }

  /** Between buckets that do not follow each other there is a gap. */
  #enterBucket(start: number, stepMs: number): void {
    if (start - this.#bucket > stepMs * 1.5) this.#break();
    this.#bucket = start;
  }

  #break(): void {
    for (const columns of [...this.#columns, this.#peak, this.#state]) columns.break();
  }

  #reach(column: number): void {
    if (column <= this.#newest) return;
    this.#before = this.#newest;
    this.#newest = column;
  }
}
