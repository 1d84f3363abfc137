import {
  arithmetic,
  ConfigError,
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

/** Options of {@link StreamingScale}. */
export interface StreamingScaleOptions {
  /** Values in a row, 1..65536. */
  readonly channels: number;
  /**
   * Rows from which the reference is taken, 2..1048576. They are held back until the last of them has come, then
   * scaled and returned together. `channels` × `warmupRows` is at most 2^24.
   */
  readonly warmupRows: number;
}

/**
 * Robust scaling of rows `[T, channels]`, each channel for itself: u = asinh((x - median) / mean|x - median|), with
 * median and mean deviation of the first `warmupRows` rows, fixed from then on. A stream scaled so keeps its
 * levels comparable for ever, which running z-scores do not. A channel that is constant during warm-up is divided
 * by 1. Linear for small deviations, logarithmic for large ones. Memory: the warm-up rows, then 2 numbers a channel.
 * It does not follow a drift: a stream whose range moves by orders of magnitude needs a reset.
 * @example
 * new StreamingScale({ channels: 1, warmupRows: 3 }).push(Float64Array.of(1, 2, 6)); // asinh of -0.6, 0, 2.4
 */
export class StreamingScale implements TokenStream {
  /** = `channels`. */
  readonly width: number;
  readonly warmupRows: number;
  readonly #medians: Float64Array;
  readonly #deviations: Float64Array;
  readonly #identity: SnapshotIdentity;
  /** `[warmupRows, channels]` while warming up, `undefined` once the reference is fixed. */
  #held: Float64Array | undefined;
  #heldRows = 0;
  #position = 0;

  /** @throws ConfigError for an option out of range. */
  constructor(options: StreamingScaleOptions) {
    this.width = requireInteger('channels', options.channels, { min: 1, max: 65536 });
    this.warmupRows = requireInteger('warmupRows', options.warmupRows, { min: 2, max: 2 ** 20 });
    if (this.width * this.warmupRows > 2 ** 24) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `Expected \`channels\` × \`warmupRows\` to be at most 16777216, got ${this.width * this.warmupRows}`,
      );
    }
    this.#medians = new Float64Array(this.width);
    this.#deviations = new Float64Array(this.width);
    this.#held = new Float64Array(this.width * this.warmupRows);
    const modelHash = sha256Hex(`${this.width} ${this.warmupRows}`);
    this.#identity = { kind: 'streaming-scale', version: 1, modelHash };
  }

  push(samples: Float32Array | Float64Array): Float32Array {
    requireRows('samples', samples, this.width);
    requireFinite(samples, { channels: this.width, startRow: this.#position });
    this.#position += samples.length / this.width;
    if (this.#held === undefined) return this.#scale(samples);

    const missing = (this.warmupRows - this.#heldRows) * this.width;
    const warm = samples.subarray(0, missing);
    this.#held.set(warm, this.#heldRows * this.width);
    this.#heldRows += warm.length / this.width;
    if (this.#heldRows < this.warmupRows) return new Float32Array(0);
    return joined(this.flush(), this.#scale(samples.subarray(warm.length)));
  }

  /** Ends the warm-up with the rows that there are, and returns them scaled. */
  flush(): Float32Array {
    if (this.#held === undefined || this.#heldRows === 0) return new Float32Array(0);
    const rows = this.#held.subarray(0, this.#heldRows * this.width);
    this.#fixReference(rows);
    this.#held = undefined;
    this.#heldRows = 0;
    return this.#scale(rows);
  }

  reset(): void {
    this.#held = new Float64Array(this.width * this.warmupRows);
    this.#heldRows = 0;
    this.#position = 0;
  }

  snapshot(): Uint8Array {
    const writer = new SnapshotWriter(this.#identity);
    writer.float64(this.#position);
    writer.uint32(this.#held === undefined ? 0 : 1);
    if (this.#held !== undefined) writer.array(this.#held.subarray(0, this.#heldRows * this.width));
    writer.array(this.#medians);
    writer.array(this.#deviations);
    return writer.finish();
  }

  restore(bytes: Uint8Array): void {
    const reader = new SnapshotReader(bytes, this.#identity);
    const position = reader.float64();
    const warm = reader.uint32() === 1 ? reader.float64Array() : undefined;
    const medians = reader.float64Array(this.width);
    const deviations = reader.float64Array(this.width);
    reader.finish();
    if (warm !== undefined && (warm.length % this.width !== 0 || warm.length >= this.warmupRows * this.width)) {
      throw new SnapshotError(
        'SNAPSHOT_CORRUPT',
        `Expected fewer than ${this.warmupRows} whole rows held in the snapshot, got ${warm.length} numbers`,
      );
    }
    this.#position = position;
    this.#held = warm === undefined ? undefined : new Float64Array(this.width * this.warmupRows);
    if (warm !== undefined) this.#held?.set(warm);
    this.#heldRows = (warm?.length ?? 0) / this.width;
    this.#medians.set(medians);
    this.#deviations.set(deviations);
  }

  #fixReference(rows: Float64Array): void {
    const count = rows.length / this.width;
    const column = new Float64Array(count);
    for (let c = 0; c < this.width; c++) {
      for (let t = 0; t < count; t++) column[t] = rows[t * this.width + c]!;
      column.sort();
      const upper = column[count >> 1]!;
      const median = count % 2 === 1 ? upper : column[(count >> 1) - 1]! / 2 + upper / 2;
      let deviation = 0;
      for (let t = 0; t < count; t++) deviation += Math.abs(rows[t * this.width + c]! - median) / count;
      this.#medians[c] = median;
      this.#deviations[c] = deviation === 0 ? 1 : Math.min(deviation, Number.MAX_VALUE);
    }
  }

  #scale(rows: Float32Array | Float64Array): Float32Array {
    const tokens = new Float32Array(rows.length);
    for (let i = 0, c = 0; i < rows.length; i++) {
      tokens[i] = arithmetic.asinhDouble((rows[i]! - this.#medians[c]!) / this.#deviations[c]!);
      if (++c === this.width) c = 0;
    }
    return tokens;
  }
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
