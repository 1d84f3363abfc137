import fc from 'fast-check';
import { Random } from '../../../../core/index.ts';
import {
  CACHE_PRECISIONS,
  type CachePrecision,
  type Engine,
  type Rows,
  type WindowCache,
  type WindowCacheShape,
} from '../../../../models/kernels/engine/index.ts';
import { KeyRing, PinnedKeys, WindowAttention } from '../../../../models/kernels/reference/index.ts';
import { arbitraryScale, fill, numbers, type Scale, take } from './bits.ts';

/** A stream of tokens through one window cache. */
export interface WindowStream extends WindowCacheShape {
  readonly kinds: readonly number[];
  readonly seed: number;
  readonly scale: Scale;
  /** Default `float32`. */
  readonly cachePrecision?: CachePrecision;
}

const dilation = fc.integer({ min: 1, max: 4 });

export const arbitraryStream: fc.Arbitrary<WindowStream> = fc
  .record({
    heads: fc.integer({ min: 1, max: 3 }),
    headDim: fc.integer({ min: 1, max: 40 }),
    window: fc.oneof(fc.integer({ min: 1, max: 80 }), fc.constantFrom(1, 2, 3, 31, 32, 33, 64)),
    lookAhead: fc.constantFrom(0, 0, 0, 1, 5, 33),
    dilations: fc.tuple(dilation, dilation, dilation),
    isDilated: fc.boolean(),
    sinks: fc.constantFrom(0, 0, 1, 5, 18),
    globals: fc.constantFrom(0, 0, 1, 3),
    length: fc.integer({ min: 1, max: 400 }),
    kindSeed: fc.nat(),
    masks: fc.constantFrom(0, 0, 0.02, 0.3),
    seed: fc.nat(),
    scale: arbitraryScale,
    cachePrecision: fc.constantFrom(...CACHE_PRECISIONS),
  })
  .map(({ dilations, isDilated, length, kindSeed, masks, ...stream }) => {
    const random = new Random(kindSeed);
    const kindOf = (unit: number): number => (unit < masks ? 0 : unit > 0.95 ? 2 : 1);
    return {
      ...stream,
      dilation: dilations.slice(0, stream.heads).map((step) => (isDilated ? step : 1)),
      kinds: Array.from({ length }, () => kindOf(random.nextUnit())),
    };
  });

/** Queries, keys and values of every token, `[n, heads · headDim]` each. */
export function vectors({ seed, kinds, heads, headDim, scale }: WindowStream): {
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
} {
  const random = new Random(seed);
  const length = kinds.length * heads * headDim;
  // Everyday queries and keys: else every weight is 0 or 1, and the order of sums would not show.
  const [q, k] = [numbers(random, length, 'plain'), numbers(random, length, 'plain')];
  const v = numbers(random, length, scale);
  if (scale === 'wild') random.nextUint32() % 4 === 0 && k.set(numbers(random, length, 'wild'));
  return { q, k, v };
}

/** Delay of a stream in tokens. */
export function rightReach({ lookAhead, dilation }: WindowCacheShape): number {
  return lookAhead * Math.max(...dilation);
}

/** Contexts `[n, heads · headDim]` by the reference, token by token; zeros for masked tokens. */
export function expectedContexts(stream: WindowStream): Float32Array {
  const { heads, headDim, kinds, window, lookAhead, sinks, globals } = stream;
  const width = heads * headDim;
  const { q, k, v } = vectors(stream);
  const delay = rightReach(stream);
  const ring = new KeyRing(stream, undefined, stream.cachePrecision);
  const pinned = sinks + globals > 0 ? new PinnedKeys({ ...stream, rightReach: delay }) : undefined;
  const attention = new WindowAttention(window + lookAhead + sinks + globals);
  const contexts = new Float32Array(kinds.length * width);
  const row = (values: Float32Array, at: number): Float32Array => values.subarray(at * width, (at + 1) * width);
  const ask = (at: number): void => {
    if (kinds[at] !== 0) attention.apply(ring, pinned, at, row(q, at), row(contexts, at));
  };
  kinds.forEach((kind, at) => {
    ring.store(row(k, at), row(v, at), kind === 0 ? 1 : 0);
    pinned?.offer(at, kind, row(k, at), row(v, at));
    if (at >= delay) ask(at - delay);
  });
  for (let at = Math.max(0, kinds.length - delay); at < kinds.length; at++) ask(at);
  return contexts;
}

