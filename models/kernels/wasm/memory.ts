import { ConfigError, OverflowError } from '../../../core/index.ts';
import type { CacheNumbers, CachePrecision } from '../engine/index.ts';
import { requireWebAssembly, type WebAssemblyMemory } from './web-assembly.ts';

const PAGE_BYTES = 65536;
const MEBIBYTE = 2 ** 20;
/** Places are multiples of this: a line of the processor's cache. */
const ALIGNMENT = 64;
/** The first bytes belong to the kernels. */
const KERNEL_BYTES = 1024;
/** The last page stays free, so that no address that a kernel computes passes 2³². */
export const MAX_MEMORY_BYTES = 2 ** 32 - PAGE_BYTES;
/** What the limit of a memory may be. */
export const MEMORY_LIMIT_RANGE = { min: MEBIBYTE, max: MAX_MEMORY_BYTES };

/** Bytes of a {@link WasmMemory} that are someone's until they are given back. */
export interface Block {
  /** Place of the first number, counted in float32 numbers. */
  readonly offset: number;
  readonly byteLength: number;
}

/**
 * The memory of one engine. It is divided up from here alone: blocks start at multiples of 64 bytes, a block that was given back
 * serves the next claim of the same size (the streams of an encoder are all of one size), and else the memory grows in
 * steps of an eighth, at least 1 MiB.
 *
 * Growth replaces the arrays below, so nobody keeps one.
 */
export class WasmMemory {
  /** All of the memory as numbers of each type. */
  f32 = new Float32Array(0);
  f64 = new Float64Array(0);
  i32 = new Int32Array(0);
  i16 = new Int16Array(0);
  i8 = new Int8Array(0);
  u8 = new Uint8Array(0);
  readonly raw: WebAssemblyMemory;
  readonly #limitBytes: number;
  /** Offsets of blocks given back, by their size. */
  readonly #free = new Map<number, number[]>();
  readonly #held = new Set<Block>();
  readonly #dropped = new FinalizationRegistry<Block>((block) => this.release(block));
  /** First byte that was never given out. */
  #end = KERNEL_BYTES;
  #usedBytes = KERNEL_BYTES;

  /** @throws ConfigError when the limit is not an integer in 1 MiB .. 4 GiB − 64 KiB */
  constructor(limitBytes: number) {
    if (!Number.isInteger(limitBytes) || limitBytes < MEBIBYTE || limitBytes > MAX_MEMORY_BYTES) {
      throw new ConfigError(
        'CONFIG_INVALID',
        `Expected \`memoryLimitBytes\` to be an integer in ${MEBIBYTE}..${MAX_MEMORY_BYTES}, got ${limitBytes}`,
      );
    }
    this.#limitBytes = limitBytes;
    this.raw = reserve(Math.floor(limitBytes / PAGE_BYTES));
    this.#look();
  }

  /** Bytes taken from the machine. */
  get reservedBytes(): number {
    return this.u8.length;
  }

  /** Bytes in blocks that are held. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** All of the memory as numbers of a cache. */
  cacheNumbers(precision: CachePrecision): CacheNumbers {
    if (precision === 'float32') return this.f32;
    return precision === 'int16' ? this.i16 : this.i8;
  }

  /**
   * A block of `bytes` bytes, whatever they hold. It comes back by {@link release}, or when `owner`, if given, is no longer
   * reachable.
   *
   * @throws OverflowError when the memory may not or cannot grow that far; then nothing has changed
   */
  claim(bytes: number, owner?: object): Block {
    const byteLength = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const offset = this.#free.get(byteLength)?.pop() ?? this.#extend(byteLength);
    const block = { offset, byteLength };
    this.#held.add(block);
    this.#usedBytes += byteLength;
    if (owner !== undefined) this.#dropped.register(owner, block, block);
    return block;
  }

  /** Gives a block back; a second time does nothing. */
  release(block: Block): void {
    if (!this.#held.delete(block)) return;
    this.#dropped.unregister(block);
    this.#usedBytes -= block.byteLength;
    const same = this.#free.get(block.byteLength);
    if (same === undefined) this.#free.set(block.byteLength, [block.offset]);
    else same.push(block.offset);
  }

  #extend(byteLength: number): number {
    const start = this.#end;
    const need = start + byteLength;
    if (need > this.reservedBytes) this.#grow(need);
    this.#end = need;
    return start / 4;
  }

  #grow(need: number): void {
    const reserved = this.reservedBytes;
    const pages = (bytes: number): number => Math.ceil((bytes - reserved) / PAGE_BYTES);
    const most = Math.floor((this.#limitBytes - reserved) / PAGE_BYTES);
    const step = Math.max(need, reserved + Math.max(MEBIBYTE, reserved / 8));
    if (pages(need) > most || !(this.#tryGrow(Math.min(pages(step), most)) || this.#tryGrow(pages(need)))) {
      throw new OverflowError(
        'MEMORY_EXHAUSTED',
        `Expected the caches and weights of an encoder to fit in ${this.#limitBytes} bytes of memory, got ${need} bytes`,
      );
    }
  }

  #tryGrow(pages: number): boolean {
    try {
      this.raw.grow(pages);
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
    this.#look();
    return true;
  }

  #look(): void {
    const { buffer } = this.raw;
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.i16 = new Int16Array(buffer);
    this.i8 = new Int8Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }
}

/** The machine may refuse: each memory takes address space for all that it may grow to. */
function reserve(maximum: number): WebAssemblyMemory {
  const host = requireWebAssembly();
  try {
    return new host.Memory({ initial: 1, maximum });
  } catch (cause) {
    const message = `Expected room for a memory of up to ${maximum * PAGE_BYTES} bytes, got none`;
    throw new OverflowError('MEMORY_EXHAUSTED', message, { cause });
  }
}
