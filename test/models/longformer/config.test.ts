import { describe, expect, it } from 'vitest';
import { createLongformer, type LongformerConfig, resolveLongformerConfig } from '../../../models/index.ts';

const SMALL: LongformerConfig = { inputSize: 3, hiddenSize: 16, numLayers: 2, numHeads: 2 };
const IDS = { inputSize: 1, input: 'ids', vocabSize: 9 };
const LEARNED = { position: 'learned', maxPositions: 8 };

const REFUSED: readonly (readonly [object, string])[] = [
  [{ inputSize: Number.NaN }, '`inputSize` to be an integer in 1..65536, got NaN'],
  [{ inputSize: 0 }, '`inputSize`'],
  [{ input: 'audio' }, '`input` to be one of linear, direct, ids'],
  [{ input: 'direct' }, '`inputSize` to be `hiddenSize` (16) for direct input, got 3'],
  [{ ...IDS, inputSize: 4 }, '`inputSize` to be 1..3 for ids (id, type, position), got 4'],
  [{ ...IDS, inputSize: 2 }, '`typeVocabSize` to be at least 1 for rows with a token type'],
  [{ ...IDS, inputSize: 3, typeVocabSize: 1 }, '`position` to be learned for rows with a position'],
  [{ inputSize: 1, input: 'ids' }, '`vocabSize` to be an integer in 1..16777216, got undefined'],
  [{ ...IDS, vocabSize: 2 ** 24 + 1 }, '`vocabSize`'],
  [{ vocabSize: 9 }, '`vocabSize` only together with input ids'],
  [{ ...IDS, padId: 9 }, '`padId` to be an integer in 0..8, got 9'],
  [{ padId: 3 }, '`padId` only together with input ids'],
  [{ padId: 0 }, '`padId` only together with input ids'],
  [{ typeVocabSize: -1 }, '`typeVocabSize`'],
  [{ hiddenSize: 15 }, '`hiddenSize` to be a multiple of `numHeads` (2), got 15'],
  [{ hiddenSize: 8193, numHeads: 1 }, '`hiddenSize`'],
  [{ numLayers: 257 }, '`numLayers`'],
  [{ numHeads: 0 }, '`numHeads`'],
  [{ ffnSize: 0 }, '`ffnSize`'],
  [{ readout: { queries: 1024, span: 1_048_576 } }, '`readout.span` × `readout.queries`'],
  [{ window: 0 }, '`window[0]` to be an integer in 1..1048576, got 0'],
  [{ window: [1, 2, 3] }, '`window` to be a number or 2 numbers'],
  [{ window: 'all' }, '`window` to be a number or 2 numbers'],
  [{ lookAhead: -1 }, '`lookAhead[0]` to be an integer in 0..1048576, got -1'],
  [{ lookAhead: [0, 0.5] }, '`lookAhead[1]`'],
  [{ lookAhead: [0] }, '`lookAhead` to be a number or 2 numbers'],
  [{ dilation: 0 }, '`dilation[0][0]` to be an integer in 1..65536, got 0'],
  [{ dilation: [1] }, '`dilation` to be a number or one entry for each of 2 layers'],
  [{ dilation: [1, [1]] }, '`dilation[1]` to be a number or 2 numbers'],
  [{ dilation: [1, [1, 2.5]] }, '`dilation[1][1]`'],
  [{ window: 65_536, dilation: 65_536 }, '(`window` + `lookAhead`) × `dilation` × `hiddenSize` of layer 0'],
  [{ sinks: 65_537 }, '`sinks`'],
  [{ globals: 0.5 }, '`globals`'],
  [{ globalProjections: 1 }, '`globalProjections` to be true or false, got 1'],
  [{ globalProjections: true, sinks: 1 }, '`sinks` and `globals` (of streams) to be 0 with `globalProjections`'],
  [{ globalProjections: true, globals: 2 }, '`sinks` and `globals` (of streams) to be 0 with `globalProjections`'],
  [{ norm: 'rms' }, '`norm` to be one of pre, post'],
  [{ activation: 'tanh' }, '`activation` to be one of gelu, gelu-tanh, silu, relu'],
  [{ position: 'alibi' }, '`position` to be one of rotary, learned, none'],
  [{ hiddenSize: 6 }, 'even head width for rotary positions, got 3'],
  [{ rotaryBase: 1 }, '`rotaryBase`'],
  [{ position: 'learned' }, '`maxPositions` to be an integer in 1..16777216, got undefined'],
  [{ maxPositions: 8 }, '`maxPositions` only together with position learned'],
  [{ ...LEARNED, positionOffset: 8 }, '`positionOffset` to be an integer in 0..7, got 8'],
  [{ ...LEARNED, ...IDS, padId: 1, positionOffset: 0 }, '`positionOffset` to be an integer in 1..7, got 0'],
  [{ positionOffset: 2 }, '`positionOffset` only together with position learned'],
  [{ ...LEARNED, positionPolicy: 'wrap' }, '`positionPolicy` to be one of error, recycle'],
  [{ positionPolicy: 'recycle' }, '`positionPolicy` only together with position learned'],
  [{ layerNormEps: 0 }, '`layerNormEps`'],
  [{ readout: 2 }, '`readout` to be an object with `queries`, got 2'],
  [{ readout: { queries: 0 } }, '`readout.queries` to be an integer in 1..1024, got 0'],
  [{ readout: { queries: 1, span: 0 } }, '`readout.span` to be an integer in 1..1048576, got 0'],
  [{ readout: { queries: 1, length: 3 } }, 'unknown field `length`'],
  [{ windows: 3 }, 'unknown field `windows`'],
  [{ headDim: 5 }, '`headDim` to be `hiddenSize` / `numHeads` (8), got 5'],
];

