// Where things stand in a window cache, in bytes; `wasm/window-layout.ts` writes what is read here.

/** Header, from the start of the cache. */
export const HEADS: usize = 0;
export const HEAD_DIM: usize = 4;
export const WINDOW: usize = 8;
export const LOOK_AHEAD: usize = 12;
/** Numbers from one value to the next: `headDim` filled up to 4. */
export const VALUE_STRIDE: usize = 16;
/** Sets of masks: one per dilation. */
export const MASK_SETS: usize = 20;
/** Slots with a masked key in all sets; with none, attention skips looking. */
export const MASKED_SLOTS: usize = 24;
/** Pinned slots in blocks of 16. */
export const PINNED_BLOCKS: usize = 28;
/** The latest position stored, a float64. */
export const NEWEST: usize = 32;
export const PINNED_KEYS: usize = 40;
export const PINNED_VALUES: usize = 44;
/** `[slots]`: position (float64) and 1 where masked (int32), 16 bytes each. */
export const PINNED_SLOTS: usize = 48;
/** Most pinned keys that a token sees. */
export const PINNED_VISIBLE: usize = 52;
export const MASK_TABLE: usize = 56;

/** `[heads]` entries after the header. */
export const HEAD_TABLE: usize = 64;
export const HEAD_ENTRY: usize = 32;
export const HEAD_DILATION: usize = 0;
/** Slots of one residue, a multiple of 32. */
export const HEAD_CAPACITY: usize = 4;
export const HEAD_KEYS: usize = 8;
export const HEAD_VALUES: usize = 12;
export const HEAD_MASKS: usize = 16;
/** Scales of the values, one a slot, where they are stored as integers. */
export const HEAD_SCALES: usize = 20;

/** Entries of the mask table. */
export const MASK_ENTRY: usize = 16;
export const MASK_DILATION: usize = 0;
export const MASK_CAPACITY: usize = 4;
export const MASK_SLOTS: usize = 8;
