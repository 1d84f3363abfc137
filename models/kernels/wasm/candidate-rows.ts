import type { CandidateLists } from '../engine/index.ts';
import type { WasmMemory } from './memory.ts';

/** Lists of slots in the memory of an engine. */
export class CandidateRows implements CandidateLists {
  readonly lists: number;
  readonly capacity: number;
  readonly offset: number;
  readonly counts: Int32Array;
  /** Where the kernel finds the counts. */
  readonly countsOffset: number;
  readonly #memory: WasmMemory;

  constructor(memory: WasmMemory, shape: { readonly rows: number; readonly lists: number; readonly capacity: number }) {
    const count = shape.rows * shape.lists;
    this.lists = shape.lists;
    this.capacity = shape.capacity;
    this.offset = memory.claim(4 * count * shape.capacity).offset;
    this.countsOffset = memory.claim(4 * count).offset;
    this.counts = new Int32Array(count);
    this.#memory = memory;
  }

  get slots(): Int32Array {
    return this.#memory.i32;
  }

  /** Takes the counts of some rows to where the kernel finds them. */
  post(from: number, count: number): void {
    const { i32 } = this.#memory;
    for (let list = from * this.lists; list < (from + count) * this.lists; list++) {
      i32[this.countsOffset + list] = this.counts[list] as number;
    }
  }
}
