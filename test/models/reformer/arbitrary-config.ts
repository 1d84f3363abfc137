import fc from 'fast-check';
import type { LshConfig, ReformerConfig, ReformerLayer } from '../../../models/index.ts';

type Fields = Partial<ReformerConfig>;

const sometimes = <T>(value: fc.Arbitrary<T>, otherwise: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary: value });

const arbitraryLayers: fc.Arbitrary<ReformerLayer[]> = fc.array(
  fc.constantFrom<ReformerLayer>('lsh', 'lsh', 'local', 'window'),
  { minLength: 1, maxLength: 3 },
);

const arbitraryBuckets = fc.constantFrom<LshConfig['numBuckets']>(2, 4, 8, 16, [2, 4], [4, 2, 2], [6, 2]);

/** Horizons and depths about the length of a chunk, about the length of a stream, and beyond it. */
const arbitraryLsh: fc.Arbitrary<LshConfig> = fc
  .record({
    numBuckets: arbitraryBuckets,
    numHashes: fc.integer({ min: 1, max: 4 }),
    chunkLength: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant(16)),
    chunksBefore: fc.constantFrom(0, 1, 1, 2),
    chunksAfter: sometimes(fc.constantFrom(1, 2), 0),
    horizon: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(48, 200)),
    depth: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(20, 300)),
    fallback: fc.constantFrom(0, 0, 1, 3, 10, 64),
    combine: fc.constantFrom('lse' as const, 'lse' as const, 'union' as const),
  })
  .map((lsh) => ({ ...lsh, fallback: Math.min(lsh.fallback, lsh.horizon) }));

const arbitraryLocal = fc.record({
  chunkLength: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(40)),
  chunksBefore: fc.integer({ min: 0, max: 3 }),
});

function arbitraryWindow(numHeads: number): fc.Arbitrary<NonNullable<ReformerConfig['window']>> {
  const step = fc.constantFrom(1, 1, 2, 3);
  return fc.record({
    window: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(32, 33, 200)),
    lookAhead: sometimes(fc.integer({ min: 1, max: 5 }), 0),
    dilation: fc.oneof(step, fc.array(step, { minLength: numHeads, maxLength: numHeads })),
  });
}

/** The input: a linear map, embeddings as they are, or ids. */
function arbitraryInputFields(hiddenSize: number): fc.Arbitrary<Fields & { inputSize: number }> {
  return fc.oneof(
    fc.integer({ min: 1, max: 5 }).map((inputSize) => ({ inputSize })),
    fc.constant({ inputSize: hiddenSize, input: 'direct' as const }),
    fc.integer({ min: 1, max: 12 }).map((vocabSize) => ({ inputSize: 1, input: 'ids' as const, vocabSize })),
  );
}

/** Positions that a stream never runs out of. */
function arbitraryPositionFields(hiddenSize: number): fc.Arbitrary<Fields> {
  const recycled = { positionPolicy: 'recycle' as const };
  const learned = fc
    .integer({ min: 1, max: 50 })
    .map((maxPositions) => ({ ...recycled, position: 'learned' as const, maxPositions }));
  const rows = fc.integer({ min: 1, max: 7 });
  const size = fc.integer({ min: 1, max: hiddenSize / 2 - 1 });
  const axial = fc.tuple(rows, rows, rows, size, size).map(([a, b, c, first, second]) => {
    const axes = hiddenSize % 3 === 0 ? 2 : 3;
    const axialSizes = axes === 2 ? [first, hiddenSize - first] : [first, second, hiddenSize - first - second];
    return { ...recycled, position: 'axial' as const, axialShape: [a, b, c].slice(0, axes), axialSizes };
  });
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: learned },
    { weight: 1, arbitrary: axial },
  );
}

/** One of: a stream by bucket recency, by the prefix, a whole sequence seen from the past, or from both sides. */
const arbitraryWay = fc.constantFrom('bucket-recency', 'bucket-recency', 'prefix-exact', 'offline', 'both sides');

/** Small Reformers of every sort whose streams never run out of positions. */
export const arbitraryConfig: fc.Arbitrary<ReformerConfig> = fc
  .record({ numHeads: fc.constantFrom(1, 2, 3), hiddenSize: fc.constantFrom(6, 8, 12, 18), layers: arbitraryLayers })
  .chain(({ numHeads, hiddenSize, layers }) =>
    fc
      .tuple(
        arbitraryInputFields(hiddenSize),
        arbitraryPositionFields(hiddenSize),
        fc.record({ lsh: arbitraryLsh, local: arbitraryLocal, window: arbitraryWindow(numHeads) }),
        fc.record({ way: arbitraryWay, wrap: fc.constantFrom('masked' as const, 'circular' as const) }),
        fc.record({
          // Keys are normalised, which makes what rounding does to a short vector large; of fewer numbers many are short.
          headDim: fc.integer({ min: 4, max: 8 }),
          ffnSize: fc.integer({ min: 1, max: 30 }),
          activation: fc.constantFrom('gelu' as const, 'gelu-tanh' as const, 'silu' as const, 'relu' as const),
          layerNormEps: fc.constantFrom(1e-12, 1e-5, 1e-3),
        }),
        fc.integer({ min: 0, max: 2 }),
      )
      .map(([input, position, parts, { way, wrap }, rest, chunksAfter]) => ({
        ...{ numHeads, hiddenSize, layers, ...input, ...position, ...rest },
        ...partsOf(layers, parts, way),
        ...(way === 'both sides'
          ? { causal: false, wrap, ...(layers.includes('local') ? { local: { ...parts.local, chunksAfter } } : {}) }
          : {}),
        // What lies beyond the ends of a stream does not depend on where it ends.
        ...(way === 'offline' && layers.includes('lsh') ? { wrap } : {}),
      })),
  );

/** The parts of a configuration that its layers use. */
function partsOf(
  layers: readonly ReformerLayer[],
  { lsh, local, window }: Required<Pick<ReformerConfig, ReformerLayer>>,
  way: string,
): Fields {
  const rule = way === 'bucket-recency' || way === 'prefix-exact' ? way : ('offline' as const);
  return {
    ...(layers.includes('lsh') ? { lsh: { ...lsh, rule } } : {}),
    ...(layers.includes('local') ? { local } : {}),
    ...(layers.includes('window') ? { window } : {}),
  };
}
