import { type CachePrecision, cacheNumberBytes, type WindowCacheShape } from '../engine/index.ts';
import type { WasmMemory } from './memory.ts';

/** Keys of a block: the lanes of the kernel's eight vectors. */
export const KEY_BLOCK = 32;
const PINNED_BLOCK = 16;
/** Queries whose scores the kernel holds at once. */
const QUERIES = 16;
const LINE = 16;
const HEADER = 16;
const HEAD_ENTRY = 8;
const MASK_ENTRY = 4;

/** Places of one head, in numbers from the start of the cache. */
export interface HeadPlaces {
  readonly dilation: number;
  /** Slots of each residue, a multiple of 32. */
  readonly capacity: number;
  readonly keys: number;
  readonly values: number;
  /** Scales of the values, one a slot; where they are integers. */
  readonly scales: number;
  readonly masks: number;
}

/** What a {@link WindowLayout} depends on besides the shape. */
export interface WindowLayoutOptions {
  readonly passRows: number;
  readonly cachePrecision: CachePrecision;
  /** Slots of the pinned keys, 0 without. */
  readonly pinnedSlots: number;
}

/**
 * Where things stand in a window cache. A head of dilation d has d rings, one for each residue of a position mod d; key number
 * j = ⌊position / d⌋ lies in slot j mod capacity of its ring, and lane j mod 32 of a block of 32 slots.
 *
 *     header, heads, masks table        what `assembly/window-layout.ts` reads
 *     per dilation: masks               [d][capacity], all bits set where the key is masked
 *     per head:     keys                [d][capacity / 32][headDim][32]: lanes are keys; behind each block of
 *                                       integers their scales [32]
 *                   values              [d][capacity][headDim filled up to 4]: lanes are channels
 *                   scales              [d][capacity], of the values, where they are integers
 *     pinned:       keys                [heads][slots / 16][headDim][16], float32 as the values
 *                   values              [heads][slots][headDim filled up to 4]
 *                   slots               [slots]: position (float64), masked (int32), unused
 *
 * Keys and values of a head stand one behind the other, in the order in which attention reads them. A ring holds what the
 * widest head can still show plus the tokens that a pass stores before the first of them looks. Nothing in a cache says where
 * the cache is: one is copied by copying its bytes.
 */
export class WindowLayout {
  readonly heads: readonly HeadPlaces[];
  /** One entry for each dilation. */
  readonly maskSets: readonly HeadPlaces[];
  readonly valueStride: number;
  readonly pinnedKeys: number;
  readonly pinnedValues: number;
  readonly pinnedSlots: number;
  /** Pinned slots, a multiple of 16, 0 without pinned keys. */
  readonly slots: number;
  /** Most pinned keys that a token sees. */
  readonly visible: number;
  readonly leftReach: number;
  readonly rightReach: number;
  /** Numbers of scratch that attention needs, and those from one query's scores to the next. */
  readonly scratchLength: number;
  readonly scoreStride: number;
  readonly byteLength: number;
  readonly precision: CachePrecision;
  /** Numbers of the precision that one float32 number has room for. */
  readonly perNumber: number;
  /** From one block of keys to the next, and from its start to the scales in it. */
  readonly keyBlock: number;
  readonly keyScales: number;
  readonly #shape: WindowCacheShape;
  readonly #maskTable: number;

  constructor(shape: WindowCacheShape, options: WindowLayoutOptions) {
    const { headDim, window, lookAhead } = shape;
    const isScaled = options.cachePrecision !== 'float32';
    this.precision = options.cachePrecision;
    this.perNumber = 4 / cacheNumberBytes(options.cachePrecision);
    this.keyScales = (KEY_BLOCK * headDim) / this.perNumber;
    this.keyBlock = this.keyScales + (isScaled ? KEY_BLOCK : 0);
    const widest = Math.max(...shape.dilation);
    this.#shape = shape;
    this.leftReach = (window - 1) * widest;
    this.rightReach = lookAhead * widest;
    this.valueStride = roundUp(headDim, 4);
    this.visible = shape.sinks + shape.globals;
    this.slots = roundUp(options.pinnedSlots, PINNED_BLOCK);
    let end = 0;
    const take = (length: number): number => {
      const start = end;
      end += roundUp(length, LINE);
      return start;
    };
    const held = this.leftReach + this.rightReach + options.passRows;
    const capacityOf = (dilation: number): number => roundUp(Math.ceil(held / dilation), KEY_BLOCK);
    const dilations = [...new Set(shape.dilation)];
    take(HEADER + shape.heads * HEAD_ENTRY);
    this.#maskTable = take(dilations.length * MASK_ENTRY);
    const masks = new Map(dilations.map((dilation) => [dilation, take(dilation * capacityOf(dilation))]));
    this.heads = shape.dilation.map((dilation) => {
      const slots = dilation * capacityOf(dilation);
      return {
        dilation,
        capacity: capacityOf(dilation),
        keys: take((slots / KEY_BLOCK) * this.keyBlock),
        values: take((slots * this.valueStride) / this.perNumber),
        scales: take(isScaled ? slots : 0),
        masks: masks.get(dilation) as number,
      };
    });
    this.maskSets = dilations.map((dilation) => this.heads[shape.dilation.indexOf(dilation)] as HeadPlaces);
    this.pinnedKeys = take(shape.heads * this.slots * headDim);
    this.pinnedValues = take(shape.heads * this.slots * this.valueStride);
    this.pinnedSlots = take(this.slots * 4);
    this.byteLength = 4 * end;
    // The keys of 16 queries may begin and end in the middle of a block. A line more keeps rows from falling on the same lines of the processor's cache.
    const keys = roundUp(KEY_BLOCK + window + lookAhead + QUERIES, KEY_BLOCK);
    this.scoreStride = roundUp(this.visible, PINNED_BLOCK) + keys + LINE;
    this.scratchLength = QUERIES * (this.valueStride + 1 + this.scoreStride) + this.slots;
  }

  /** Makes a cache at `offset` an empty one. */
  clear(memory: WasmMemory, offset: number): void {
    const { heads, headDim, window, lookAhead } = this.#shape;
    const at = memory.i32.subarray(offset, offset + this.byteLength / 4);
    at.set([heads, headDim, window, lookAhead, this.valueStride, this.maskSets.length, 0, this.slots / PINNED_BLOCK]);
    memory.f64[newestIndex(offset)] = -1;
    const places = [this.pinnedKeys, this.pinnedValues, this.pinnedSlots].map((place) => 4 * place);
    at.set([...places, this.visible, 4 * this.#maskTable], 10);
    this.heads.forEach(({ dilation, capacity, keys, values, scales, masks }, head) => {
      at.set([dilation, capacity, 4 * keys, 4 * values, 4 * masks, 4 * scales], HEADER + head * HEAD_ENTRY);
    });
    this.maskSets.forEach(({ dilation, capacity, masks }, set) => {
      at.set([dilation, capacity, 4 * masks], this.#maskTable + set * MASK_ENTRY);
      at.fill(0, masks, masks + dilation * capacity);
    });
  }
}

/** Where the count of slots with masked keys stands in `i32`. */
export function maskedSlotsIndex(offset: number): number {
  return offset + 6;
}

/** Where the latest position stands in `f64`. */
export function newestIndex(offset: number): number {
  return (offset >> 1) + 4;
}

/** Slot of a position in the rings of a head, residue by residue. */
export function slotOf({ dilation, capacity }: HeadPlaces, position: number): number {
  return (position % dilation) * capacity + (Math.floor(position / dilation) % capacity);
}

function roundUp(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}
