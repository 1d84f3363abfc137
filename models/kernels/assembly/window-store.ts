import { keyBlockBytes } from './cache-blocks';
import { copyNumbers } from './columns';
import { storeIntegers } from './quantise';
import {
  HEAD_CAPACITY,
  HEAD_DILATION,
  HEAD_DIM,
  HEAD_ENTRY,
  HEAD_KEYS,
  HEAD_SCALES,
  HEAD_TABLE,
  HEAD_VALUES,
  HEADS,
  MASK_CAPACITY,
  MASK_DILATION,
  MASK_ENTRY,
  MASK_SETS,
  MASK_SLOTS,
  MASK_TABLE,
  MASKED_SLOTS,
  NEWEST,
  PINNED_BLOCKS,
  PINNED_KEYS,
  PINNED_SLOTS,
  PINNED_VALUES,
  VALUE_STRIDE,
} from './window-layout';

/** Stores `count` keys and values at the positions after the newest one. `flags` has an int32 per row, 1 where masked. */
export function storeTokens<T>(
  cache: u32,
  keys: u32,
  keyStride: u32,
  values: u32,
  valueStride: u32,
  count: i32,
  flags: u32,
): void {
  const at: usize = <usize>cache << 2;
  const position = <i64>f64.load(at, NEWEST) + 1;
  const heads = i32.load(at, HEADS);
  const headBytes: usize = <usize>i32.load(at, HEAD_DIM) << 2;
  let entry = at + HEAD_TABLE;
  let key: usize = <usize>keys << 2;
  let value: usize = <usize>values << 2;
  for (let head = 0; head < heads; head++, entry += HEAD_ENTRY, key += headBytes, value += headBytes) {
    storeHead<T>(at, entry, position, key, <usize>keyStride << 2, value, <usize>valueStride << 2, count);
  }
  const sets = i32.load(at, MASK_SETS);
  entry = at + i32.load(at, MASK_TABLE);
  for (let set = 0; set < sets; set++, entry += MASK_ENTRY) {
    storeMasks(at, entry, position, <usize>flags << 2, count);
  }
  f64.store(at, <f64>(position + count - 1), NEWEST);
}

function storeHead<T>(
  cache: usize,
  entry: usize,
  position: i64,
  key: usize,
  keyStep: usize,
  value: usize,
  valueStep: usize,
  count: i32,
): void {
  const headDim = i32.load(cache, HEAD_DIM);
  const valueBytes: usize = <usize>i32.load(cache, VALUE_STRIDE) << alignof<T>();
  const dilation = i32.load(entry, HEAD_DILATION);
  const capacity = i32.load(entry, HEAD_CAPACITY);
  const keys = cache + i32.load(entry, HEAD_KEYS);
  const values = cache + i32.load(entry, HEAD_VALUES);
  let residue = <i32>(position % dilation);
  let slot = <i32>((position / dilation) % capacity);
  for (let i = 0; i < count; i++, key += keyStep, value += valueStep) {
    const row = residue * capacity + slot;
    const block = keys + <usize>(row >> 5) * keyBlockBytes<T>(headDim);
    let to = block + (<usize>(row & 31) << alignof<T>());
    if (isFloat<T>()) {
      const end = key + (<usize>headDim << 2);
      for (let from = key; from < end; from += 4, to += 128) f32.store(to, f32.load(from));
      copyNumbers(values + <usize>row * valueBytes, value, headDim);
    } else {
      const keyScale = block + keyBlockBytes<T>(headDim) - 128 + (<usize>(row & 31) << 2);
      f32.store(keyScale, storeIntegers<T>(key, headDim, to, 32 * sizeof<T>()));
      const valueScale = cache + i32.load(entry, HEAD_SCALES) + (<usize>row << 2);
      f32.store(valueScale, storeIntegers<T>(value, headDim, values + <usize>row * valueBytes, sizeof<T>()));
    }
    residue += 1;
    if (residue == dilation) {
      residue = 0;
      slot += 1;
      if (slot == capacity) slot = 0;
    }
  }
}

function storeMasks(cache: usize, entry: usize, position: i64, flags: usize, count: i32): void {
  const dilation = i32.load(entry, MASK_DILATION);
  const capacity = i32.load(entry, MASK_CAPACITY);
  const slots = cache + i32.load(entry, MASK_SLOTS);
  let masked = i32.load(cache, MASKED_SLOTS);
  let residue = <i32>(position % dilation);
  let slot = <i32>((position / dilation) % capacity);
  for (let i = 0; i < count; i++) {
    const at = slots + (<usize>(residue * capacity + slot) << 2);
    const flag = i32.load(flags + (<usize>i << 2));
    // A mask is a lane of ones: counting it adds −1.
    masked += flag + i32.load(at);
    i32.store(at, -flag);
    residue += 1;
    if (residue == dilation) {
      residue = 0;
      slot += 1;
      if (slot == capacity) slot = 0;
    }
  }
  i32.store(cache, masked, MASKED_SLOTS);
}

/** Stores one key and value `[heads * headDim]` in a pinned slot. */
export function storePinned(cache: u32, slot: i32, position: f64, masked: i32, key: u32, value: u32): void {
  const at: usize = <usize>cache << 2;
  const headDim = i32.load(at, HEAD_DIM);
  const heads = i32.load(at, HEADS);
  const valueBytes: usize = <usize>i32.load(at, VALUE_STRIDE) << 2;
  const slots: usize = <usize>i32.load(at, PINNED_BLOCKS) << 4;
  const keyBytes: usize = slots * (<usize>headDim << 2);
  let from: usize = <usize>key << 2;
  let fromValue: usize = <usize>value << 2;
  let to =
    at + i32.load(at, PINNED_KEYS) + <usize>(slot >> 4) * (<usize>headDim << 6) + (<usize>(slot & 15) << 2);
  let toValue = at + i32.load(at, PINNED_VALUES) + <usize>slot * valueBytes;
  for (let head = 0; head < heads; head++) {
    for (let c = 0; c < headDim; c++) f32.store(to + (<usize>c << 6), f32.load(from + (<usize>c << 2)));
    copyNumbers(toValue, fromValue, headDim);
    from += <usize>headDim << 2;
    fromValue += <usize>headDim << 2;
    to += keyBytes;
    toValue += slots * valueBytes;
  }
  const info = at + i32.load(at, PINNED_SLOTS) + (<usize>slot << 4);
  f64.store(info, position);
  i32.store(info, masked, 8);
}
