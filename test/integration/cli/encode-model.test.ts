import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLongformer, loadModel, saveModelFile } from '../../../models/index.ts';
import { longwave } from './run-command.ts';

const CHECKPOINT = fileURLToPath(new URL('../../fixtures/hf/longformer-checkpoint', import.meta.url));
const REFORMER = fileURLToPath(new URL('../../fixtures/hf/reformer-checkpoint', import.meta.url));
const IDS = Array.from({ length: 50 }, (_, i) => 3 + ((7 * i) % 90));

let folder: string;
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-encode-model-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Line {
  readonly token: number;
  readonly startSample: number;
  readonly embedding: readonly number[];
}
const linesOf = (stdout: string): Line[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('longwave encode --model', () => {
  it('prints for ids what the model gives for the whole sequence, token by token', async () => {
    const csv = file('ids.csv', `id\n${IDS.join('\n')}\n`);
    const { code, stdout, stderr } = await longwave(['encode', csv, '--model', CHECKPOINT]);
    const lines = linesOf(stdout);
    expect([code, stderr]).toEqual([0, '']);
    expect(lines.map(({ token, startSample }) => [token, startSample])).toEqual(IDS.map((_, i) => [i, i]));
    const { encodings } = (await loadModel(CHECKPOINT)).encoder.encodeSequence({ tokens: Float32Array.from(IDS) });
    expect(lines.flatMap(({ embedding }) => embedding)).toEqual([...encodings]);
  });

  it('begins the learned positions again where that is asked for, of a directory or of a file', async () => {
    const ids = Array.from({ length: 150 }, (_, i) => 3 + ((11 * i) % 90));
    const csv = file('long.csv', `id\n${ids.join('\n')}\n`);
    const one = join(folder, 'recycled.safetensors');
    await saveModelFile(one, await loadModel(CHECKPOINT));
    const overrides = { positionPolicy: 'recycle' } as const;
    const { encodings } = (await loadModel(CHECKPOINT, { overrides })).encoder.encodeSequence({
      tokens: Float32Array.from(ids),
    });
    for (const model of [CHECKPOINT, one]) {
      const refused = await longwave(['encode', csv, '--model', model]);
      expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('[POSITION_EXHAUSTED]')]);
      const { stdout } = await longwave(['encode', csv, '--model', model, '--position-policy', 'recycle']);
      expect(linesOf(stdout).flatMap(({ embedding }) => embedding)).toEqual([...encodings]);
    }
  });

  it('takes columns of token types and positions for a directory', async () => {
    const rows = IDS.map((id, i) => [id, i % 2, 2 + ((3 * i) % 60)]);
    const csv = `id,type,place\n${rows.map((row) => row.join(',')).join('\n')}\n`;
    const { stdout } = await longwave(['encode', '-', '--model', CHECKPOINT], csv);
    const { encoder } = await loadModel(CHECKPOINT, { idColumns: 3 });
    const { encodings } = encoder.encodeSequence({ tokens: Float32Array.from(rows.flat()) });
    expect(linesOf(stdout).flatMap(({ embedding }) => embedding)).toEqual([...encodings]);
  });

  it('prints the same bytes from a pipe, however it is cut', async () => {
    const csv = `id\n${IDS.join('\n')}\n`;
    const whole = (await longwave(['encode', file('cut.csv', csv), '--model', CHECKPOINT])).stdout;
    const bytes = Buffer.from(csv);
    const pieces = Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1));
    expect((await longwave(['encode', '-', '--model', CHECKPOINT], pieces)).stdout).toBe(whole);
  });

  describe('with a Reformer', () => {
    const csv = (): string => file('reformer.csv', `id\n${IDS.join('\n')}\n`);
    const embeddings = (stdout: string): number[] => linesOf(stdout).flatMap(({ embedding }) => embedding);

    it('prints what its stream gives, of a directory or of the file made of it', async () => {
      const one = join(folder, 'reformer.safetensors');
      const model = await loadModel(REFORMER);
      await saveModelFile(one, model);
      const expected = [...model.encoder.open().push(Float32Array.from(IDS))];
      for (const path of [REFORMER, one]) {
        const { code, stdout, stderr } = await longwave(['encode', csv(), '--model', path]);
        expect([code, stderr]).toEqual([0, '']);
        expect(embeddings(stdout)).toEqual(expected);
      }
    });

    it('takes another rule and horizon', async () => {
      const lsh = { rule: 'prefix-exact', horizon: 10 } as const;
      const { encoder } = await loadModel(REFORMER, { overrides: { lsh } });
      const { stdout } = await longwave([
        'encode',
        csv(),
        '--model',
        REFORMER,
        '--rule',
        'prefix-exact',
        '--horizon',
        '10',
      ]);
      expect(embeddings(stdout)).toEqual([...encoder.open().push(Float32Array.from(IDS))]);
    });

    it('prints everything at the end for the rule offline, which sees the whole sequence', async () => {
      const { encoder } = await loadModel(REFORMER, { overrides: { lsh: { rule: 'offline' } } });
      const { encodings } = encoder.encodeSequence({ tokens: Float32Array.from(IDS) });
      const { code, stdout } = await longwave(['encode', csv(), '--model', REFORMER, '--rule', 'offline']);
      expect([code, embeddings(stdout)]).toEqual([0, [...encodings]]);
    });

    it('gives what came before a fault, also where everything waits for the end', async () => {
      const { encoder } = await loadModel(REFORMER, { overrides: { lsh: { rule: 'offline' } } });
      const { encodings } = encoder.encodeSequence({ tokens: Float32Array.of(5, 6) });
      const { code, stdout, stderr } = await longwave(
        ['encode', '-', '--model', REFORMER, '--rule', 'offline'],
        'id\n5\n6\n97\n',
      );
      expect([code, stderr]).toEqual([3, expect.stringContaining('id of token 2')]);
      expect(embeddings(stdout)).toEqual([...encodings]);
    });

    it.each([
      ['a rule without a model', [], ['--rule', 'offline'], '`--model` with'],
      ['a horizon for a Longformer', ['--model', CHECKPOINT], ['--horizon', '4'], 'got `lsh`'],
      ['a horizon that is no number', ['--model', REFORMER], ['--horizon', 'far'], '`--horizon` to be a number'],
    ])('refuses %s', async (_, model, options, message) => {
      const { code, stdout, stderr } = await longwave(['encode', csv(), ...model, ...options]);
      expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
    });

    it('refuses columns of token types, which it has not', async () => {
      const { code, stderr } = await longwave(['encode', '-', '--model', REFORMER], 'id,type\n5,0\n');
      expect([code, stderr]).toEqual([2, expect.stringContaining('`idColumns` to be 1 for a Reformer')]);
    });
  });

  it('scales the values of a series for a model of values', async () => {
    const model = join(folder, 'linear.safetensors');
    const config = { inputSize: 2, hiddenSize: 8, numLayers: 1, numHeads: 2, window: 4, lookAhead: 2 };
    await saveModelFile(model, { encoder: createLongformer(config, { seed: 5 }), labels: [] });
    const csv = `a,b\n${IDS.map((id, i) => `${id},${i}`).join('\n')}\n`;
    const { code, stdout } = await longwave(['encode', '-', '--model', model], csv);
    expect([code, linesOf(stdout).length]).toEqual([0, 50]);
    const wide = await longwave(['encode', '-', '--model', model], 'a\n1\n2\n');
    expect([wide.code, wide.stdout]).toEqual([2, '']);
    expect(wide.stderr).toMatch(/width 2, which the model takes .*got width 1 \(front scale\) \[CONFIG_INVALID\]\n$/);
  });

  it.each([
    ['an unknown id', [5, 97, 6], 1, 'TOKEN_INVALID', 'id of token 1 to be an integer in 0..96, got 97'],
    ['an id with a fraction', [5, 6, 7.5], 2, 'TOKEN_INVALID', 'id of token 2 '],
    ['more ids than learned positions', new Array(70).fill(5), 64, 'POSITION_EXHAUSTED', 'at most 64 tokens'],
  ])('ends with 3 on %s, after the rows before it', async (_, ids, rows, errorCode, message) => {
    const { code, stdout, stderr } = await longwave(['encode', '-', '--model', CHECKPOINT], `id\n${ids.join('\n')}\n`);
    expect([code, linesOf(stdout).length]).toEqual([3, rows]);
    expect(stderr).toMatch(new RegExp(`^longwave: .*${message}.* \\[${errorCode}\\]\\n$`));
  });

  it('ends with 3 where there is no model, and with 2 for audio into a model of ids', async () => {
    const csv = file('one.csv', 'id\n5\n');
    const missing = await longwave(['encode', csv, '--model', join(folder, 'none')]);
    expect([missing.code, missing.stderr]).toEqual([3, expect.stringContaining('[WEIGHTS_UNREADABLE]')]);
    const wav = await longwave(['encode', file('a.wav', ''), '--model', CHECKPOINT]);
    expect([wav.code, wav.stderr]).toEqual([2, expect.stringContaining('got audio [CONFIG_INVALID]')]);
  });
});
