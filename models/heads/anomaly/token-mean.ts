import type { SnapshotReader, SnapshotWriter } from '../../../core/index.ts';

/** Averages runs of `rows` rows `[width]` into tokens. */
export class TokenMean {
  readonly rows: number;
  /** The token that the last `add` completed. */
  readonly token: Float64Array;
  readonly #sum: Float64Array;
  #filled = 0;

  constructor(rows: number, width: number) {
    this.rows = rows;
    this.token = new Float64Array(width);
    this.#sum = new Float64Array(width);
  }

  /** Adds one value of the row at hand. Call {@link endRow} after the last. */
  add(channel: number, value: number): void {
    this.#sum[channel] = (this.#sum[channel] as number) + value;
  }

  /** Ends a row; true when it completed a token. */
  endRow(): boolean {
    this.#filled += 1;
    if (this.#filled < this.rows) return false;
    for (let c = 0; c < this.token.length; c++) this.token[c] = (this.#sum[c] as number) / this.rows;
    this.#sum.fill(0);
    this.#filled = 0;
    return true;
  }

  save(writer: SnapshotWriter): void {
    writer.float64(this.#filled);
    writer.array(this.#sum);
  }

  load(reader: SnapshotReader): void {
    this.#filled = reader.float64();
    this.#sum.set(reader.float64Array(this.#sum.length));
  }
}
