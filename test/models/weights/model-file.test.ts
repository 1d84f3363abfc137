import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createLongformer,
  fromModelFile,
  type LongformerConfig,
  loadModel,
  parseSafetensors,
  saveHuggingFace,
  saveModelFile,
  saveShardedSafetensors,
  toHuggingFace,
  toModelFile,
  writeSafetensors,
} from '../../../models/index.ts';
import { bits } from '../../checks/encoder-family.ts';
import { fixture } from './hugging-face/source.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'longwave-model-'));
  folders.push(path);
  return path;
}

const CONFIG: LongformerConfig = {
  inputSize: 3,
  hiddenSize: 16,
  numLayers: 2,
  numHeads: 2,
  ffnSize: 24,
  window: [5, 7],
  lookAhead: [2, 0],
  dilation: [[1, 3], 2],
  sinks: 2,
  globals: 1,
  readout: { queries: 2, span: 9 },
};

function rewritten(
  change: (
    metadata: Map<string, string>,
    tensors: Map<string, { shape: readonly number[]; values: Float32Array }>,
  ) => void,
): () => unknown {
  const stored = toModelFile({ encoder: createLongformer(CONFIG, { seed: 3 }), labels: [] });
  const metadata = new Map(stored.metadata);
  const tensors = new Map(stored.tensors);
  change(metadata, tensors);
  return () => fromModelFile(parseSafetensors(writeSafetensors(tensors, { metadata })));
}

