import { type LshKernel, type LshShape, type Rows, rotationShape } from '../engine/index.ts';
import type { Kernels } from './kernels.ts';
import { LinearMap } from './linear-map.ts';
import type { WasmMemory } from './memory.ts';
import { WasmRows } from './wasm-rows.ts';

/** Hashing with the rotations of each head as a map without bias, and the choice of buckets after it. */
export class LshMap implements LshKernel {
  readonly numBuckets: number;
  readonly #kernels: Kernels;
  readonly #memory: WasmMemory;
  readonly #shape: LshShape;
  /** One per head: `[headDim]` → `[rounds * width]`. */
  readonly #rotations: readonly LinearMap[];
  readonly #rotated: readonly Rows[];
  /** The rows that were filed last, and their heads. */
  #x: Rows | undefined;
  #heads: readonly Rows[] = [];
  /** Half of each factor, int32. */
  readonly #halves: number;
  /** `[passRows, heads * rounds]`, int32. */
  readonly #buckets: number;
  /** `[passRows]`, float64. */
  readonly #margins: number;

  constructor(
    host: { readonly kernels: Kernels; readonly memory: WasmMemory; readonly passRows: number },
    shape: LshShape,
    rotations: Float32Array,
  ) {
    const { kernels, memory, passRows } = host;
    const [heads, headDim, rounds, width] = rotationShape(shape);
    this.numBuckets = shape.factors.reduce((product, factor) => product * factor, 1);
    this.#kernels = kernels;
    this.#memory = memory;
    this.#shape = shape;
    const outSize = rounds * width;
    this.#rotations = Array.from({ length: heads }, (_, head) => {
      const weight = new Float32Array(outSize * headDim);
      for (let c = 0; c < headDim; c++) {
        const from = (head * headDim + c) * outSize;
        for (let o = 0; o < outSize; o++) weight[o * headDim + c] = rotations[from + o] as number;
      }
      return new LinearMap(kernels, memory, { inSize: headDim, outSize, weight, bias: new Float32Array(outSize) });
    });
    const stride = Math.ceil(outSize / 16) * 16;
    const { offset } = memory.claim(4 * heads * passRows * stride);
    this.#rotated = Array.from({ length: heads }, (_, head) => {
      const place = { capacity: passRows, width: outSize, stride, offset: offset + head * passRows * stride };
      return new WasmRows(memory, place);
    });
    this.#halves = memory.claim(4 * shape.factors.length).offset;
    shape.factors.forEach((factor, i) => {
      memory.i32[this.#halves + i] = factor / 2;
    });
    this.#buckets = memory.claim(4 * passRows * heads * rounds).offset;
    this.#margins = memory.claim(8 * passRows).offset;
  }

  file(x: Rows, count: number, into: { readonly buckets: Int32Array; readonly margins: Float64Array }): void {
    const { heads, headDim, rounds, factors } = this.#shape;
    const [first] = this.#rotated as [Rows];
    if (this.#x !== x) this.#heads = this.#rotated.map((_, head) => x.columns(head * headDim, headDim));
    this.#x = x;
    for (let head = 0; head < heads; head++) {
      this.#rotations[head]?.apply(this.#heads[head] as Rows, this.#rotated[head] as Rows, count);
    }
    this.#kernels.chooseBuckets(
      x.offset,
      x.stride,
      heads,
      headDim,
      first.offset,
      first.stride,
      first.capacity * first.stride,
      rounds,
      this.#halves,
      factors.length,
      count,
      this.#buckets,
      this.#margins,
    );
    const { i32, f64 } = this.#memory;
    const filed = count * heads * rounds;
    for (let i = 0; i < filed; i++) into.buckets[i] = i32[this.#buckets + i] as number;
    for (let row = 0; row < count; row++) into.margins[row] = f64[this.#margins / 2 + row] as number;
  }
}
