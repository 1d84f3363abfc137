import { keyBlockBytes } from './cache-blocks';
import { SCRATCH } from './scratch';
import { addPinnedLanes, hidePinned, largestPinned, scorePinned, weighPinned } from './window-pinned';
import { scoreRun } from './window-scores';
import { exponentials, hideLanes, hideMasked, largest, scaleLanes, sumOfLanes } from './window-softmax';
import { scaleNumbers, weighRun } from './window-values';
import {
  HEAD_CAPACITY,
  HEAD_DILATION,
  HEAD_DIM,
  HEAD_ENTRY,
  HEAD_KEYS,
  HEAD_MASKS,
  HEAD_SCALES,
  HEAD_TABLE,
  HEAD_VALUES,
  HEADS,
  LOOK_AHEAD,
  MASKED_SLOTS,
  NEWEST,
  PINNED_BLOCKS,
  PINNED_VISIBLE,
  VALUE_STRIDE,
  WINDOW,
} from './window-layout';

/** Most queries whose scores are held at once: they share one walk over keys and values. */
const QUERIES: i32 = 16;

/**
 * Attention of `count` tokens from `position` on. Queries of one head that have the same position mod dilation see windows that move
 * on by one key each; they run together, so keys and values are read once for all of them. `lists` are the pinned keys
 * that each token sees, `[count][1 + visible]`; `scratch` is as long as `wasm/window-layout.ts` counts.
 */
export function attendQueries<T>(
  cache: u32,
  query: u32,
  queryStride: u32,
  out: u32,
  outStride: u32,
  count: i32,
  position: f64,
  lists: u32,
  scratch: u32,
  scoreStride: u32,
): void {
  const at: usize = <usize>cache << 2;
  const heads = i32.load(at, HEADS);
  const headBytes: usize = <usize>i32.load(at, HEAD_DIM) << 2;
  const qStep: usize = <usize>queryStride << 2;
  const oStep: usize = <usize>outStride << 2;
  const listStep: usize = <usize>(i32.load(at, PINNED_VISIBLE) + 1) << 2;
  let q: usize = <usize>query << 2;
  let o: usize = <usize>out << 2;
  let entry = at + HEAD_TABLE;
  for (let head = 0; head < heads; head++, q += headBytes, o += headBytes, entry += HEAD_ENTRY) {
    const dilation = i32.load(entry, HEAD_DILATION);
    for (let first = 0; first < min(dilation, count); first++) {
      let left = (count - first + dilation - 1) / dilation;
      for (let row = first; left > 0; row += QUERIES * dilation, left -= QUERIES) {
        attendRun<T>(
          at,
          head,
          entry,
          <i64>position + row,
          min(left, QUERIES),
          q + <usize>row * qStep,
          qStep * dilation,
          o + <usize>row * oStep,
          oStep * dilation,
          (<usize>lists << 2) + <usize>row * listStep,
          listStep * dilation,
          <usize>scratch << 2,
          <usize>scoreStride << 2,
        );
      }
    }
  }
}

