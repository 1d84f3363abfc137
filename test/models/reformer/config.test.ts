import { describe, expect, it } from 'vitest';
import { createReformer, type ReformerConfig, resolveReformerConfig } from '../../../models/index.ts';

const GOOD: ReformerConfig = {
  inputSize: 3,
  hiddenSize: 16,
  numHeads: 2,
  layers: ['lsh', 'local', 'window'],
  lsh: { numBuckets: [2, 4] },
};

describe('a Reformer configuration', () => {
  it('resolves to itself once it is resolved', () => {
    const resolved = resolveReformerConfig(GOOD);
    expect(resolveReformerConfig(resolved)).toEqual(resolved);
    expect(resolved).toMatchObject({
      headDim: 8,
      ffnSize: 64,
      lsh: {
        numBuckets: [2, 4],
        numHashes: 1,
        chunkLength: 64,
        horizon: 1024,
        depth: 128,
        fallback: 64,
        combine: 'lse',
      },
      local: { chunkLength: 64, chunksBefore: 1, chunksAfter: 0 },
      window: { window: 512, lookAhead: 0, dilation: [1, 1] },
    });
  });

  it.each([
    [{ inputSize: 0 }, '`inputSize`'],
    [{ input: 'ids' }, '`inputSize` to be 1 for ids'],
    [{ input: 'ids', inputSize: 1 }, '`vocabSize`'],
    [{ vocabSize: 9 }, '`vocabSize` only together with input ids'],
    [{ input: 'direct' }, '`inputSize` to be `hiddenSize`'],
    [{ hiddenSize: 15 }, '`hiddenSize` to be a multiple of `numHeads`'],
    [{ headDim: 0 }, '`headDim`'],
    [{ layers: [] }, '`layers`'],
    [{ layers: ['lsh', 'full'] }, '`layers[1]`'],
    [{ layers: ['local'] }, '`lsh` only together with a layer of that kind'],
    [{ ffnSize: -1 }, '`ffnSize`'],
    [{ activation: 'tanh' }, '`activation`'],
    [{ layerNormEps: 1 }, '`layerNormEps`'],
    [{ causal: 1 }, '`causal`'],
    [{ causal: false }, '`lsh.rule` to be offline'],
    [{ wrap: 'mirrored' }, '`wrap`'],
    [{ lsh: undefined }, '`lsh` to be an object with `numBuckets`'],
    [{ lsh: {} }, '`lsh.numBuckets`'],
    [{ lsh: { numBuckets: 7 } }, '`lsh.numBuckets` to be even'],
    [{ lsh: { numBuckets: [4, 3] } }, '`lsh.numBuckets[1]` to be even'],
    [{ lsh: { numBuckets: [512, 512] } }, 'at most 65536 buckets'],
    [{ lsh: { numBuckets: 8, buckets: 8 } }, 'unknown field `lsh.buckets`'],
    [{ lsh: { numBuckets: 8, numHashes: 65 } }, '`lsh.numHashes`'],
    [{ lsh: { numBuckets: 8, horizon: 0 } }, '`lsh.horizon`'],
    [{ lsh: { numBuckets: 8, fallback: 2000 } }, '`lsh.fallback`'],
    [{ lsh: { numBuckets: 8, depth: 0 } }, '`lsh.depth`'],
    [{ lsh: { numBuckets: 8, rule: 'sorted' } }, '`lsh.rule`'],
    [{ lsh: { numBuckets: 8, combine: 'sum' } }, '`lsh.combine`'],
    [{ local: { chunkLength: 0 } }, '`local.chunkLength`'],
    [{ local: { chunksAfter: 1 } }, '`local.chunksAfter`'],
    [{ window: { window: 0 } }, '`window.window`'],
    [{ window: { dilation: [1] } }, '`window.dilation`'],
    [{ position: 'rotary' }, '`position`'],
    [{ maxPositions: 4 }, '`maxPositions` only together with'],
    [{ position: 'learned' }, '`maxPositions`'],
    [{ position: 'axial' }, '`axialShape`'],
    [{ position: 'axial', axialShape: [2, 3], axialSizes: [8, 7] }, '`axialSizes` to add up to `hiddenSize`'],
    [{ axialShape: [2], axialSizes: [16] }, 'only together with position axial'],
    [{ windows: 3 }, 'unknown field `windows`'],
  ])('%j is refused by name', (change, message) => {
    expect(() => createReformer({ ...GOOD, ...change } as ReformerConfig, { seed: 1 })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it('refuses rotations and key tables that no array could hold', () => {
    const huge = { ...GOOD, hiddenSize: 8192, numHeads: 256 };
    const rotations = { numBuckets: 65_536, numHashes: 64 };
    expect(() => createReformer({ ...huge, lsh: rotations }, { seed: 1 })).toThrow(/`lsh\.numHashes` × the sum/);
    const deep = { ...GOOD, hiddenSize: 8192, layers: new Array<'lsh'>(256).fill('lsh') };
    expect(() => createReformer(deep, { seed: 1 })).toThrow(/at most 2147483648 parameters/);
    const keys = { numBuckets: 8, horizon: 1_048_576 };
    expect(() => createReformer({ ...huge, lsh: keys }, { seed: 1 })).toThrow(/`lsh\.horizon` ×/);
  });
});
