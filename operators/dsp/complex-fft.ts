import { arithmetic } from '../../core/index.ts';

/**
 * Fourier transform of complex numbers `[length, 2]` as (re, im) pairs, X[k] = Σ x[n] e^(−2πikn / length): radix 4, decimation in
 * time, with a first stage of radix 2 where the length is no power of four (Cooley and Tukey, 1965). Double precision by a
 * fixed sequence of additions and multiplications, twiddle factors included.
 */
export class ComplexFft {
  /** Where the input of each place of `#work` stands: bit-reversed indices, counted in numbers. */
  readonly #order: Uint32Array;
  readonly #work: Float64Array;
  readonly #isPowerOfFour: boolean;
  readonly #stages: readonly Stage[];

  /** @param length a power of two, at least 2 */
  constructor(length: number) {
    this.#order = bitReversal(length).map((index) => 2 * index);
    this.#work = new Float64Array(2 * length);
    this.#isPowerOfFour = (31 - Math.clz32(length)) % 2 === 0;
    const stages: Stage[] = [];
    for (let quarter = this.#isPowerOfFour ? 4 : 2; quarter < length; quarter *= 4) {
      stages.push({ quarter, twiddles: stageTwiddles(quarter) });
    }
    this.#stages = stages;
  }

  /** The spectrum of `input`, in scratch that the next call overwrites. */
  transform(input: Float64Array): Float64Array {
    if (this.#isPowerOfFour) gatherFours(input, this.#order, this.#work);
    else gatherPairs(input, this.#order, this.#work);
    for (let s = 0; s < this.#stages.length; s++) joinFours(this.#work, this.#stages[s]!);
    return this.#work;
  }
}

/** Joins four transforms of length `quarter` into one. */
interface Stage {
  readonly quarter: number;
  /** cos and −sin of 2πjk / (4 `quarter`), `[quarter, 3, 2]`: k = 0 .. quarter − 1, j = 1 .. 3. */
  readonly twiddles: Float64Array;
}

function stageTwiddles(quarter: number): Float64Array {
  const twiddles = new Float64Array(6 * quarter);
  const pair = new Float64Array(2);
  for (let k = 0; k < quarter; k++) {
    for (let j = 1; j <= 3; j++) {
      arithmetic.sinCos((2 * Math.PI * j * k) / (4 * quarter), pair, 0);
      twiddles[6 * k + 2 * j - 2] = pair[1]!;
      twiddles[6 * k + 2 * j - 1] = -pair[0]!;
    }
  }
  return twiddles;
}

/** The indices 0 .. length − 1 with their bits in reverse order. */
function bitReversal(length: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 1; i < length; i++) order[i] = (order[i >> 1]! >> 1) | (i & 1 ? length >> 1 : 0);
  return order;
}

/** Takes the input in bit-reversed order, and transforms each two numbers of it. */
function gatherPairs(input: Float64Array, order: Uint32Array, work: Float64Array): void {
  for (let i = 0; i < order.length; i += 2) {
    const a = order[i]!;
    const b = order[i + 1]!;
    work[2 * i] = input[a]! + input[b]!;
    work[2 * i + 1] = input[a + 1]! + input[b + 1]!;
    work[2 * i + 2] = input[a]! - input[b]!;
    work[2 * i + 3] = input[a + 1]! - input[b + 1]!;
  }
}

/** Takes the input in bit-reversed order, and transforms each four numbers of it: indices 0, 2, 1, 3 modulo 4. */
function gatherFours(input: Float64Array, order: Uint32Array, work: Float64Array): void {
  for (let i = 0; i < order.length; i += 4) {
    const a = order[i]!;
    const c = order[i + 1]!;
    const b = order[i + 2]!;
    const d = order[i + 3]!;
    const sumRe = input[a]! + input[c]!;
    const sumIm = input[a + 1]! + input[c + 1]!;
    const diffRe = input[a]! - input[c]!;
    const diffIm = input[a + 1]! - input[c + 1]!;
    const oddSumRe = input[b]! + input[d]!;
    const oddSumIm = input[b + 1]! + input[d + 1]!;
    const oddDiffRe = input[b]! - input[d]!;
    const oddDiffIm = input[b + 1]! - input[d + 1]!;
    const at = 2 * i;
    work[at] = sumRe + oddSumRe;
    work[at + 1] = sumIm + oddSumIm;
    work[at + 2] = diffRe + oddDiffIm;
    work[at + 3] = diffIm - oddDiffRe;
    work[at + 4] = sumRe - oddSumRe;
    work[at + 5] = sumIm - oddSumIm;
    work[at + 6] = diffRe - oddDiffIm;
    work[at + 7] = diffIm + oddDiffRe;
  }
}

/** Joins the four parts of every block; in bit-reversed order they belong to the indices 0, 2, 1, 3 modulo 4. */
function joinFours(work: Float64Array, { quarter, twiddles }: Stage): void {
  const part = 2 * quarter;
  for (let block = 0; block < work.length; block += 4 * part) {
    for (let k = 0, w = 0; k < quarter; k++, w += 6) {
      const a = block + 2 * k;
      const c = a + part;
      const b = c + part;
      const d = b + part;
      const bRe = work[b]! * twiddles[w]! - work[b + 1]! * twiddles[w + 1]!;
      const bIm = work[b]! * twiddles[w + 1]! + work[b + 1]! * twiddles[w]!;
      const cRe = work[c]! * twiddles[w + 2]! - work[c + 1]! * twiddles[w + 3]!;
      const cIm = work[c]! * twiddles[w + 3]! + work[c + 1]! * twiddles[w + 2]!;
      const dRe = work[d]! * twiddles[w + 4]! - work[d + 1]! * twiddles[w + 5]!;
      const dIm = work[d]! * twiddles[w + 5]! + work[d + 1]! * twiddles[w + 4]!;
      const sumRe = work[a]! + cRe;
      const sumIm = work[a + 1]! + cIm;
      const diffRe = work[a]! - cRe;
      const diffIm = work[a + 1]! - cIm;
      const oddSumRe = bRe + dRe;
      const oddSumIm = bIm + dIm;
      const oddDiffRe = bRe - dRe;
      const oddDiffIm = bIm - dIm;
      work[a] = sumRe + oddSumRe;
      work[a + 1] = sumIm + oddSumIm;
      work[c] = diffRe + oddDiffIm;
      work[c + 1] = diffIm - oddDiffRe;
      work[b] = sumRe - oddSumRe;
      work[b + 1] = sumIm - oddSumIm;
      work[d] = diffRe - oddDiffIm;
      work[d + 1] = diffIm + oddDiffRe;
    }
  }
}