/** One head of `count` queries whose key numbers (position / dilation, rounded down) follow one another. */
function attendRun<T>(
  cache: usize,
  head: i32,
  entry: usize,
  position: i64,
  count: i32,
  query: usize,
  qStep: usize,
  out: usize,
  oStep: usize,
  list: usize,
  listStep: usize,
  scratch: usize,
  scoreStep: usize,
): void {
  const headDim = i32.load(cache, HEAD_DIM);
  const window = i32.load(cache, WINDOW);
  const lookAhead = i32.load(cache, LOOK_AHEAD);
  const vectors = i32.load(cache, VALUE_STRIDE) >> 2;
  const dilation = i32.load(entry, HEAD_DILATION);
  const ring = i32.load(entry, HEAD_CAPACITY) >> 5;
  let number = position;
  let latest = <i64>f64.load(cache, NEWEST);
  let residue = 0;
  if (dilation > 1) {
    number = position / dilation;
    residue = <i32>(position - number * dilation);
    latest = (latest - residue) / dilation;
  }
  // Key numbers from here on count from the start of the first block.
  const base = max<i64>(0, number - window + 1) & ~31;
  const own = <i32>(number - base);
  const newest = <i32>(latest - base);
  const blocks = (min(own + count - 1 + lookAhead, newest) >> 5) + 1;
  const firstBlock = <i32>((base >> 5) % ring);
  const before = min(blocks, ring - firstBlock);

  const sumStep: usize = <usize>vectors << 4;
  const scales = scratch + sumStep * QUERIES;
  const slotScores = scales + (QUERIES << 2);
  const pins = slotScores + (<usize>i32.load(cache, PINNED_BLOCKS) << 6);
  const scores = pins + (<usize>((i32.load(cache, PINNED_VISIBLE) + 15) & ~15) << 2);

  const keyBlock = keyBlockBytes<T>(headDim);
  const keys = cache + i32.load(entry, HEAD_KEYS) + <usize>(residue * ring) * keyBlock;
  const start = keys + <usize>firstBlock * keyBlock;
  scoreRun<T>(start, before, headDim, query, qStep, count, scores, scoreStep);
  if (blocks > before) {
    scoreRun<T>(keys, blocks - before, headDim, query, qStep, count, scores + (<usize>before << 7), scoreStep);
  }

  const masked = i32.load(cache, MASKED_SLOTS) > 0;
  const masks = cache + i32.load(entry, HEAD_MASKS) + (<usize>(residue * ring) << 7);
  clear(scratch, sumStep * count);
  for (let i = 0; i < count; i++) {
    const row: usize = <usize>i * scoreStep;
    const first = max(0, own + i - window + 1);
    const last = min(own + i + lookAhead, newest);
    hideLanes(scores + row, 0, first);
    hideLanes(scores + row, last + 1, blocks << 5);
    if (masked) {
      hideMasked(scores + row, masks + (<usize>firstBlock << 7), before);
      hideMasked(scores + row + (<usize>before << 7), masks, blocks - before);
    }
    let most: f32 = -Infinity;
    const seen = list + <usize>i * listStep;
    const pinned = i32.load(cache, PINNED_BLOCKS) > 0;
    clear(SCRATCH, 128);
    if (pinned) {
      scorePinned(cache, head, query + <usize>i * qStep, seen, pins + row, slotScores);
      hidePinned(cache, seen, dilation, residue, base, first, last, scores + row);
      most = largestPinned(pins + row, i32.load(seen));
    }
    most = largest(scores + row, blocks << 5, most);
    if (pinned) {
      exponentials(pins + row, i32.load(seen), most);
      addPinnedLanes(cache, seen, pins + row, SCRATCH);
      weighPinned(cache, head, seen, pins + row, scratch + <usize>i * sumStep);
    }
    exponentials(scores + row, blocks << 5, most);
    f32.store(scales + (<usize>i << 2), <f32>1 / sumOfLanes(SCRATCH, scores + row, blocks));
    if (isInteger<T>()) {
      const scales = cache + i32.load(entry, HEAD_SCALES) + (<usize>(residue * ring) << 7);
      scaleLanes(scores + row, scales + (<usize>firstBlock << 7), before);
      scaleLanes(scores + row + (<usize>before << 7), scales, blocks - before);
    }
  }

  const valueBlock: usize = <usize>vectors << (7 + alignof<T>());
  const values = cache + i32.load(entry, HEAD_VALUES) + <usize>(residue * ring) * valueBlock;
  const from = values + <usize>firstBlock * valueBlock;
  weighRun<T>(from, 0, before, vectors, own - window + 1, own + lookAhead, newest, count, scratch, scores, scoreStep);
  if (blocks > before) {
    weighRun<T>(
      values,
      before,
      blocks,
      vectors,
      own - window + 1,
      own + lookAhead,
      newest,
      count,
      scratch,
      scores,
      scoreStep,
    );
  }
  for (let i = 0; i < count; i++) {
    scaleNumbers(scratch + <usize>i * sumStep, f32.load(scales + (<usize>i << 2)), headDim, out + <usize>i * oStep);
  }
}

/** Writes zeros over `bytes` bytes, a multiple of 16. */
function clear(at: usize, bytes: usize): void {
  for (const end = at + bytes; at < end; at += 16) v128.store(at, f32x4.splat(0));
}
