import {
  type CachePrecision,
  PinnedIndex,
  type RowRange,
  type Rows,
  type WindowCache,
  type WindowCacheShape,
  type WindowContents,
} from '../engine/index.ts';
import type { Kernels } from './kernels.ts';
import type { Block, WasmMemory } from './memory.ts';
import { readHeld, readPinned, writeHeld, writePinned } from './window-contents.ts';
import { newestIndex, WindowLayout } from './window-layout.ts';
import type { WindowScratch } from './window-scratch.ts';

/** What the caches of one engine share. */
export interface WindowEngine {
  readonly passRows: number;
  readonly cachePrecision: CachePrecision;
  readonly kernels: Kernels;
  /** What the kernels call the precision. */
  readonly precision: number;
  readonly memory: WasmMemory;
  readonly windows: WindowScratch;
}

/** A window cache in the memory of an engine; {@link WindowLayout} says where things stand in it. */
export class WasmWindowCache implements WindowCache {
  readonly #engine: WindowEngine;
  readonly #shape: WindowCacheShape;
  readonly #layout: WindowLayout;
  readonly #block: Block;
  #pins: PinnedIndex | undefined;

  /** @throws OverflowError when there is no memory for it */
  constructor(engine: WindowEngine, shape: WindowCacheShape) {
    this.#engine = engine;
    this.#shape = shape;
    this.#pins = this.#noPins();
    const { passRows, cachePrecision } = engine;
    this.#layout = new WindowLayout(shape, { passRows, cachePrecision, pinnedSlots: this.#pins?.slots ?? 0 });
    this.#block = engine.memory.claim(this.#layout.byteLength, this);
    try {
      engine.windows.reserve(this.#layout);
    } catch (error) {
      engine.memory.release(this.#block);
      throw error;
    }
    this.#layout.clear(engine.memory, this.#block.offset);
  }

  get precision(): CachePrecision {
    return this.#layout.precision;
  }

  get byteLength(): number {
    return this.#block.byteLength + (this.#pins?.byteLength ?? 0);
  }

  get newest(): number {
    return this.#engine.memory.f64[newestIndex(this.#block.offset)] as number;
  }

  get pinnedKeys(): number {
    return this.#pins?.count ?? 0;
  }

  store(keys: Rows, values: Rows, tokens: RowRange & { kinds: Uint8Array }): void {
    const { from, count, kinds } = tokens;
    const { kernels, precision, memory, windows } = this.#engine;
    const { i32 } = memory;
    const cache = this.#block.offset;
    for (let i = 0; i < count; i++) i32[windows.flags + i] = kinds[from + i] === 0 ? 1 : 0;
    const key = keys.offset + from * keys.stride;
    const value = values.offset + from * values.stride;
    if (this.#pins !== undefined) {
      const position = this.newest + 1;
      for (let i = 0; i < count; i++) {
        const slot = this.#pins.offer(position + i, kinds[from + i] as number);
        if (slot < 0) continue;
        const masked = this.#pins.masked[slot] as number;
        kernels.storePinned(cache, slot, position + i, masked, key + i * keys.stride, value + i * values.stride);
      }
    }
    kernels.storeWindow(precision, cache, key, keys.stride, value, values.stride, count, windows.flags);
  }

  attend(query: Rows, out: Rows, queries: RowRange & { position: number }): void {
    const { from, count, position } = queries;
    const { kernels, precision, windows } = this.#engine;
    if (this.#pins !== undefined) this.#listPins(this.#pins, position, count);
    kernels.attendWindow(
      precision,
      this.#block.offset,
      query.offset + from * query.stride,
      query.stride,
      out.offset + from * out.stride,
      out.stride,
      count,
      position,
      windows.lists,
      windows.work,
      this.#layout.scoreStride,
    );
  }

  copyFrom(other: WindowCache): void {
    if (other instanceof WasmWindowCache && this.#isLike(other)) {
      const { f32 } = this.#engine.memory;
      const { offset, byteLength } = other.#block;
      const to = this.#block.offset;
      if (other.#engine === this.#engine) f32.copyWithin(to, offset, offset + byteLength / 4);
      else f32.set(other.#engine.memory.f32.subarray(offset, offset + byteLength / 4), to);
      if (this.#pins !== undefined && other.#pins !== undefined) this.#pins.copyFrom(other.#pins);
      return;
    }
    this.#layout.clear(this.#engine.memory, this.#block.offset);
    this.#pins = this.#noPins();
    this.write(other.newest + 1, other.read());
  }

  read(): WindowContents {
    const place = { memory: this.#engine.memory, layout: this.#layout, offset: this.#block.offset };
    const { headDim } = this.#shape;
    return { ...readHeld(place, headDim), ...readPinned(place, headDim, this.#pins) };
  }

  write(taken: number, contents: WindowContents): boolean {
    const place = { memory: this.#engine.memory, layout: this.#layout, offset: this.#block.offset };
    const { headDim } = this.#shape;
    if (contents.masked.some((flag) => flag > 1)) return false;
    if (!writePinned(place, headDim, { pins: this.#pins, taken, contents })) return false;
    writeHeld(place, headDim, { taken, contents });
    return true;
  }

  close(): void {
    this.#engine.memory.release(this.#block);
  }

  #noPins(): PinnedIndex | undefined {
    const { sinks, globals, lookAhead, dilation } = this.#shape;
    if (sinks + globals === 0) return undefined;
    const rightReach = lookAhead * Math.max(...dilation);
    return new PinnedIndex({ sinks, globals, rightReach, ahead: this.#engine.passRows });
  }

  /** Whether the bytes of another cache mean the same here. */
  #isLike(other: WasmWindowCache): boolean {
    return (
      other.precision === this.precision &&
      other.#engine.passRows === this.#engine.passRows &&
      JSON.stringify(other.#shape) === JSON.stringify(this.#shape)
    );
  }

  /** Writes the pinned keys that each query sees where the kernel looks for them. */
  #listPins(pins: PinnedIndex, position: number, count: number): void {
    const { memory, windows } = this.#engine;
    const { i32 } = memory;
    const { visible } = this.#layout;
    let at = windows.lists;
    for (let i = 0; i < count; i++) {
      const seen = pins.see(position + i);
      i32[at] = seen;
      for (let pin = 0; pin < seen; pin++) i32[at + 1 + pin] = pins.visible[pin] as number;
      at += 1 + visible;
    }
  }
}
