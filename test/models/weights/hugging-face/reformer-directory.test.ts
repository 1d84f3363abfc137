import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel, readModelTensors, reformerFromHuggingFace, saveModelFile } from '../../../../models/index.ts';
import { bits } from '../../../checks/encoder-family.ts';
import { fixture } from './source.ts';

const CHECKPOINT = fixture('reformer-checkpoint');
const LONGFORMER = fixture('longformer-checkpoint');
const FIELDS = JSON.parse(readFileSync(join(CHECKPOINT, 'config.json'), 'utf8'));
const IDS = new Float32Array(50).map((_, i) => (7 * i) % 97);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-directory-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the checkpoint with other fields. */
function changed(name: string, fields: object): string {
  const path = join(folder, name);
  cpSync(CHECKPOINT, path, { recursive: true });
  writeFileSync(join(path, 'config.json'), JSON.stringify({ ...FIELDS, ...fields }));
  return path;
}

const BIDIRECTIONAL = { is_decoder: false, architectures: ['ReformerForMaskedLM'] };

describe('a directory with a Reformer', () => {
  it('is loaded as reformerFromHuggingFace loads it, with the rule that streams', async () => {
    const tensors = await readModelTensors(CHECKPOINT);
    const model = await loadModel(CHECKPOINT);
    const expected = reformerFromHuggingFace(FIELDS, tensors, { lsh: { rule: 'bucket-recency' } });
    expect(model.encoder.modelHash).toBe(expected.encoder.modelHash);
    expect(model.head?.config).toEqual(expected.head?.config);
    expect(model.encoder.latencyTokens).toBe(0);
  });

  it('is offline where its tokens see later ones, or a sequence is announced', async () => {
    for (const [path, options] of [
      [changed('both-ways', BIDIRECTIONAL), {}],
      [CHECKPOINT, { sequenceLength: 24 }],
    ] as const) {
      const { encoder } = await loadModel(path, options);
      expect(encoder).toMatchObject({ latencyTokens: Number.POSITIVE_INFINITY, config: { lsh: { rule: 'offline' } } });
    }
  });

  it('takes changes to its LSH layers and its positions', async () => {
    const lsh = { rule: 'prefix-exact', horizon: 16, numHashes: 1 } as const;
    const { encoder } = await loadModel(CHECKPOINT, { overrides: { lsh, positionPolicy: 'recycle' } });
    expect(encoder.config).toMatchObject({ lsh, positionPolicy: 'recycle' });
    expect(encoder.open().push(new Float32Array(70))).toHaveLength(70 * 48);
  });

  it('gives the bits that the file gives which was made of it', async () => {
    const path = join(folder, 'one.safetensors');
    const directory = await loadModel(CHECKPOINT);
    await saveModelFile(path, directory);
    const file = await loadModel(path);
    expect(file.encoder.modelHash).toBe(directory.encoder.modelHash);
    expect(bits(file.encoder.open().push(IDS))).toBe(bits(directory.encoder.open().push(IDS)));
    const encodings = file.encoder.encodeSequence({ tokens: IDS }).encodings;
    expect(bits(file.head?.run(encodings) as Float32Array)).toBe(bits(directory.head?.run(encodings) as Float32Array));
  });

  it('says how to set a number of buckets that is left open', async () => {
    const path = changed('open', { num_buckets: null });
    await expect(loadModel(path)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/`num_buckets`.*`lsh\.numBuckets` \(`longwave convert --num-buckets`\).*got null/),
    });
    const { encoder } = await loadModel(path, { overrides: { lsh: { numBuckets: [2, 4] } } });
    expect(encoder.modelHash).toBe((await loadModel(CHECKPOINT)).encoder.modelHash);
  });

  it.each([
    ['the fields of a Longformer', { overrides: { sinks: 4 } }, 'the overrides of a reformer to be some of lsh'],
    ['columns of token types', { idColumns: 2 }, '`idColumns` to be 1 for a Reformer'],
    ['an unknown option', { seed: 1 }, 'the options for a reformer directory to be some of'],
    ['the class of a Longformer', { architecture: 'LongformerModel' }, '`architectures` to be one of ReformerModel,'],
  ] as [string, object, string][])('refuses %s', async (_, options, message) => {
    await expect(loadModel(CHECKPOINT, options)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('refuses changes to LSH layers that it has none of', async () => {
    const path = changed('local', { attn_layers: ['local', 'local'] });
    await expect(loadModel(path, { overrides: { lsh: { horizon: 8 } } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('`lsh` only together with an lsh layer'),
    });
  });

  it('refuses a family that it does not know', async () => {
    const path = changed('other', { model_type: 'bert' });
    await expect(loadModel(path)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'Expected `model_type` to be one of longformer, reformer, got "bert"',
    });
  });
});

describe('a directory with a Longformer', () => {
  it.each([
    [{ overrides: { lsh: { horizon: 8 } } }, 'the overrides of a longformer to be some of window,'],
    [{ rotationSeed: 3 }, 'got `rotationSeed`'],
    [{ sequenceLength: 3 }, 'got `sequenceLength`'],
  ])('refuses the options of a Reformer: %j', async (options, message) => {
    await expect(loadModel(LONGFORMER, options)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    });
  });
});
