import type { PinnedIndex, WindowContents } from '../engine/index.ts';
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

/** Keys, values and masks of the positions that later tokens still see, in the order that all engines share. */
export function readHeld(place: Place, headDim: number): Pick<WindowContents, 'rows' | 'masked'> {
  const { memory, layout, offset } = place;
  const [oldest, newest] = heldBy(place);
  const rows = new Float32Array(2 * layout.heads.length * (newest + 1 - oldest) * headDim);
  let at = 0;
  walkHeld(place, headDim, (from, step) => {
    for (let c = 0; c < headDim; c++) rows[at++] = memory.f32[from + c * step] as number;
  });
  const [set] = layout.maskSets as [HeadPlaces];
  const masked = new Uint8Array(newest + 1 - oldest).map((_, i) =>
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
  let at = 0;
  walkHeld(place, headDim, (to, step) => {
    for (let c = 0; c < headDim; c++) memory.f32[to + c * step] = contents.rows[at++] as number;
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

/** Visits the keys, then the values, of all heads and positions: where channel 0 stands, and how far the next one is. */
function walkHeld(place: Place, headDim: number, visit: (at: number, step: number) => void): void {
  const { layout, offset } = place;
  const [oldest, newest] = heldBy(place);
  for (const head of layout.heads) {
    for (let position = oldest; position <= newest; position++) {
      const slot = slotOf(head, position);
      const block = Math.floor(slot / KEY_BLOCK) * KEY_BLOCK;
      visit(offset + head.keys + block * headDim + (slot - block), KEY_BLOCK);
    }
  }
  for (const head of layout.heads) {
    for (let position = oldest; position <= newest; position++) {
      visit(offset + head.values + slotOf(head, position) * layout.valueStride, 1);
    }
  }
}

/** The same for pinned slots. */
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
