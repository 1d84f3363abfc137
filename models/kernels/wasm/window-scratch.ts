import type { Block, WasmMemory } from './memory.ts';
import type { WindowLayout } from './window-layout.ts';

/** What attention needs for the length of one call; all caches of an engine share it. */
export class WindowScratch {
  /** `[passRows]`, int32: 1 where the key of a row is masked. */
  flags = 0;
  /** `[passRows][1 + visible]`, int32: how many pinned keys a row sees, then their slots. */
  lists = 0;
  /** Sums, scales and scores, see `assembly/window-attention.ts`. */
  work = 0;
  readonly #memory: WasmMemory;
  readonly #passRows: number;
  #visible = 0;
  #workLength = 0;
  #block: Block | undefined;

  constructor(memory: WasmMemory, passRows: number) {
    this.#memory = memory;
    this.#passRows = passRows;
  }

  /** Makes room for caches of one more layout. */
  reserve({ visible, scratchLength }: WindowLayout): void {
    if (this.#block !== undefined && visible <= this.#visible && scratchLength <= this.#workLength) return;
    const pins = Math.max(visible, this.#visible);
    const work = Math.max(scratchLength, this.#workLength);
    const heads = Math.ceil((this.#passRows * (2 + pins)) / 16) * 16;
    const block = this.#memory.claim(4 * (heads + work));
    if (this.#block !== undefined) this.#memory.release(this.#block);
    this.#block = block;
    this.#visible = pins;
    this.#workLength = work;
    this.flags = block.offset;
    this.lists = block.offset + this.#passRows;
    this.work = block.offset + heads;
  }
}
