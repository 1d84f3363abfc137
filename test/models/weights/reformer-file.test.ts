import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildReformerWeights,
  createReformer,
  fromModelFile,
  loadModel,
  parseSafetensors,
  type ReformerConfig,
  reformerTensors,
  resolveReformerConfig,
  saveModelFile,
  toModelFile,
  writeSafetensors,
} from '../../../models/index.ts';
import { bits } from '../../checks/encoder-family.ts';

const CONFIG = {
  inputSize: 3,
  hiddenSize: 12,
  numHeads: 2,
  headDim: 5,
  ffnSize: 16,
  layers: ['window', 'lsh', 'local', 'lsh'],
  lsh: { numBuckets: [4, 6], numHashes: 3, chunkLength: 4, horizon: 20, fallback: 3, depth: 5 },
  local: { chunkLength: 3 },
  window: { window: 4, lookAhead: 1 },
  position: 'axial',
  axialShape: [4, 8],
  axialSizes: [5, 7],
} as const satisfies ReformerConfig;
const ENCODER = createReformer(CONFIG, { seed: 7 });
const LSH = ENCODER.config.lsh as NonNullable<typeof ENCODER.config.lsh>;
const TOKENS = new Float32Array(90).map((_, i) => Math.sin(i * i));

let folder: string;
let path: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-reformer-'));
  path = join(folder, 'model.safetensors');
  await saveModelFile(path, { encoder: ENCODER, labels: ['quiet', 'loud'] });
});
afterAll(() => rmSync(folder, { recursive: true }));

type Tensors = Map<string, { shape: readonly number[]; values: Float32Array }>;

/** Loads the model from a file that was changed. */
function rewritten(change: (metadata: Map<string, string>, tensors: Tensors) => void): () => unknown {
  const stored = toModelFile({ encoder: ENCODER, labels: [] });
  const metadata = new Map(stored.metadata);
  const tensors = new Map(stored.tensors);
  change(metadata, tensors);
  return () => fromModelFile(parseSafetensors(writeSafetensors(tensors, { metadata })));
}

/** Changes fields of the configuration in the metadata. */
const reconfigured = (fields: object) => (metadata: Map<string, string>) =>
  metadata.set('config', JSON.stringify({ ...ENCODER.config, ...fields }));