describe('the single-file form', () => {
  it('holds any configuration: the model that comes back has the same hash and the same bits', async () => {
    const encoder = createLongformer(CONFIG, { seed: 3 });
    const path = join(folder(), 'model.safetensors');
    await saveModelFile(path, { encoder, labels: ['quiet', 'loud'] });
    const back = await loadModel(path);
    const tokens = new Float32Array(60).map((_, i) => Math.sin(i));
    expect([back.encoder.modelHash, back.labels]).toEqual([encoder.modelHash, ['quiet', 'loud']]);
    expect(bits(back.encoder.open().push(tokens))).toBe(bits(encoder.open().push(tokens)));
  });

  it.each(['longformer-checkpoint', 'longformer-checkpoint-half'])(
    'takes %s from Hugging Face and back, tensor by tensor',
    async (name) => {
      const model = await loadModel(fixture(name));
      const place = folder();
      await saveModelFile(join(place, 'one.safetensors'), model);
      const one = await loadModel(join(place, 'one.safetensors'));
      await saveHuggingFace(join(place, 'hf'), one);
      const again = await loadModel(join(place, 'hf'));
      expect([one.encoder.modelHash, again.encoder.modelHash]).toEqual([
        model.encoder.modelHash,
        model.encoder.modelHash,
      ]);
      expect(again.head?.config).toEqual(model.head?.config);
      expect({ ...again.origin, dtype: undefined }).toEqual({ ...model.origin, dtype: undefined });
      const encodings = model.encoder.encodeSequence({ tokens: Float32Array.of(0, 9, 30, 2) }).encodings;
      expect(bits(again.head?.run(encodings) as Float32Array)).toBe(bits(model.head?.run(encodings) as Float32Array));
    },
  );

  it('takes changes to what a token sees, of a file as of a directory', async () => {
    const overrides = { window: 4, lookAhead: 0, sinks: 1 } as const;
    const place = join(folder(), 'one.safetensors');
    await saveModelFile(place, await loadModel(fixture('longformer-checkpoint')));
    const [one, directory] = [
      await loadModel(place, { overrides }),
      await loadModel(fixture('longformer-checkpoint'), { overrides }),
    ];
    expect(one.encoder).toMatchObject({
      latencyTokens: 0,
      config: { sinks: 1 },
      modelHash: directory.encoder.modelHash,
    });
  });

  it('reads a model whose tensors are spread over shards', async () => {
    const model = await loadModel(fixture('longformer-checkpoint'));
    const place = folder();
    cpSync(join(fixture('longformer-checkpoint'), 'config.json'), join(place, 'config.json'));
    await saveShardedSafetensors(place, toHuggingFace(model).tensors, { maxShardBytes: 20_000 });
    expect((await loadModel(place)).encoder.modelHash).toBe(model.encoder.modelHash);
  });

  it('refuses a file of another form, or of a version to come', () => {
    expect(rewritten((metadata) => metadata.delete('longwave'))).toThrow(
      expect.objectContaining({ code: 'WEIGHTS_UNSUPPORTED', message: expect.stringContaining('got none') }),
    );
    expect(rewritten((metadata) => metadata.set('longwave', '2'))).toThrow(/longwave 1, got "2"/);
  });

  it('takes a file that names no family for a Longformer, and refuses a family that it does not know', () => {
    const { modelHash } = createLongformer(CONFIG, { seed: 3 });
    expect(rewritten((metadata) => metadata.delete('family'))()).toMatchObject({ encoder: { modelHash } });
    expect(rewritten((metadata) => metadata.set('family', 'performer'))).toThrow(
      expect.objectContaining({ code: 'WEIGHTS_UNSUPPORTED', message: expect.stringContaining('got "performer"') }),
    );
    expect(rewritten((metadata) => metadata.set('family', 'reformer'))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('the unknown field') }),
    );
  });

  it.each([
    ['config', '{', 'WEIGHTS_MALFORMED', '`config` in the metadata of the file to be JSON'],
    ['config', 'null', 'WEIGHTS_MALFORMED', '`config` in the metadata of the file to be an object'],
    ['config', '{}', 'CONFIG_INVALID', '`numLayers`'],
    ['labels', '{"a":1}', 'WEIGHTS_MALFORMED', '`labels`'],
    ['head', '{"task":"guess"}', 'CONFIG_INVALID', '`task`'],
    [
      'head',
      '{"task":"pooling","hiddenSize":8,"outputs":8,"layerNormEps":1e-5}',
      'WEIGHTS_MISMATCH',
      'head.transform.weight',
    ],
    [
      'head',
      '{"task":"masked-language","hiddenSize":1e300,"outputs":8,"layerNormEps":1e-5}',
      'CONFIG_INVALID',
      '`hiddenSize`',
    ],
  ])('refuses %s %j in the metadata', (key, value, code, message) => {
    expect(rewritten((metadata) => metadata.set(key, value))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('refuses tensors that do not fit the configuration in the file', () => {
    const fault = rewritten((_, tensors) => {
      tensors.delete('encoder.readout.queries');
      tensors.set('encoder.outerNorm.bias', { shape: [4, 4], values: new Float32Array(16) });
      tensors.set('extra', { shape: [1], values: new Float32Array(1) });
    });
    expect(fault).toThrow(
      /1 missing: encoder\.readout\.queries; 1 unexpected: extra; 1 of another shape: encoder\.outerNorm\.bias \[4, 4\] instead of \[16\]/,
    );
  });

  it('says why a model cannot be written for Hugging Face, by field', () => {
    const write = (change: object): void => {
      const encoder = createLongformer({ ...CONFIG, ...change } as LongformerConfig, { seed: 1 });
      toHuggingFace({ encoder, labels: [] });
    };
    expect(() => write({})).toThrow(/got `input` "linear"/);
    const text = {
      input: 'ids',
      inputSize: 1,
      vocabSize: 9,
      padId: 1,
      typeVocabSize: 1,
      position: 'learned',
      maxPositions: 20,
      positionOffset: 2,
    };
    expect(() => write({ ...text, position: 'rotary', maxPositions: undefined, positionOffset: undefined })).toThrow(
      /got `position` "rotary"/,
    );
    expect(() => write({ ...text, lookAhead: [2, 2] })).toThrow(/got `window`/);
  });

  it('says what a path lacks', async () => {
    const place = folder();
    await expect(loadModel(join(place, 'nothing'))).rejects.toMatchObject({ code: 'WEIGHTS_UNREADABLE' });
    await expect(loadModel(place)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    writeFileSync(join(place, 'config.json'), '{ "model_type": ');
    await expect(loadModel(place)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
    writeFileSync(join(place, 'config.json'), '{}');
    writeFileSync(join(place, 'pytorch_model.bin'), '');
    await expect(loadModel(place)).rejects.toThrow(/pytorch_model\.bin is not read/);
  });
});
