import fc from 'fast-check';
import { Random } from '../../../core/index.ts';
import { KeyRing, PinnedKeys, WindowAttention, type WindowShape } from '../../../models/kernels/reference/index.ts';

/** Heads of every {@link WindowLayer}. */
export const HEADS = 2;

/** A window over one layer of a stream, with pinned keys and masked tokens. */
export interface WindowLayer extends WindowShape {
  readonly sinks: number;
  readonly globals: number;
  readonly kinds: readonly number[];
  readonly seed: number;
  /** Positions that a longer ring holds beyond what it needs. */
  readonly extra: number;
}

export const arbitraryLayer: fc.Arbitrary<WindowLayer> = fc.record({
  heads: fc.constant(HEADS),
  headDim: fc.constantFrom(1, 3, 8, 17),
  window: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(1, 31, 32, 33)),
  lookAhead: fc.constantFrom(0, 0, 1, 5, 33),
  dilation: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  sinks: fc.constantFrom(0, 0, 1, 5),
  globals: fc.constantFrom(0, 0, 1, 3),
  kinds: fc.array(fc.constantFrom(0, 1, 1, 1, 2), { minLength: 1, maxLength: 160 }),
  seed: fc.nat(),
  extra: fc.integer({ min: 1, max: 300 }),
});

/** Keys, values and queries of every token, `[n][heads · headDim]` each. */
export function vectors({ seed, kinds, headDim }: WindowLayer): {
  q: Float32Array[];
  k: Float32Array[];
  v: Float32Array[];
} {
  const random = new Random(seed);
  const rows = (): Float32Array[] =>
    kinds.map(() => new Float32Array(HEADS * headDim).map(() => random.nextSymmetric(2)));
  return { q: rows(), k: rows(), v: rows() };
}

/** Contexts and probabilities of all unmasked tokens, each asked `rightReach` tokens late as a stream asks. */
export function attend(
  layer: WindowLayer,
  length?: number,
): { readonly contexts: Float32Array[]; readonly weights: Float32Array[] } {
  const { kinds, sinks, globals } = layer;
  const { q, k, v } = vectors(layer);
  const ring = new KeyRing(layer, length);
  const pins = { heads: HEADS, headDim: layer.headDim, sinks, globals, rightReach: ring.rightReach };
  const pinned = sinks + globals > 0 ? new PinnedKeys(pins) : undefined;
  const attention = new WindowAttention(layer.window + layer.lookAhead + sinks + globals);
  const contexts: Float32Array[] = [];
  const weights: Float32Array[] = [];
  const ask = (position: number): void => {
    if (kinds[position] === 0) return;
    const out = new Float32Array(HEADS * layer.headDim);
    const row = new Float32Array(HEADS * (sinks + globals + layer.window + layer.lookAhead));
    attention.apply(ring, pinned, position, q[position] as Float32Array, out, row);
    contexts.push(out);
    weights.push(row);
  };
  kinds.forEach((kind, position) => {
    const [key, value] = [k[position] as Float32Array, v[position] as Float32Array];
    ring.store(key, value, kind === 0 ? 1 : 0);
    pinned?.offer(position, kind, key, value);
    if (position >= ring.rightReach) ask(position - ring.rightReach);
  });
  for (let late = Math.max(0, kinds.length - ring.rightReach); late < kinds.length; late++) ask(late);
  return { contexts, weights };
}

/** Positions of the pinned keys that token `t` sees, oldest first. */
export function pinnedAt({ kinds, sinks, globals }: WindowLayer, t: number): number[] {
  const marked = kinds.flatMap((kind, j) => (kind === 2 && j <= t ? [j] : []));
  const latest = globals === 0 ? [] : marked.slice(-globals);
  return kinds.flatMap((_, j) => ((j < sinks && j <= t) || latest.includes(j) ? [j] : []));
}
