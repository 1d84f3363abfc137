const STATE = 624;
const SHIFT = 397;
const BLOCK = 16;
const f = Math.fround;

/**
 * The random numbers that PyTorch draws on a CPU after `manual_seed(seed)`: the Mersenne Twister MT19937 (Matsumoto and
 * Nishimura, 1998), 24 of its bits a float32 uniform, and normals by Box and Muller, sixteen at a time.
 */
export class TorchRandom {
  readonly #state = new Uint32Array(STATE);
  #next = STATE;
  /** The second of a pair of single normals, until it is asked for. */
  #spare: number | undefined;

  constructor(seed: number) {
    this.seed(seed);
  }

  /** Starts again, as `manual_seed` does. */
  seed(seed: number): void {
    this.#state[0] = seed;
    for (let i = 1; i < STATE; i++) {
      const last = this.#state[i - 1] as number;
      this.#state[i] = Math.imul(1_812_433_253, last ^ (last >>> 30)) + i;
    }
    this.#next = STATE;
    this.#spare = undefined;
  }

  /** The next integer in 0 .. 2^32 − 1. */
  uint32(): number {
    if (this.#next === STATE) this.#twist();
    let y = this.#state[this.#next++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** `count` float32 values in [low, high). */
  uniform(count: number, low = 0, high = 1): Float32Array {
    return new Float32Array(count).map(() => f(f(this.#unit() * f(high - low)) + low));
  }

  /** `count` float32 values of a normal distribution about 0. */
  normal(count: number, deviation = 1): Float32Array {
    if (count < BLOCK) return new Float32Array(count).map(() => this.#single() * deviation);
    const out = this.uniform(count);
    for (let at = 0; at + BLOCK <= count; at += BLOCK) toNormal(out.subarray(at, at + BLOCK), deviation);
    if (count % BLOCK !== 0) {
      const last = this.uniform(BLOCK);
      toNormal(last, deviation);
      out.set(last, count - BLOCK);
    }
    return out;
  }

  #unit(): number {
    return (this.uint32() % 2 ** 24) * 2 ** -24;
  }

  /** A float64 in [0, 1) of 53 bits, the high word drawn first. */
  #double(): number {
    const high = this.uint32();
    const low = this.uint32();
    return ((high % 2 ** 21) * 2 ** 32 + low) * 2 ** -53;
  }

  /** One normal; a pair is made at a time. */
  #single(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    const angle = 2 * Math.PI * this.#double();
    const radius = Math.sqrt(-2 * Math.log1p(-this.#double()));
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < STATE; i++) {
      const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % STATE] as number) & 0x7fffffff);
      state[i] = (state[(i + SHIFT) % STATE] as number) ^ (y >>> 1) ^ (y % 2 === 0 ? 0 : 0x9908b0df);
    }
    this.#next = 0;
  }
}

/** Sixteen uniforms → sixteen normals, in place: value j and value j + 8 make a pair. */
function toNormal(block: Float32Array, deviation: number): void {
  const half = BLOCK / 2;
  for (let j = 0; j < half; j++) {
    const radius = f(Math.sqrt(f(-2 * f(Math.log(f(1 - (block[j] as number)))))));
    const angle = f(f(2 * Math.PI) * (block[j + half] as number));
    block[j] = f(radius * f(Math.cos(angle))) * deviation;
    block[j + half] = f(radius * f(Math.sin(angle))) * deviation;
  }
}
