import {
  requireInteger,
  requireRows,
  SnapshotError,
  type SnapshotIdentity,
  SnapshotReader,
  SnapshotWriter,
  sha256Hex,
} from '../../core/index.ts';
import { requireFinite } from './finite-samples.ts';
import type { TokenStream } from './token-stream.ts';

/** Options of {@link BlockMeanStream}. */
export interface BlockMeanOptions {
  /** Values in a row, 1..2^20. */
  readonly width: number;
  /** Rows that make one token, 1..2^20. */
  readonly rows: number;
}

/**
 * Rows `[T, width]` → their means `[T', width]` over blocks of `rows`, tumbling. Sums run in double in order of
 * arrival. Rows after the last whole block give nothing. Holds one row of sums.
 */
export class BlockMeanStream implements TokenStream {
  readonly width: number;
  readonly rows: number;
  readonly #sums: Float64Array;
  readonly #identity: SnapshotIdentity;
  #summed = 0;
  #position = 0;

  /** @throws ConfigError for an option out of range. */
  constructor(options: BlockMeanOptions) {
    this.width = requireInteger('width', options.width, { min: 1, max: 2 ** 20 });
    this.rows = requireInteger('rows', options.rows, { min: 1, max: 2 ** 20 });
    this.#sums = new Float64Array(this.width);
    this.#identity = { kind: 'block-mean', version: 1, modelHash: sha256Hex(`${this.width} ${this.rows}`) };
  }

  push(samples: Float32Array | Float64Array): Float32Array {
    const count = requireRows('samples', samples, this.width);
    requireFinite(samples, { channels: this.width, startRow: this.#position });
    const { width, rows } = this;
    const sums = this.#sums;
    const means = new Float32Array(Math.floor((this.#summed + count) / rows) * width);
    let made = 0;
    for (let t = 0; t < count; t++) {
      for (let c = 0; c < width; c++) sums[c] = sums[c]! + samples[t * width + c]!;
      if (++this.#summed < rows) continue;
      for (let c = 0; c < width; c++) means[made++] = sums[c]! / rows;
      sums.fill(0);
      this.#summed = 0;
    }
    this.#position += count;
    return means;
  }

  /** Nothing: a block that is not whole gives no token. */
  flush(): Float32Array {
    return new Float32Array(0);
  }

  reset(): void {
    this.#sums.fill(0);
    this.#summed = 0;
    this.#position = 0;
  }

  snapshot(): Uint8Array {
    const writer = new SnapshotWriter(this.#identity);
    writer.float64(this.#position);
    writer.uint32(this.#summed);
    writer.array(this.#sums);
    return writer.finish();
  }

  restore(bytes: Uint8Array): void {
    const reader = new SnapshotReader(bytes, this.#identity);
    const position = reader.float64();
    const summed = reader.uint32();
    const sums = reader.float64Array(this.width);
    reader.finish();
    if (summed >= this.rows) {
      throw new SnapshotError('SNAPSHOT_CORRUPT', `Expected fewer than ${this.rows} summed rows, got ${summed}`);
    }
    this.#position = position;
    this.#summed = summed;
    this.#sums.set(sums);
  }
}
