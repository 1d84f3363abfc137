import type { Slot } from './checkpoint-keys.ts';

/** What lies in the two slots of a stream. */
export interface StreamSlots {
  /** Where the stream began whose snapshots they are: another of the same name begins elsewhere. `undefined` where none counts. */
  readonly openedAt: bigint | undefined;
  /** The slot that the next snapshot goes to: not the one with the newest whole snapshot. */
  readonly next: Slot;
  /** Chunks in each slot, as far as is known. */
  readonly chunks: readonly [number, number];
}

/** The slots of a stream that has no snapshot. */
export const EMPTY_SLOTS: StreamSlots = { openedAt: undefined, next: 0, chunks: [0, 0] };

/** The slots with a number of chunks in one of them. */
export function withChunks(slots: StreamSlots, slot: Slot, count: number): StreamSlots {
  return { ...slots, chunks: slot === 0 ? [count, slots.chunks[1]] : [slots.chunks[0], count] };
}

/** The other slot. */
export function otherSlot(slot: Slot): Slot {
  return slot === 0 ? 1 : 0;
}
