import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createReformer,
  fromModelFile,
  loadModel,
  parseSafetensors,
  type ReformerConfig,
  readModelTensors,
  reformerFromHuggingFace,
  toHuggingFace,
  toModelFile,
  writeSafetensors,
} from '../../../../models/index.ts';
import { bits } from '../../../checks/encoder-family.ts';
import { fixture } from './source.ts';

const CHECKPOINT = fixture('reformer-checkpoint');
const FIELDS = JSON.parse(readFileSync(join(CHECKPOINT, 'config.json'), 'utf8'));

/** Ids with learned positions through layers that a checkpoint may have. */
const TEXT = {
  ...{ inputSize: 1, input: 'ids', vocabSize: 9, hiddenSize: 8, numHeads: 2, ffnSize: 12, wrap: 'circular' },
  ...{ layers: ['lsh', 'local'], lsh: { numBuckets: 4, chunkLength: 4 }, local: { chunkLength: 4 } },
  ...{ position: 'learned', maxPositions: 16 },
} as const satisfies ReformerConfig;

const written = (change: Partial<ReformerConfig>) => {
  const config: ReformerConfig = { ...TEXT, ...change };
  const defined = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  return toHuggingFace({ encoder: createReformer(defined as unknown as ReformerConfig, { seed: 1 }), labels: [] });
};

describe('a Reformer of Hugging Face, written again', () => {
  it('has the tensors that it came with, by name, shape and bits', async () => {
    const source = await readModelTensors(CHECKPOINT);
    const { tensors } = toHuggingFace(await loadModel(CHECKPOINT));
    expect([...tensors.keys()].sort()).toEqual([...source.tensors.keys()].sort());
    for (const [name, { shape, values }] of tensors) {
      expect([name, shape]).toEqual([name, source.tensors.get(name)?.shape]);
      expect([name, bits(values)]).toEqual([name, bits(source.read(name))]);
    }
  });

  it('has the configuration that it came with, also by way of one file', async () => {
    const model = await loadModel(CHECKPOINT);
    expect(toHuggingFace(model).config).toEqual(FIELDS);
    const { metadata, tensors } = toModelFile(model);
    const file = fromModelFile(parseSafetensors(writeSafetensors(tensors, { metadata })));
    expect(toHuggingFace(file).config).toEqual(FIELDS);
  });

  it('keeps the names that its file has for what has several', async () => {
    const fields = { ...FIELDS, hidden_act: 'gelu_pytorch_tanh', max_position_embeddings: 4096 };
    const model = reformerFromHuggingFace(fields, await readModelTensors(CHECKPOINT));
    expect(toHuggingFace(model).config).toEqual(fields);
  });

  it('holds a number of buckets that was left open', async () => {
    const fields = { ...FIELDS, num_buckets: null };
    const model = reformerFromHuggingFace(fields, await readModelTensors(CHECKPOINT), { lsh: { numBuckets: 8 } });
    expect(toHuggingFace(model).config).toEqual({ ...fields, num_buckets: 8 });
  });
});

describe('a Reformer made here, for Hugging Face', () => {
  it.each([
    ['causal', {}],
    ['seeing both ways', { causal: false, lsh: { ...TEXT.lsh, rule: 'offline', chunksAfter: 1 } }],
    [
      'with axial positions',
      { position: 'axial', maxPositions: undefined, axialShape: [2, 3, 4], axialSizes: [2, 2, 4] },
    ],
    ['of local layers', { layers: ['local'], lsh: undefined }],
    ['with several factors', { lsh: { ...TEXT.lsh, numBuckets: [4, 2], numHashes: 2 } }],
  ] as [string, Partial<ReformerConfig>][])('is read as the model that it was: %s', (_, change) => {
    const { config, tensors } = written(change);
    const { encoder } = reformerFromHuggingFace(
      config,
      { tensors, read: (name) => tensors.get(name)?.values as Float32Array },
      { rotationSeed: 3 },
    );
    const kept = { ...TEXT, ...change };
    const rule = kept.lsh === undefined ? {} : { lsh: { ...kept.lsh, rule: 'offline' as const } };
    const defined = Object.fromEntries(Object.entries({ ...kept, ...rule }).filter(([, v]) => v !== undefined));
    const expected = createReformer(defined as unknown as ReformerConfig, { weights: encoder.weights });
    expect(encoder.config).toEqual(expected.config);
    expect([...tensors.keys()].filter((name) => name.includes('rotations'))).toEqual([]);
  });

  it.each([
    [{ input: 'linear', vocabSize: undefined }, '`input` "linear"'],
    [{ position: 'none', maxPositions: undefined }, '`position` "none"'],
    [{ layers: ['lsh', 'window'], local: undefined }, '`layers` ["lsh","window"]'],
    [{ wrap: 'masked' }, '`wrap` "masked"'],
    [{ positionPolicy: 'recycle' }, '`positionPolicy` "recycle"'],
  ] as [Partial<ReformerConfig>, string][])('is refused by its field: %j', (change, message) => {
    expect(() => written(change)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/^Expected a model that Hugging Face's Reformer can hold/),
      }),
    );
    expect(() => written(change)).toThrow(`got ${message}`);
  });

  it('is refused with a head that such models have not', async () => {
    const model = await loadModel(CHECKPOINT);
    const head = model.head as NonNullable<typeof model.head>;
    const write = (fields: object) => () =>
      toHuggingFace({ ...model, head: { ...head, config: { ...head.config, ...fields } } });
    expect(write({ task: 'token-classification' })).toThrow('`head.task` "token-classification"');
    expect(write({ outputs: 96 })).toThrow('`head.outputs` 96');
  });
});
