import type { Block, WasmMemory } from './memory.ts';

/** Room for the query, the sums, the lanes and the weights of one list; all tables of an engine share it. */
export class CandidateScratch {
  readonly #memory: WasmMemory;
  #headDim = 0;
  #capacity = 0;
  #block: Block | undefined;

  constructor(memory: WasmMemory) {
    this.#memory = memory;
  }

  /** First number. */
  get offset(): number {
    return this.#block?.offset ?? 0;
  }

  /** Makes room for heads of a size, or lists of a length. */
  reserve({ headDim = 0, capacity = 0 }: { readonly headDim?: number; readonly capacity?: number }): void {
    if (this.#block !== undefined && headDim <= this.#headDim && capacity <= this.#capacity) return;
    const width = Math.max(headDim, this.#headDim);
    const most = Math.max(capacity, this.#capacity);
    const length = 2 * (width + 3) + 32 + most + 31;
    const block = this.#memory.claim(4 * length);
    if (this.#block !== undefined) this.#memory.release(this.#block);
    this.#block = block;
    this.#headDim = width;
    this.#capacity = most;
  }
}
