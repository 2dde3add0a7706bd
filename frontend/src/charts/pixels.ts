// Device pixels in memory. Charts are painted here and not by a canvas: a column of pixels
// is the same wherever it stands, and a test can look at it without a browser.

/** A colour without opacity, as a pixel holds it: 0xffBBGGRR. */
export type Ink = number;

export const inkOf = (red: number, green: number, blue: number): Ink => ((0xff << 24) | (blue << 16) | (green << 8) | red) >>> 0;

/** Pixels are the columns from..from+width−1 of a picture. */
export class Pixels {
  readonly data: Uint32Array<ArrayBuffer>;
  readonly from: number;
  readonly width: number;
  readonly height: number;

  constructor(from: number, width: number, height: number) {
    this.from = from;
    this.width = width;
    this.height = height;
    this.data = new Uint32Array(width * height);
  }

  /** image is what a canvas takes. */
  image(): ImageData {
    return new ImageData(new Uint8ClampedArray(this.data.buffer), this.width, this.height);
  }

  /** Paints the rows from top to bottom of a column; where an edge lies within a pixel that pixel is tinted. */
  run(column: number, top: number, bottom: number, ink: Ink, alpha = 1): void {
    const x = column - this.from;
    if (x < 0 || x >= this.width) return;
    const a = Math.max(0, top);
    const b = Math.min(this.height, bottom);
    for (let y = Math.floor(a); y < b; y++) this.#blend(y * this.width + x, ink, alpha * (Math.min(b, y + 1) - Math.max(a, y)));
  }

  /** Paints one pixel. */
  dot(column: number, row: number, ink: Ink, alpha = 1): void {
    const x = column - this.from;
    if (x >= 0 && x < this.width && row >= 0 && row < this.height) this.#blend(row * this.width + x, ink, alpha);
  }

  #blend(at: number, ink: Ink, alpha: number): void {
    if (alpha >= 1) {
      this.data[at] = ink;
      return;
    }
    const under = this.data[at] ?? 0;
    const blue = mix((under >>> 16) & 0xff, (ink >>> 16) & 0xff, alpha);
    const green = mix((under >>> 8) & 0xff, (ink >>> 8) & 0xff, alpha);
    const red = mix(under & 0xff, ink & 0xff, alpha);
    this.data[at] = inkOf(red, green, blue);
  }
}

const mix = (under: number, over: number, alpha: number): number => Math.round(under + (over - under) * alpha);
