import { expect, it } from 'vitest';
import { EncoderCache } from '../../../pipeline/workers/encoder-cache.ts';

const LONGFORMER = { inputSize: 1, hiddenSize: 4, numLayers: 1, numHeads: 1, window: 4 };

it('makes an encoder with the engine and the precision of caches that a specification asks for, one for each', async () => {
  const cache = new EncoderCache();
  const spec = { longformer: LONGFORMER, seed: 1 };
  const [plain, small] = await Promise.all([cache.get(spec), cache.get({ ...spec, cachePrecision: 'int8' })]);
  expect([plain.cachePrecision, small.cachePrecision]).toEqual(['float32', 'int8']);
  const chosen = await cache.get({ ...spec, cachePrecision: 'int16', engine: 'reference' });
  expect([chosen.cachePrecision, chosen.engine]).toEqual(['int16', 'reference']);
  expect(await cache.get({ ...spec, cachePrecision: 'int8' })).toBe(small);
});
