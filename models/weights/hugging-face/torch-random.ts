import { arithmetic } from '../../../core/index.ts';

const STATE = 624;
const MIDDLE = 397;

/** Sine and cosine of the angle at hand. */
const pair = new Float64Array(2);

/**
 * The random numbers that a CPU generator of PyTorch draws after `manual_seed`, as far as rotations need them: the 32-bit
 * Mersenne Twister (Matsumoto and Nishimura, 1998), float32 uniforms of 24 bits, and normals in blocks of 16 by Box and
 * Muller. Models of Hugging Face with a `hash_seed` draw their rotations anew by it at every call.
 */
export class TorchRandom {
  readonly #state = new Uint32Array(STATE);
  #at = STATE;

  /** @param seed 0..2^32-1 */
  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < STATE; i++) {
      const last = this.#state[i - 1] as number;
      this.#state[i] = Math.imul(1_812_433_253, last ^ (last >>> 30)) + i;
    }
  }

  /** Standard normal numbers, at least 16 of them, as float32. */
  normal(count: number): Float32Array {
    const numbers = new Float32Array(count).map(() => this.#uniform());
    for (let i = 0; i + 16 <= count; i += 16) toNormal(numbers, i);
    if (count % 16 !== 0) {
      // The last block is drawn anew, so that it is whole.
      for (let i = count - 16; i < count; i++) numbers[i] = this.#uniform();
      toNormal(numbers, count - 16);
    }
    return numbers;
  }

  #uniform(): number {
    return (this.#next() & 0xffffff) / 16777216;
  }

  #next(): number {
    if (this.#at === STATE) this.#turn();
    let y = this.#state[this.#at++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #turn(): void {
    const state = this.#state;
    for (let i = 0; i < STATE; i++) {
      const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % STATE] as number) & 0x7fffffff);
      const twist = (y & 1) === 0 ? 0 : 0x9908b0df;
      state[i] = (state[(i + MIDDLE) % STATE] as number) ^ (y >>> 1) ^ twist;
    }
    this.#at = 0;
  }
}

/** Turns 16 uniforms from `at` on into normals: the first eight give radii, the last eight angles. */
function toNormal(numbers: Float32Array, at: number): void {
  for (let i = at; i < at + 8; i++) {
    const radius = Math.fround(Math.sqrt(-2 * Math.fround(arithmetic.logDouble(1 - (numbers[i] as number)))));
    const angle = Math.fround(2 * Math.PI * (numbers[i + 8] as number));
    arithmetic.sinCos(angle, pair, 0);
    numbers[i] = radius * (pair[1] as number);
    numbers[i + 8] = radius * (pair[0] as number);
  }
}
