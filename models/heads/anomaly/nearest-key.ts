import type { SnapshotReader, SnapshotWriter } from '../../../core/index.ts';

/** Shape of a {@link NearestKey}. */
export interface NearestKeyShape {
  /** Numbers per token. */
  readonly width: number;
  /** Tokens per key. */
  readonly keyTokens: number;
  /** Keys that are remembered. */
  readonly cacheTokens: number;
  /** `running-range` divides distances by (max - min) of all token values so far; `none` leaves them. */
  readonly normalise: 'running-range' | 'none';
}

/**
 * Novelty as distance to the nearest remembered key: the key at token t is the last `keyTokens` tokens, and
 * q_t = min over j in t - cacheTokens .. t - keyTokens of √(‖key_t - key_j‖² / keyTokens). This is what attention over a long
 * cache finds, with the raw window as key. Exact search: O(cacheTokens · keyTokens · width) per token, nothing allocated.
 */
export class NearestKey {
  readonly #shape: NearestKeyShape;
  readonly #capacity: number;
  readonly #tokens: Float64Array;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(shape: NearestKeyShape) {
    this.#shape = shape;
    this.#capacity = shape.cacheTokens + shape.keyTokens;
    this.#tokens = new Float64Array(this.#capacity * shape.width);
  }

  get stateBytes(): number {
    return this.#tokens.byteLength;
  }

  /** Takes the next token `[width]` and returns its novelty, NaN while there is no key to compare with. */
  push(token: Float64Array): number {
    const { width, keyTokens, cacheTokens, normalise } = this.#shape;
    const tokens = this.#tokens;
    const t = this.#count;
    const at = (t % this.#capacity) * width;
    for (let c = 0; c < width; c++) {
      const value = token[c] as number;
      tokens[at + c] = value;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
    }
    this.#count += 1;
    const first = Math.max(keyTokens - 1, t - cacheTokens);
    if (t - keyTokens < first) return Number.NaN;
    let nearest = Number.POSITIVE_INFINITY;
    for (let j = t - keyTokens; j >= first; j--) {
      let sum = 0;
      for (let back = 0; back < keyTokens && sum < nearest; back++) {
        const a = ((t - back) % this.#capacity) * width;
        const b = ((j - back) % this.#capacity) * width;
        for (let c = 0; c < width; c++) {
          const difference = (tokens[a + c] as number) - (tokens[b + c] as number);
          sum += difference * difference;
        }
      }
      if (sum < nearest) nearest = sum;
    }
    const distance = Math.sqrt(nearest / keyTokens);
    if (normalise === 'none') return distance;
    const range = this.#max - this.#min;
    return range > 0 ? distance / range : 0;
  }

  save(writer: SnapshotWriter): void {
    writer.float64(this.#count);
    writer.float64(this.#min);
    writer.float64(this.#max);
    writer.array(this.#tokens);
  }

  load(reader: SnapshotReader): void {
    this.#count = reader.float64();
    this.#min = reader.float64();
    this.#max = reader.float64();
    this.#tokens.set(reader.float64Array(this.#tokens.length));
  }
}