describe('a Longformer configuration', () => {
  it.each(REFUSED)('%j is refused by name', (change, message) => {
    expect(() => createLongformer({ ...SMALL, ...change } as LongformerConfig, { seed: 1 })).toThrow(
      expect.objectContaining({
        name: 'ConfigError',
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('needs a seed in the range of a uint32', () => {
    for (const seed of [-1, 0.5, 2 ** 32]) expect(() => createLongformer(SMALL, { seed })).toThrow('`seed`');
  });

  it('gets its defaults', () => {
    expect(resolveLongformerConfig(SMALL)).toEqual({
      ...{ inputSize: 3, input: 'linear', vocabSize: 0, typeVocabSize: 0, hiddenSize: 16, numLayers: 2, numHeads: 2 },
      ...{
        ffnSize: 64,
        window: [512, 512],
        lookAhead: [0, 0],
        dilation: [
          [1, 1],
          [1, 1],
        ],
        sinks: 0,
        globals: 0,
      },
      ...{ globalProjections: false, norm: 'pre', activation: 'gelu', position: 'rotary', rotaryBase: 10_000 },
      ...{ maxPositions: 0, positionOffset: 0, positionPolicy: 'error', layerNormEps: 1e-5, headDim: 8 },
    });
  });

  it.each([
    {
      ...SMALL,
      window: [3, 4],
      lookAhead: [0, 2],
      dilation: [2, [1, 3]],
      sinks: 1,
      globals: 2,
      readout: { queries: 2 },
    },
    { ...SMALL, ...IDS, ...LEARNED, padId: 2, positionPolicy: 'recycle', readout: { queries: 1, span: 5 } },
    { ...SMALL, input: 'direct', inputSize: 16, globalProjections: true, position: 'none' },
  ] as LongformerConfig[])('resolves to itself once resolved (%#)', (config) => {
    const resolved = resolveLongformerConfig(config);
    expect(resolveLongformerConfig(resolved)).toEqual(resolved);
  });
});
