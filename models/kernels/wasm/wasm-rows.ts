import type { Rows } from '../engine/index.ts';
import type { WasmMemory } from './memory.ts';

/** Rows start at multiples of so many numbers: a line of the processor's cache. */
const ALIGNMENT = 16;

/** Rows in the memory of an engine. */
export class WasmRows implements Rows {
  readonly capacity: number;
  readonly width: number;
  readonly stride: number;
  readonly offset: number;
  readonly #memory: WasmMemory;

  constructor(memory: WasmMemory, place: Pick<Rows, 'capacity' | 'width' | 'stride' | 'offset'>) {
    this.capacity = place.capacity;
    this.width = place.width;
    this.stride = place.stride;
    this.offset = place.offset;
    this.#memory = memory;
  }

  /** Rows of zeros, never given back. */
  static claim(memory: WasmMemory, capacity: number, width: number): WasmRows {
    const stride = Math.ceil(width / ALIGNMENT) * ALIGNMENT;
    const { offset } = memory.claim(4 * capacity * stride);
    memory.f32.fill(0, offset, offset + capacity * stride);
    return new WasmRows(memory, { capacity, width, stride, offset });
  }

  get data(): Float32Array {
    return this.#memory.f32;
  }

  columns(from: number, width: number): Rows {
    const { capacity, stride, offset } = this;
    return new WasmRows(this.#memory, { capacity, width, stride, offset: offset + from });
  }
}
