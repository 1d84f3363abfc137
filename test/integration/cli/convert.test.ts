import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLongformer, loadModel, readSafetensorsFile, saveModelFile } from '../../../models/index.ts';
import { longwave } from './run-command.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/hf/${name}`, import.meta.url));
const CHECKPOINT = fixture('longformer-checkpoint');
const HALF = fixture('longformer-checkpoint-half');
const REFORMER = fixture('reformer-checkpoint');

let folder: string;
const at = (name: string): string => join(folder, name);
const json = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, 'utf8'));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-convert-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every tensor of a directory as the bits of float32. */
async function bitsOf(directory: string): Promise<Record<string, Uint32Array>> {
  const file = await readSafetensorsFile(join(directory, 'model.safetensors'));
  const entries = [...file.tensors.keys()]
    .sort()
    .map((name) => [name, Uint32Array.from(bits(file.read(name)))] as const);
  return Object.fromEntries(entries);
}
const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

describe('longwave convert', () => {
  it.each([
    ['float32', CHECKPOINT],
    ['float16', HALF],
    ['reformer', REFORMER],
  ])('goes to one file and back without a change, from %s', async (dtype, directory) => {
    const [file, back] = [at(`${dtype}.safetensors`), at(dtype)];
    const there = await longwave(['convert', directory, file, '--json']);
    const again = await longwave(['convert', file, back, '--json']);
    expect([there.code, there.stderr, again.code, again.stderr]).toEqual([0, '', 0, '']);
    expect(await bitsOf(back)).toEqual(await bitsOf(directory));
    expect(json(join(back, 'config.json'))).toEqual({ ...json(join(directory, 'config.json')), dtype: 'float32' });
    const { modelHash } = (await loadModel(directory)).encoder;
    for (const { stdout } of [there, again]) {
      expect(JSON.parse(stdout)).toMatchObject({
        modelHash,
        writtenModelHash: modelHash,
        largestChange: { change: 0 },
      });
    }
    expect((await loadModel(back)).encoder.modelHash).toBe(modelHash);
  });

  it('prints what it read and wrote', async () => {
    const { stdout } = await longwave(['convert', CHECKPOINT, at('told.safetensors')]);
    const { modelHash } = (await loadModel(CHECKPOINT)).encoder;
    expect(stdout.split('\n')).toEqual([
      `read     ${CHECKPOINT}: LongformerForMaskedLM`,
      'encoder  longformer, 2 layers, width 32, 4 heads; window 5 + 4 ahead, 9 + 8 ahead',
      'head     masked-language, 97 outputs',
      `weights  29985 parameters, model hash ${modelHash}`,
      `wrote    ${at('told.safetensors')}: f32, ${readFileSync(at('told.safetensors')).length} bytes`,
      '',
    ]);
  });

  it('prints of a Reformer its layers, buckets, rounds and rule', async () => {
    const { stdout } = await longwave(['convert', REFORMER, at('told-reformer.safetensors')]);
    const { modelHash } = (await loadModel(REFORMER)).encoder;
    expect(stdout.split('\n')).toEqual([
      `read     ${REFORMER}: ReformerModelWithLMHead`,
      'encoder  reformer, 2 layers, width 24, 2 heads; local, lsh',
      'lsh      8 buckets (2 x 4), 2 rounds, chunks of 8; rule bucket-recency, horizon 128',
      'head     language, 97 outputs',
      `weights  14409 parameters, model hash ${modelHash}`,
      `wrote    ${at('told-reformer.safetensors')}: f32, ${readFileSync(at('told-reformer.safetensors')).length} bytes`,
      '',
    ]);
  });

  it('says what a directory does not keep of a Reformer', async () => {
    const [file, out] = [at('kept-reformer.safetensors'), at('kept-reformer')];
    await longwave(['convert', REFORMER, file]);
    const { stdout } = await longwave(['convert', file, out]);
    expect(stdout).toMatch(
      /^note +kept only in the single-file form: the rotations, the rule bucket-recency with its fields; .*hash_seed/m,
    );
  });

  it('keeps the rotations, the rule and the hash of a Reformer from file to file', async () => {
    const [first, directory, second] = [at('1.safetensors'), at('1'), at('2.safetensors')];
    const rule = ['--rule', 'prefix-exact', '--horizon', '12'];
    await longwave(['convert', REFORMER, first, ...rule]);
    await longwave(['convert', first, directory]);
    await longwave(['convert', directory, second, ...rule]);
    expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
    const { encoder } = await loadModel(first);
    expect(encoder.config).toMatchObject({ lsh: { rule: 'prefix-exact', horizon: 12 } });
  });

  it('sets the buckets that a config.json leaves open', async () => {
    const [open, file] = [at('open'), at('open.safetensors')];
    cpSync(REFORMER, open, { recursive: true });
    writeFileSync(
      join(open, 'config.json'),
      JSON.stringify({ ...json(join(REFORMER, 'config.json')), num_buckets: null }),
    );
    const refused = await longwave(['convert', open, file]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('`longwave convert --num-buckets`')]);
    expect((await longwave(['convert', open, file, '--num-buckets', '2,4'])).code).toBe(0);
    expect((await loadModel(file)).encoder.modelHash).toBe((await loadModel(REFORMER)).encoder.modelHash);
    expect((await longwave(['convert', open, file, '--num-buckets', '6', '--force'])).code).toBe(0);
    expect((await loadModel(file)).encoder.config).toMatchObject({ lsh: { numBuckets: [6] } });
  });

  it.each([
    ['an odd number of buckets', REFORMER, ['--num-buckets', '3'], '`lsh.numBuckets` to be even, got 3'],
    ['buckets that are no numbers', REFORMER, ['--num-buckets', '2,x'], '`--num-buckets` to be a number, got "x"'],
    ['a horizon out of range', REFORMER, ['--horizon', '0'], '`lsh.horizon` to be an integer in 1..1048576, got 0'],
    ['a rule for a Longformer', CHECKPOINT, ['--rule', 'offline'], 'got `lsh`'],
  ])('refuses %s', async (_, input, options, message) => {
    const { code, stderr } = await longwave(['convert', input, at('refused.safetensors'), ...options]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it.each(['f16', 'bf16'])('says by how much %s rounds, and the written model is the rounded one', async (dtype) => {
    const out = at(`${dtype}-rounded.safetensors`);
    const { code, stdout } = await longwave(['convert', CHECKPOINT, out, '--dtype', dtype]);
    const [before, after] = [(await loadModel(CHECKPOINT)).encoder, (await loadModel(out)).encoder];
    const words = before.weights.embedding.words as Float32Array;
    expect(code).toBe(0);
    const note = new RegExp(
      `^note +${dtype} rounds: (\\S+) changed most, by (\\S+); model hash ${after.modelHash}$`,
      'm',
    );
    const change = Number(note.exec(stdout)?.[2]);
    const changeOfWords = words.reduce(
      (most, value, i) =>
        Math.max(most, Math.abs(value - ((after.weights.embedding.words as Float32Array)[i] as number))),
      0,
    );
    expect(change).toBeGreaterThanOrEqual(changeOfWords);
    // Half a unit in the last place of the largest weight is the most that rounding can change.
    expect(change).toBeLessThanOrEqual(4 * 2 ** (dtype === 'f16' ? -12 : -9));
  });

  it('makes no note where float16 weights stay float16', async () => {
    const { stdout } = await longwave(['convert', HALF, at('half.safetensors'), '--dtype', 'f16']);
    expect(stdout).not.toContain('note');
    expect(readFileSync(at('half.safetensors')).length).toBeLessThan(2 * 9024 + 6000);
  });

  it('replaces OUT only with --force, and then leaves the other files of a directory', async () => {
    const [file, out] = [at('forced.safetensors'), at('forced')];
    await longwave(['convert', CHECKPOINT, file]);
    mkdirSync(out);
    writeFileSync(join(out, 'tokenizer.json'), '{}');
    const refused = await longwave(['convert', file, out]);
    expect([refused.code, readdirSync(out)]).toEqual([2, ['tokenizer.json']]);
    expect(refused.stderr).toContain('--force');
    expect((await longwave(['convert', file, out, '--force'])).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    expect((await longwave(['convert', CHECKPOINT, file])).code).toBe(2);
    expect((await longwave(['convert', HALF, file, '--force'])).code).toBe(0);
    expect((await loadModel(file)).encoder.config.hiddenSize).toBe(16);
  });

  it.each([
    ['a missing input', () => [at('none'), at('o.safetensors')], 3, 'WEIGHTS_UNREADABLE'],
    ['another kind of file', () => [fixture('longformer-short.safetensors'), at('o')], 3, 'WEIGHTS_UNSUPPORTED'],
    ['an output without its ending', () => [CHECKPOINT, at('o')], 2, 'CONFIG_INVALID'],
    [
      'a file for an output where a directory belongs',
      () => [at('own.safetensors'), at('o.safetensors')],
      2,
      'CONFIG_INVALID',
    ],
    ['an unknown dtype', () => [CHECKPOINT, at('o.safetensors'), '--dtype', 'f8'], 2, 'CONFIG_INVALID'],
    ['an output in a folder that is not there', () => [CHECKPOINT, at('no/o.safetensors')], 4, 'SINK_FAILED'],
    ['a model that Hugging Face cannot hold', () => [at('own.safetensors'), at('o')], 2, 'CONFIG_INVALID'],
    [
      'a weight that float16 cannot hold',
      () => [at('large.safetensors'), at('o'), '--dtype', 'f16'],
      3,
      'WEIGHTS_NOT_FINITE',
    ],
  ] as const)('ends with one typed line and no output on %s', async (_, args, expected, errorCode) => {
    await saveModelFile(at('own.safetensors'), {
      encoder: createLongformer({ inputSize: 2, hiddenSize: 4, numLayers: 1, numHeads: 2 }, { seed: 1 }),
      labels: [],
    });
    const large = await loadModel(CHECKPOINT);
    (large.encoder.weights.embedding.words as Float32Array)[5] = 70_000;
    await saveModelFile(at('large.safetensors'), large);
    const before = readdirSync(folder).sort();
    const { code, stdout, stderr } = await longwave(['convert', ...args()]);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toMatch(new RegExp(`^longwave: .*Expected .* \\[${errorCode}\\]\\n$`));
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it('leaves the old output where the input turns out to be broken', async () => {
    const [broken, out] = [at('broken'), at('kept.safetensors')];
    cpSync(CHECKPOINT, broken, { recursive: true });
    writeFileSync(
      join(broken, 'model.safetensors'),
      readFileSync(join(CHECKPOINT, 'model.safetensors')).subarray(0, 9000),
    );
    writeFileSync(out, 'kept');
    expect((await longwave(['convert', broken, out, '--force'])).code).toBe(3);
    expect(readFileSync(out, 'utf8')).toBe('kept');
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
  });
});