/** Feeds a stream to a cache in passes, and gathers the contexts that it gives. */
export class WindowFeed {
  readonly contexts: Float32Array;
  readonly #stream: WindowStream;
  readonly #vectors: ReturnType<typeof vectors>;
  readonly #engine: Engine;
  readonly #rows: { readonly q: Rows; readonly k: Rows; readonly v: Rows; readonly out: Rows };
  #next = 0;
  /** Added to the places in the stream, they are the positions of the cache. */
  #shift = 0;

  constructor(engine: Engine, stream: WindowStream) {
    const width = stream.heads * stream.headDim;
    const rows = (): Rows => engine.rows(width + 2).columns(1, width);
    this.#stream = stream;
    this.#vectors = vectors(stream);
    this.#engine = engine;
    this.#rows = { q: rows(), k: rows(), v: rows(), out: rows() };
    this.contexts = new Float32Array(stream.kinds.length * width);
  }

  /** A feed that goes on from here with a cache of another engine, whose positions are `shift` later. */
  moveTo(engine: Engine, shift = 0): WindowFeed {
    const feed = new WindowFeed(engine, this.#stream);
    feed.contexts.set(this.contexts);
    feed.#next = this.#next;
    feed.#shift = shift;
    return feed;
  }

  /** Takes tokens up to `end`, at most `sizes[i]` in pass i, rows not at the start of the pass where there is room. */
  feed(cache: WindowCache, end: number, sizes: readonly number[]): void {
    const { kinds } = this.#stream;
    for (let pass = 0; cache.newest + 1 - this.#shift < end; pass++) {
      const at = cache.newest + 1 - this.#shift;
      const count = Math.min(sizes[pass % sizes.length] as number, end - at);
      const from = this.#engine.passRows - count;
      this.#put(this.#rows.k, this.#vectors.k, { from, at, count });
      this.#put(this.#rows.v, this.#vectors.v, { from, at, count });
      const passKinds = new Uint8Array(from + count);
      passKinds.set(kinds.slice(at, at + count), from);
      cache.store(this.#rows.k, this.#rows.v, { from, count, kinds: passKinds });
      this.#ask(cache, Math.max(0, at + count - rightReach(this.#stream)));
    }
    if (end === kinds.length) this.#ask(cache, end);
  }

  /** Attends the tokens up to `end`. */
  #ask(cache: WindowCache, end: number): void {
    const { out, q } = this.#rows;
    while (this.#next < end) {
      const at = this.#next;
      const count = Math.min(this.#engine.passRows, end - at);
      const from = this.#engine.passRows - count;
      this.#put(q, this.#vectors.q, { from, at, count });
      cache.attend(q, out, { from, count, position: at + this.#shift });
      const all = take(out, from + count);
      for (let i = 0; i < count; i++) {
        if (this.#stream.kinds[at + i] === 0) continue;
        this.contexts.set(all.subarray((from + i) * out.width, (from + i + 1) * out.width), (at + i) * out.width);
      }
      this.#next += count;
    }
  }

  #put(rows: Rows, values: Float32Array, place: { from: number; at: number; count: number }): void {
    const { from, at, count } = place;
    const all = new Float32Array((from + count) * rows.width);
    all.set(values.subarray(at * rows.width, (at + count) * rows.width), from * rows.width);
    fill(rows, all);
  }
}
