import { type LshShape, rotationShape } from '../engine/index.ts';

const f = Math.fround;

/**
 * Angular hashing by random rotations: a vector x of a head goes, in round r, to the bucket argmax [xΩ, −xΩ], the first
 * maximum winning; with several factors to a₁ + f₁ a₂ + f₁ f₂ a₃ + …, each aᵢ from its own columns of Ω. Every product
 * x Ω adds over the head's channels in order, float32. Holds scratch only. Cost: headDim · Σ factors / 2 products a head and round.
 */
export class LshHash {
  readonly shape: LshShape;
  readonly numBuckets: number;
  readonly #rotations: Float32Array;
  readonly #rotated: Float32Array;
  /** Length of the vector in work. */
  readonly #length = new Float64Array(1);
  /**
   * Smallest distance (best − second) / |x| of the two largest rotated values seen since it was set to infinity: how near an
   * assignment came to another bucket. Measured for each factor.
   */
  smallestMargin = Number.POSITIVE_INFINITY;

  /** @param rotations {@link rotationShape}, row-major */
  constructor(shape: LshShape, rotations: Float32Array) {
    this.shape = shape;
    this.numBuckets = shape.factors.reduce((product, factor) => product * factor, 1);
    this.#rotations = rotations;
    this.#rotated = new Float32Array(rotationShape(shape)[3]);
  }

  /** Files `x` `[heads * headDim]`: writes its bucket of each head and round to `buckets` `[heads * rounds]`. */
  file(x: Float32Array, buckets: Int32Array): void {
    const { heads, headDim, rounds, factors } = this.shape;
    const width = this.#rotated.length;
    for (let head = 0; head < heads; head++) {
      for (let round = 0; round < rounds; round++) {
        this.#rotate(x, head * headDim, (head * headDim * rounds + round) * width);
        this.#measure(x, head * headDim);
        let bucket = 0;
        let scale = 1;
        let from = 0;
        for (let i = 0; i < factors.length; i++) {
          const half = (factors[i] as number) / 2;
          bucket += scale * this.#nearest(from, half);
          scale *= factors[i] as number;
          from += half;
        }
        buckets[head * rounds + round] = bucket;
      }
    }
  }

  #rotate(x: Float32Array, at: number, start: number): void {
    const rotated = this.#rotated;
    const { headDim, rounds } = this.shape;
    const width = rotated.length;
    rotated.fill(0);
    for (let c = 0; c < headDim; c++) {
      const value = x[at + c] as number;
      const row = start + c * rounds * width;
      for (let i = 0; i < width; i++) {
        rotated[i] = f((rotated[i] as number) + f(value * (this.#rotations[row + i] as number)));
      }
    }
  }

  #measure(x: Float32Array, at: number): void {
    let sum = 0;
    for (let c = at; c < at + this.shape.headDim; c++) sum += (x[c] as number) * (x[c] as number);
    this.#length[0] = Math.sqrt(sum);
  }

  /** argmax over [r, −r] of `half` rotated values from `from` on. */
  #nearest(from: number, half: number): number {
    const rotated = this.#rotated;
    let best = Number.NEGATIVE_INFINITY;
    let second = Number.NEGATIVE_INFINITY;
    let bucket = 0;
    for (let i = 0; i < 2 * half; i++) {
      const value = i < half ? (rotated[from + i] as number) : -(rotated[from + i - half] as number);
      if (value > best) {
        second = best;
        best = value;
        bucket = i;
      } else if (value > second) second = value;
    }
    const length = this.#length[0] as number;
    const margin = length === 0 ? 0 : (best - second) / length;
    if (margin < this.smallestMargin) this.smallestMargin = margin;
    return bucket;
  }
}
