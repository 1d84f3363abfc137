/**
 * Seeded generator of reproducible numbers: xoshiro128** over 32-bit integers (Blackman and Vigna,
 * "Scrambled linear pseudorandom number generators", 2018), seeded by splitmix32. Integer arithmetic only,
 * so the sequence is the same everywhere.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param seed any integer; only its low 32 bits count. */
  constructor(seed: number) {
    let state = seed >>> 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next();
  }

  /** The next integer in 0 .. 2^32 - 1. */
  nextUint32(): number {
    const x = Math.imul(this.#b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** A multiple of 2^-24 in [0, 1): exact in float32. */
  nextUnit(): number {
    return (this.nextUint32() >>> 8) / 16777216;
  }

  /** A float32 value in [-limit, limit). */
  nextSymmetric(limit: number): number {
    return Math.fround((this.nextUnit() * 2 - 1) * limit);
  }
}
