import type { Linear, RowMap, Rows } from '../engine/index.ts';
import type { Kernels } from './kernels.ts';
import type { WasmMemory } from './memory.ts';

/** Outputs of a panel: lanes of the kernel's eight vectors. */
const PANEL = 32;

/**
 * An affine map with its weights packed for the kernel: panels of 32 outputs, in each of which the 32 weights of one input stand
 * together.
 *
 *     weight [outSize, inSize]  →  panels [⌈outSize / 32⌉][inSize][32], filled up with zeros
 */
export class LinearMap implements RowMap {
  readonly #kernels: Kernels;
  readonly #inSize: number;
  readonly #outSize: number;
  readonly #weight: number;
  readonly #bias: number;

  constructor(kernels: Kernels, memory: WasmMemory, { inSize, outSize, weight, bias }: Linear) {
    const panels = Math.ceil(outSize / PANEL);
    const { offset } = memory.claim(4 * panels * (inSize + 1) * PANEL);
    this.#kernels = kernels;
    this.#inSize = inSize;
    this.#outSize = outSize;
    this.#weight = offset;
    this.#bias = offset + panels * inSize * PANEL;
    const { f32 } = memory;
    f32.fill(0, offset, this.#bias + panels * PANEL);
    for (let o = 0; o < outSize; o++) {
      const to = offset + Math.floor(o / PANEL) * inSize * PANEL + (o % PANEL);
      for (let k = 0; k < inSize; k++) f32[to + k * PANEL] = weight[o * inSize + k] as number;
    }
    f32.set(bias, this.#bias);
  }

  apply(x: Rows, out: Rows, count: number): void {
    this.#kernels.linear(
      this.#weight,
      this.#bias,
      this.#inSize,
      this.#outSize,
      x.offset,
      x.stride,
      out.offset,
      out.stride,
      count,
    );
  }
}
