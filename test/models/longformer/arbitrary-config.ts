import fc from 'fast-check';
import type { LongformerConfig } from '../../../models/index.ts';

/** Few values near 0, so that most configurations leave a feature out and each meets every other. */
const sometimes = <T>(value: fc.Arbitrary<T>, otherwise: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary: value });

const arbitraryWindow = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.constantFrom(1, 2, 3),
  // Around the block of 32 keys, and longer than any stream of the tests.
  fc.constantFrom(31, 32, 33, 200),
);
const arbitraryLookAhead = sometimes(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(31, 32, 33, 90)), 0);
const arbitraryStep = sometimes(fc.constantFrom(2, 3, 4), 1);

/** The input: a linear map, embeddings as they are, or ids with up to two more columns, with and without padding. */
function arbitraryInputFields(hiddenSize: number): fc.Arbitrary<Partial<LongformerConfig> & { inputSize: number }> {
  return fc.oneof(
    fc.integer({ min: 1, max: 5 }).map((inputSize) => ({ inputSize })),
    fc.constant({ inputSize: hiddenSize, input: 'direct' as const }),
    fc
      .record({
        inputSize: fc.integer({ min: 1, max: 3 }),
        vocabSize: fc.integer({ min: 1, max: 12 }),
        pad: fc.option(fc.nat(), { nil: undefined }),
      })
      .map(({ inputSize, vocabSize, pad }) => ({
        ...{ inputSize, input: 'ids' as const, vocabSize },
        ...(pad === undefined ? {} : { padId: pad % vocabSize }),
      })),
  );
}

/** The columns of ids that go with the other fields: a type needs a table of types, a position one of positions. */
function withColumns(config: LongformerConfig): LongformerConfig {
  if (config.input !== 'ids' || config.inputSize === 1) return config;
  const inputSize = config.position === 'learned' ? config.inputSize : 2;
  return { ...config, inputSize, typeVocabSize: Math.max(1, config.typeVocabSize ?? 0) };
}

/** Positions that a stream never runs out of. */
function arbitraryPositionFields(headDim: number): fc.Arbitrary<Partial<LongformerConfig>> {
  const rotary = fc.constantFrom(100, 10_000).map((rotaryBase) => ({ position: 'rotary' as const, rotaryBase }));
  const learned = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 3 })).map(([rows, offset]) => ({
    ...{ position: 'learned' as const, positionPolicy: 'recycle' as const },
    ...{ maxPositions: rows + offset, positionOffset: offset },
  }));
  return fc.oneof(fc.constant({ position: 'none' as const }), ...(headDim % 2 === 0 ? [rotary] : []), learned);
}

const arbitraryPins = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.record({
      sinks: sometimes(fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(40)), 0),
      globals: sometimes(fc.integer({ min: 1, max: 4 }), 0),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ globalProjections: true }) },
);

const arbitraryReadout = sometimes<Partial<LongformerConfig>>(
  fc
    .record({ queries: fc.integer({ min: 1, max: 3 }), span: fc.integer({ min: 0, max: 40 }) })
    .map(({ queries, span }) => ({ readout: span === 0 ? { queries } : { queries, span } })),
  {},
);

/** Small Longformers of every sort whose streams never run out of positions. */
export const arbitraryConfig: fc.Arbitrary<LongformerConfig> = fc
  .record({
    numLayers: fc.integer({ min: 1, max: 3 }),
    numHeads: fc.constantFrom(1, 2, 4),
    hiddenSize: fc.constantFrom(8, 12, 16, 24, 32),
  })
  .chain(({ numLayers, numHeads, hiddenSize }) => {
    const perLayer = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
      fc.oneof(value, fc.array(value, { minLength: numLayers, maxLength: numLayers }));
    const perHead = fc.array(arbitraryStep, { minLength: numHeads, maxLength: numHeads });
    const layerSteps = fc.array(fc.oneof(arbitraryStep, perHead), { minLength: numLayers, maxLength: numLayers });
    return fc
      .tuple(
        arbitraryInputFields(hiddenSize),
        arbitraryPositionFields(hiddenSize / numHeads),
        arbitraryPins,
        arbitraryReadout,
        fc.record({
          ffnSize: fc.integer({ min: 1, max: 40 }),
          typeVocabSize: fc.constantFrom(0, 0, 1, 2),
          window: perLayer(arbitraryWindow),
          lookAhead: perLayer(arbitraryLookAhead),
          dilation: fc.oneof(arbitraryStep, layerSteps),
          norm: fc.constantFrom('pre' as const, 'post' as const),
          activation: fc.constantFrom('gelu' as const, 'gelu-tanh' as const, 'silu' as const, 'relu' as const),
          layerNormEps: fc.constantFrom(1e-12, 1e-5, 1e-3),
        }),
      )
      .map(([input, position, pins, readout, rest]) =>
        withColumns({ numLayers, numHeads, hiddenSize, ...input, ...position, ...pins, ...readout, ...rest }),
      );
  });
