import type { LayerNorm, RowMap, Rows } from '../engine/index.ts';
import type { Kernels } from './kernels.ts';
import type { WasmMemory } from './memory.ts';

/** A LayerNorm with its weights in the memory of an engine. */
export class LayerNormMap implements RowMap {
  readonly #kernels: Kernels;
  readonly #size: number;
  readonly #eps: number;
  readonly #weight: number;
  readonly #bias: number;

  constructor(kernels: Kernels, memory: WasmMemory, { size, weight, bias, eps }: LayerNorm) {
    this.#kernels = kernels;
    this.#size = size;
    this.#eps = eps;
    this.#weight = memory.claim(4 * size).offset;
    this.#bias = memory.claim(4 * size).offset;
    memory.f32.set(weight, this.#weight);
    memory.f32.set(bias, this.#bias);
  }

  apply(x: Rows, out: Rows, count: number): void {
    this.#kernels.layerNorm(
      this.#weight,
      this.#bias,
      this.#size,
      this.#eps,
      x.offset,
      x.stride,
      out.offset,
      out.stride,
      count,
    );
  }
}
