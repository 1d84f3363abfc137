/** Rows of one width that are only ever added to. */
export class GrowingRows {
  readonly width: number;
  count = 0;
  #rows: Float32Array;

  constructor(width: number) {
    this.width = width;
    this.#rows = new Float32Array(16 * width);
  }

  /** The rows so far, `[count, width]`; a view. */
  get rows(): Float32Array {
    return this.#rows.subarray(0, this.count * this.width);
  }

  add(row: Float32Array): void {
    if ((this.count + 1) * this.width > this.#rows.length) {
      const larger = new Float32Array(2 * this.#rows.length);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows.set(row, this.count * this.width);
    this.count += 1;
  }
}
