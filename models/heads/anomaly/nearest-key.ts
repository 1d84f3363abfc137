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

/** Numbers summed between two looks at whether a wide key is already too far. */
const ABANDON_STEP = 16;

/**
 * Novelty as distance to the nearest remembered key: the key at token t is the last `keyTokens` tokens, and
 * q_t = min over j in t - cacheTokens .. t - keyTokens of √(‖key_t - key_j‖² / keyTokens). This is what attention over a long
 * cache finds, with the raw window as key. Exact search: O(cacheTokens · keyTokens · width) per token, nothing allocated.
 */
export class NearestKey {
  readonly #shape: NearestKeyShape;
  /** Numbers of the tokens that keys in reach are made of. */
  readonly #kept: number;
  /** The latest tokens, oldest first, so that a key is one run of numbers; when full, the kept ones move to the front. */
  readonly #tokens: Float64Array;
  #length = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(shape: NearestKeyShape) {
    this.#shape = shape;
    const tokens = shape.cacheTokens + shape.keyTokens;
    this.#kept = tokens * shape.width;
    this.#tokens = new Float64Array((tokens + Math.max(16, tokens >> 2)) * shape.width);
  }

  get stateBytes(): number {
    return this.#tokens.byteLength;
  }

  /** Takes the next token `[width]` and returns its novelty, NaN while there is no key to compare with. */
  push(token: Float64Array): number {
    const { width, keyTokens, normalise } = this.#shape;
    this.#append(token);
    const span = keyTokens * width;
    const query = this.#length - span;
    const last = query - span;
    if (last < 0) return Number.NaN;
    const first = Math.max(0, this.#length - this.#kept);
    const nearest = span <= ABANDON_STEP ? this.#narrow(first, last) : this.#wide(first, last);
    const distance = Math.sqrt(nearest / keyTokens);
    if (normalise === 'none') return distance;
    const range = this.#max - this.#min;
    return range > 0 ? distance / range : 0;
  }

  save(writer: SnapshotWriter): void {
    writer.float64(this.#min);
    writer.float64(this.#max);
    writer.array(this.#tokens.slice(Math.max(0, this.#length - this.#kept), this.#length));
  }

  load(reader: SnapshotReader): void {
    this.#min = reader.float64();
    this.#max = reader.float64();
    const tokens = reader.float64Array().subarray(0, this.#kept);
    this.#tokens.set(tokens);
    this.#length = tokens.length;
  }

  #append(token: Float64Array): void {
    const { width } = this.#shape;
    const tokens = this.#tokens;
    if (this.#length === tokens.length) {
      tokens.copyWithin(0, this.#length - this.#kept, this.#length);
      this.#length = this.#kept;
    }
    for (let c = 0; c < width; c++) {
      const value = token[c] as number;
      tokens[this.#length + c] = value;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
    }
    this.#length += width;
  }

  /** Smallest squared distance from the latest key to the keys that begin at `first` .. `last`. */
  #narrow(first: number, last: number): number {
    const { width, keyTokens } = this.#shape;
    const tokens = this.#tokens;
    const span = keyTokens * width;
    const query = this.#length - span;
    let nearest = Number.POSITIVE_INFINITY;
    for (let at = first; at <= last; at += width) {
      let sum = 0;
      for (let k = 0; k < span; k++) {
        const difference = (tokens[at + k] as number) - (tokens[query + k] as number);
        sum += difference * difference;
      }
      if (sum < nearest) nearest = sum;
    }
    return nearest;
  }

  /** As `narrow`, giving up a wide key as soon as it is farther than the nearest so far. */
  #wide(first: number, last: number): number {
    const { width, keyTokens } = this.#shape;
    const tokens = this.#tokens;
    const span = keyTokens * width;
    const query = this.#length - span;
    let nearest = Number.POSITIVE_INFINITY;
    for (let at = first; at <= last; at += width) {
      let sum = 0;
      for (let k = 0; k < span && sum < nearest; ) {
        const end = Math.min(k + ABANDON_STEP, span);
        for (; k < end; k++) {
          const difference = (tokens[at + k] as number) - (tokens[query + k] as number);
          sum += difference * difference;
        }
      }
      if (sum < nearest) nearest = sum;
    }
    return nearest;
  }
}