describe('the single-file form of a Reformer', () => {
  it('holds any configuration: the model that comes back has the same hash, labels and bits', async () => {
    const back = await loadModel(path);
    expect(back).toMatchObject({
      encoder: { family: 'reformer', modelHash: ENCODER.modelHash },
      labels: ['quiet', 'loud'],
    });
    expect(bits(back.encoder.open().push(TOKENS))).toBe(bits(ENCODER.open().push(TOKENS)));
  });

  it('holds the rotations of each LSH layer', () => {
    const { metadata, tensors } = toModelFile({ encoder: ENCODER, labels: [] });
    expect(metadata.get('family')).toBe('reformer');
    for (const layer of [1, 3]) {
      expect(tensors.get(`encoder.layers.${layer}.lsh.rotations`)).toEqual({
        shape: [2, 5, 3, 5],
        values: ENCODER.weights.layers[layer]?.lsh?.rotations,
      });
    }
  });

  it('stays the same when it is saved again', async () => {
    const again = join(folder, 'again.safetensors');
    await saveModelFile(again, await loadModel(path));
    expect((await loadModel(again)).encoder.modelHash).toBe(ENCODER.modelHash);
  });

  it('takes changes to what a stream looks for', async () => {
    const lsh = { rule: 'prefix-exact', horizon: 9, depth: 2, fallback: 1, combine: 'union' } as const;
    const { encoder } = await loadModel(path, { overrides: { lsh, positionPolicy: 'recycle' } });
    const expected = createReformer(
      { ...CONFIG, lsh: { ...CONFIG.lsh, ...lsh }, positionPolicy: 'recycle' },
      { weights: ENCODER.weights },
    );
    expect(encoder.modelHash).toBe(expected.modelHash);
    const long = new Float32Array(120).map((_, i) => Math.cos(i));
    expect(bits(encoder.open().push(long))).toBe(bits(expected.open().push(long)));
  });

  it('takes the fallback down with the horizon', async () => {
    const { encoder } = await loadModel(path, { overrides: { lsh: { horizon: 2 } } });
    expect(encoder.config).toMatchObject({ lsh: { ...LSH, horizon: 2, fallback: 2 } });
  });

  it.each([1, 2])('keeps the first rounds of the rotations when only %d are asked for', async (numHashes) => {
    const config = resolveReformerConfig({ ...CONFIG, lsh: { ...CONFIG.lsh, numHashes } });
    const arrays = reformerTensors(ENCODER.config, ENCODER.weights);
    const weights = buildReformerWeights(config, (name, shape) => {
      const all = arrays.get(name) as Float32Array;
      if (!name.endsWith('.rotations')) return all;
      const [, headDim, rounds, width] = shape as [number, number, number, number];
      return Float32Array.from({ length: 2 * headDim * rounds * width }, (_, i) => {
        const [column, round] = [i % width, Math.floor(i / width) % rounds];
        const channel = Math.floor(i / (width * rounds)) % headDim;
        const head = Math.floor(i / (width * rounds * headDim));
        return all[((head * headDim + channel) * 3 + round) * width + column] as number;
      });
    });
    const { encoder } = await loadModel(path, { overrides: { lsh: { numHashes } } });
    expect(encoder.modelHash).toBe(createReformer(config, { weights }).modelHash);
  });

  it.each([
    [{ lsh: { numHashes: 4 } }, '`lsh.numHashes` to be an integer in 1..3, got 4'],
    [{ lsh: { numHashes: 0 } }, '`lsh.numHashes` to be an integer in 1..3, got 0'],
    [{ lsh: { numBuckets: 24 } }, 'got `numBuckets`'],
    [{ lsh: { chunkLength: 8 } }, 'got `chunkLength`'],
    [{ lsh: { horizon: 0 } }, '`lsh.horizon`'],
    [{ lsh: { fallback: 21 } }, '`lsh.fallback` to be an integer in 0..20, got 21'],
    [{ lsh: { rule: 'newest' as never } }, '`lsh.rule` to be one of'],
    [{ lsh: null as never }, '`lsh` to be an object'],
    [{ window: 4 }, 'the overrides of a reformer to be some of lsh, positionPolicy, got `window`'],
  ])('refuses the changes %j', async (overrides, message) => {
    await expect(loadModel(path, { overrides })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('refuses changes to LSH layers that it has none of', async () => {
    const local = join(folder, 'local.safetensors');
    const encoder = createReformer({ inputSize: 2, hiddenSize: 4, numHeads: 2, layers: ['local'] }, { seed: 1 });
    await saveModelFile(local, { encoder, labels: [] });
    await expect(loadModel(local, { overrides: { lsh: { horizon: 4 } } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('`lsh` only together with a layer of that kind'),
    });
  });

  it.each([
    ['input', 'direct'],
    ['idColumns', 1],
    ['architecture', 'ReformerModel'],
    ['rotationSeed', 3],
  ])('refuses the option %s, which is for a directory', async (option, value) => {
    await expect(loadModel(path, { [option]: value })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`got \`${option}\``),
    });
  });
});

describe('a hostile file of a Reformer', () => {
  it.each([
    ['an odd number of buckets', { lsh: { ...LSH, numBuckets: [5] } }, '`lsh.numBuckets` to be even, got 5'],
    ['too many buckets', { lsh: { ...LSH, numBuckets: [512, 512] } }, 'at most 65536 buckets, got 262144'],
    ['no buckets', { lsh: { ...LSH, numBuckets: null } }, '`lsh.numBuckets`'],
    ['axes that multiply past any table', { axialShape: [2 ** 24, 2 ** 24] }, '`maxPositions`'],
    ['axes of another product', { axialShape: [4, 9] }, 'the product of `axialShape` (36), got 32'],
    ['a layer of no kind', { layers: ['lsh', 'full'] }, '`layers[1]` to be one of'],
    ['no list of layers', { layers: 4 }, '`layers`'],
    [
      'a horizon that would fill the memory',
      { numHeads: 256, headDim: 8192, lsh: { ...LSH, horizon: 2 ** 20 } },
      '`lsh.horizon` ×',
    ],
    ['a field of another family', { numLayers: 4 }, 'the unknown field `numLayers`'],
    ['an online rule without causal layers', { causal: false }, '`lsh.rule` to be offline'],
  ])('is refused for %s', (_, fields, message) => {
    expect(rewritten(reconfigured(fields))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it.each([
    ['one round too many', [2, 5, 4, 5]],
    ['another number of buckets', [2, 5, 3, 4]],
    ['axes in another order', [5, 2, 3, 5]],
    ['one axis', [150]],
  ])('is refused for rotations of %s', (_, shape) => {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    expect(rewritten((__, tensors) => tensors.set('encoder.layers.3.lsh.rotations', { shape, values }))).toThrow(
      expect.objectContaining({
        code: 'WEIGHTS_MISMATCH',
        message: expect.stringContaining(
          `encoder.layers.3.lsh.rotations [${shape.join(', ')}] instead of [2, 5, 3, 5]`,
        ),
      }),
    );
  });

  it('is refused without its rotations, and with some that are no numbers', () => {
    expect(rewritten((_, tensors) => tensors.delete('encoder.layers.1.lsh.rotations'))).toThrow(
      /1 missing: encoder\.layers\.1\.lsh\.rotations/,
    );
    const values = new Float32Array(150).fill(Number.NaN);
    expect(
      rewritten((_, tensors) => tensors.set('encoder.layers.1.lsh.rotations', { shape: [2, 5, 3, 5], values })),
    ).toThrow(expect.objectContaining({ code: 'WEIGHTS_NOT_FINITE' }));
  });

  it('is refused when it asks for axial tables that it does not hold', () => {
    expect(rewritten(reconfigured({ axialShape: [2 ** 20, 2 ** 20], maxPositions: 2 ** 40 }))).toThrow(
      /encoder\.embedding\.axial\.0 \[4, 5\] instead of \[1048576, 5\]/,
    );
  });

  it('is refused when its head does not take both streams', () => {
    const head = { task: 'token-classification', hiddenSize: 12, outputs: 2, layerNormEps: 1e-12 };
    const change = (metadata: Map<string, string>, tensors: Tensors): void => {
      metadata.set('head', JSON.stringify(head));
      tensors.set('head.output.weight', { shape: [2, 12], values: new Float32Array(24) });
      tensors.set('head.output.bias', { shape: [2], values: new Float32Array(2) });
    };
    expect(rewritten(change)).toThrow(/`head` in the file to fit its encoder of width 12 and encodings of 24/);
  });
});
