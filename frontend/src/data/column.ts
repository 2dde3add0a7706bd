// One series as a typed array of quanta. Most fit into 32 bits; the first one that does
// not widens its column to doubles, which hold every quantum up to 2^53 exactly.

const MISSING_32 = -0x8000_0000;
const LARGEST_32 = 0x7fff_ffff;

/** Column holds one value per row slot; a slot that was never written is missing. */
export class Column {
  #cells: Int32Array | Float64Array;
  #narrow = true;

  constructor(size: number) {
    this.#cells = new Int32Array(size).fill(MISSING_32);
  }

  /** The quanta at a slot, NaN where missing. */
  at(slot: number): number {
    const cell = this.#cells[slot];
    return cell === undefined || (cell === MISSING_32 && this.#narrow) ? NaN : cell;
  }

  /** Writes quanta; null is missing. */
  set(slot: number, quanta: number | null): void {
    if (quanta !== null && this.#narrow && (quanta > LARGEST_32 || quanta <= MISSING_32)) this.#widen();
    this.#cells[slot] = quanta ?? this.#missing();
  }

  /** Repeats the value of one slot in another. */
  copy(from: number, to: number): void {
    this.#cells[to] = this.#cells[from] ?? this.#missing();
  }

  /** Moves the cells from a slot on to the front and empties what is behind them. */
  shift(slots: number): void {
    this.#cells.copyWithin(0, slots);
    this.#cells.fill(this.#missing(), Math.max(0, this.#cells.length - slots));
  }

  /** Writes value = quanta × quantum of the slots from..to−1 into out, NaN where missing. */
  read(from: number, to: number, quantum: number, out: Float64Array): void {
    const cells = this.#cells;
    const narrow = this.#narrow;
    for (let slot = from, i = 0; slot < to; slot++, i++) {
      const cell = cells[slot];
      out[i] = cell === undefined || (narrow && cell === MISSING_32) ? NaN : cell * quantum;
    }
  }

  #missing(): number {
    return this.#narrow ? MISSING_32 : NaN;
  }

  #widen(): void {
    this.#cells = Float64Array.from(this.#cells, (cell) => (cell === MISSING_32 ? NaN : cell));
    this.#narrow = false;
  }
}
