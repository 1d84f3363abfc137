import { cacheRows, type PinnedIndex, type WindowContents } from '../engine/index.ts';
import type { WasmMemory } from './memory.ts';
import {
  type HeadPlaces,
  KEY_BLOCK,
  maskedSlotsIndex,
  newestIndex,
  slotOf,
  type WindowLayout,
} from './window-layout.ts';

/** A window cache in a memory. */
interface Place {
  readonly memory: WasmMemory;
  readonly layout: WindowLayout;
  /** First number of the cache. */
  readonly offset: number;
}

/** Where a key or value stands. One object serves a walk over all of them. */
interface VectorPlace {
  /** Channel 0, in numbers of the cache's precision. */
  at: number;
  /** From one channel to the next. */
  step: number;
  /** The scale, where there is one; in float32 numbers. */
  scale: number;
}

/** Keys, values and masks of the positions that later tokens still see, in the order that all engines share. */
export function readHeld(place: Place, headDim: number): Pick<WindowContents, 'rows' | 'masked'> {
  const { memory, layout, offset } = place;
  const [oldest, newest] = heldBy(place);
  const tokens = newest + 1 - oldest;
  const rows = cacheRows(layout.precision, { heads: layout.heads.length, tokens, headDim });
  const numbers = memory.cacheNumbers(layout.precision);
  const isScaled = rows.scales.length > 0;
  walkHeld(place, ({ at, step, scale }, row) => {
    for (let c = 0; c < headDim; c++) rows.numbers[row * headDim + c] = numbers[at + c * step] as number;
    if (isScaled) rows.scales[row] = memory.f32[scale] as number;
  });
  const [set] = layout.maskSets as [HeadPlaces];
  const masked = new Uint8Array(tokens).map((_, i) =>
    memory.i32[offset + set.masks + slotOf(set, oldest + i)] === 0 ? 0 : 1,
  );
  return { rows, masked };
}

/** Fills an empty cache with what {@link readHeld} gave after `taken` tokens. */
export function writeHeld(
  place: Place,
  headDim: number,
  { taken, contents }: { readonly taken: number; readonly contents: WindowContents },
): void {
  const { memory, layout, offset } = place;
  memory.f64[newestIndex(offset)] = taken - 1;
  const { numbers: given, scales } = contents.rows;
  const numbers = memory.cacheNumbers(layout.precision);
  walkHeld(place, ({ at, step, scale }, row) => {
    for (let c = 0; c < headDim; c++) numbers[at + c * step] = given[row * headDim + c] as number;
    if (scales.length > 0) memory.f32[scale] = scales[row] as number;
  });
  const [oldest] = heldBy(place);
  for (const set of layout.maskSets) {
    contents.masked.forEach((flag, i) => {
      memory.i32[offset + set.masks + slotOf(set, oldest + i)] = -flag;
      if (flag === 1) memory.i32[maskedSlotsIndex(offset)] = (memory.i32[maskedSlotsIndex(offset)] as number) + 1;
    });
  }
}

/** The pinned keys, oldest first. */
export function readPinned(
  place: Place,
  headDim: number,
  pins: PinnedIndex | undefined,
): Pick<WindowContents, 'pinnedPositions' | 'pinnedMasked' | 'pinnedRows'> {
  const held = pins?.held() ?? new Int32Array(0);
  const rows = new Float32Array(2 * place.layout.heads.length * held.length * headDim);
  let at = 0;
  walkPinned(place, headDim, held, (from, step) => {
    for (let c = 0; c < headDim; c++) rows[at++] = place.memory.f32[from + c * step] as number;
  });
  return {
    pinnedPositions: Float64Array.from(held, (slot) => pins?.positions[slot] as number),
    pinnedMasked: Uint8Array.from(held, (slot) => pins?.masked[slot] as number),
    pinnedRows: rows,
  };
}

/** Fills empty pinned keys with what {@link readPinned} gave after `taken` tokens; false when they cannot have been then. */
export function writePinned(
  place: Place,
  headDim: number,
  state: { readonly pins: PinnedIndex | undefined; readonly taken: number; readonly contents: WindowContents },
): boolean {
  const { pins, taken, contents } = state;
  const { pinnedPositions, pinnedMasked, pinnedRows } = contents;
  if (pinnedRows.length !== 2 * place.layout.heads.length * pinnedPositions.length * headDim) return false;
  if (pins === undefined) return pinnedPositions.length + pinnedMasked.length === 0;
  if (!pins.write(taken, pinnedPositions, pinnedMasked)) return false;
  const { memory, layout, offset } = place;
  const held = pins.held();
  let at = 0;
  walkPinned(place, headDim, held, (to, step) => {
    for (let c = 0; c < headDim; c++) memory.f32[to + c * step] = pinnedRows[at++] as number;
  });
  for (const slot of held) {
    const info = offset + layout.pinnedSlots + 4 * slot;
    memory.f64[info / 2] = pins.positions[slot] as number;
    memory.i32[info + 2] = pins.masked[slot] as number;
  }
  return true;
}

/** Oldest and newest position that are held. */
function heldBy({ memory, layout, offset }: Place): [oldest: number, newest: number] {
  const newest = memory.f64[newestIndex(offset)] as number;
  return [Math.max(0, newest + 1 - layout.leftReach - layout.rightReach), newest];
}

/** Visits the keys, then the values, of all heads and positions: where each stands, and its place in the rows of contents. */
function walkHeld(place: Place, visit: (vector: VectorPlace, row: number) => void): void {
  const { heads, valueStride, perNumber, keyBlock, keyScales } = place.layout;
  const { offset } = place;
  const [oldest, newest] = heldBy(place);
  const vector = { at: 0, step: KEY_BLOCK, scale: 0 };
  let row = 0;
  for (const head of heads) {
    for (let position = oldest; position <= newest; position++) {
      const slot = slotOf(head, position);
      const lane = slot % KEY_BLOCK;
      const block = offset + head.keys + ((slot - lane) / KEY_BLOCK) * keyBlock;
      vector.at = block * perNumber + lane;
      vector.scale = block + keyScales + lane;
      visit(vector, row++);
    }
  }
  vector.step = 1;
  for (const head of heads) {
    for (let position = oldest; position <= newest; position++) {
      const slot = slotOf(head, position);
      vector.at = (offset + head.values) * perNumber + slot * valueStride;
      vector.scale = offset + head.scales + slot;
      visit(vector, row++);
    }
  }
}

/** The same for pinned slots: where channel 0 stands, and how far the next one is. */
function walkPinned(
  { layout, offset }: Place,
  headDim: number,
  held: Int32Array,
  visit: (at: number, step: number) => void,
): void {
  const { heads, slots, valueStride, pinnedKeys, pinnedValues } = layout;
  for (let head = 0; head < heads.length; head++) {
    for (const slot of held) {
      const block = Math.floor(slot / 16) * 16;
      visit(offset + pinnedKeys + head * slots * headDim + block * headDim + (slot - block), 16);
    }
  }
  for (let head = 0; head < heads.length; head++) {
    for (const slot of held) visit(offset + pinnedValues + (head * slots + slot) * valueStride, 1);
  }
}
