import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createReformer, loadModel, type ReformerConfig, saveModelFile } from '../../../models/index.ts';
import { ModelPool, type ModelSpec } from '../../../pipeline/index.ts';

const CHECKPOINT = fileURLToPath(new URL('../../fixtures/hf/reformer-checkpoint', import.meta.url));
const CONFIG = {
  ...{ inputSize: 1, hiddenSize: 8, numHeads: 2, layers: ['window', 'lsh'] },
  ...{ lsh: { numBuckets: 4, chunkLength: 4, horizon: 12 }, window: { window: 3, lookAhead: 2 } },
} as const satisfies ReformerConfig;
const IDS = Float64Array.from({ length: 30 }, (_, i) => (7 * i) % 97);

let folder: string;
let pool: ModelPool;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-reformer-pool-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  pool = new ModelPool({ workers: 1 });
});
afterEach(() => pool.close());

const rowsOf = (encoder: (ModelSpec & { kind: 'embedding' })['encoder']): ModelSpec & { kind: 'embedding' } => ({
  kind: 'embedding',
  front: { kind: 'none', channels: 1 },
  encoder,
});

async function saved(name: string, change: Partial<ReformerConfig>): Promise<string> {
  const path = join(folder, name);
  await saveModelFile(path, { encoder: createReformer({ ...CONFIG, ...change }, { seed: 5 }), labels: [] });
  return path;
}

describe('a Reformer in a worker', () => {
  it('gives what it gives on the main thread: a seeded one, a file and a directory', async () => {
    const directory = (await loadModel(CHECKPOINT)).encoder;
    for (const [spec, encoder] of [
      [{ reformer: CONFIG, seed: 5 }, createReformer(CONFIG, { seed: 5 })],
      [{ model: await saved('a.safetensors', {}) }, createReformer(CONFIG, { seed: 5 })],
      [{ model: CHECKPOINT }, directory],
    ] as const) {
      const [remote, stream] = [await pool.open(rowsOf(spec)), encoder.open()];
      expect(await remote.push(IDS)).toMatchObject({ startToken: 0, rows: stream.push(Float32Array.from(IDS)) });
      expect(await remote.flush()).toMatchObject({ rows: stream.flush() });
    }
  });

  it('takes changes to what its streams look for', async () => {
    const overrides = { lsh: { rule: 'prefix-exact', horizon: 5 } } as const;
    const { encoder } = await loadModel(CHECKPOINT, { overrides });
    const remote = await pool.open(rowsOf({ model: CHECKPOINT, options: { overrides } }));
    expect(await remote.push(IDS)).toMatchObject({ rows: encoder.open().push(Float32Array.from(IDS)) });
  });

  it.each([
    [
      'whose rule is offline',
      { lsh: { ...CONFIG.lsh, rule: 'offline' } },
      /offline; bucket-recency and prefix-exact stream$/,
    ],
    ['that is not causal', { layers: ['window'], lsh: undefined, causal: false }, /got one that is not causal$/],
  ] as [string, object, RegExp][])('is refused in a pipeline when it is one %s', async (_, change, message) => {
    const config = Object.fromEntries(Object.entries({ ...CONFIG, ...change }).filter(([, v]) => v !== undefined));
    const spec = rowsOf({ reformer: config as unknown as ReformerConfig, seed: 1 });
    const scene = { ...spec, kind: 'scene', untilEnd: 'allow' } as unknown as ModelSpec;
    for (const refused of [spec, { ...spec, untilEnd: 'refuse' as const }, scene]) {
      await expect(pool.open(refused)).rejects.toMatchObject({
        name: 'ConfigError',
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(message),
      });
    }
  });

  it('gives everything at the end where that is allowed', async () => {
    const model = await saved('offline.safetensors', { lsh: { ...CONFIG.lsh, rule: 'offline' } });
    const { encoder } = await loadModel(model);
    const remote = await pool.open({ ...rowsOf({ model }), untilEnd: 'allow' });
    expect(await remote.push(IDS)).toMatchObject({ startToken: 0, rows: { length: 0 } });
    expect(remote.stats).toMatchObject({ tokens: 30 });
    expect(await remote.flush()).toMatchObject({
      startToken: 0,
      rows: encoder.encodeSequence({ tokens: Float32Array.from(IDS) }).encodings,
    });
  });

  it('says that the whole is too long as what it is', async () => {
    const config = { inputSize: 1, hiddenSize: 1, numHeads: 1, layers: ['local'], causal: false } as const;
    const remote = await pool.open({ ...rowsOf({ reformer: config, seed: 1 }), untilEnd: 'allow' });
    await expect(remote.push(new Float32Array(2 ** 20 + 1))).rejects.toMatchObject({
      name: 'OverflowError',
      code: 'BUFFER_OVERFLOW',
    });
  });

  it.each([
    [
      'gives nothing before the end',
      { lsh: { ...CONFIG.lsh, rule: 'offline' } },
      /got one that gives nothing before the end$/,
    ],
    ['looks ahead', {}, /got a look-ahead of 2 tokens$/],
  ] as [string, Partial<ReformerConfig>, RegExp][])(
    'is no encoder of the anomaly head when it %s',
    async (_, change, message) => {
      const encoder = { reformer: { ...CONFIG, ...change }, seed: 1 };
      await expect(pool.open({ kind: 'anomaly', head: { channels: 1 }, encoder })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(message),
      });
    },
  );

  it('gives the anomaly head its encodings as features', async () => {
    const encoder = { reformer: { ...CONFIG, window: { window: 3 } }, seed: 1 };
    const [plain, encoded] = await Promise.all(
      [{}, { encoder }].map((part) =>
        pool.open({ kind: 'anomaly', head: { channels: 1, probationRows: 20 }, ...part }),
      ),
    );
    const rows = Float64Array.from({ length: 60 }, (_, i) => Math.sin(i / 3));
    const [without, with_] = [await plain?.push(rows), await encoded?.push(rows)];
    expect(with_).toMatchObject({ kind: 'anomaly', scores: { length: 60 } });
    expect(with_).not.toEqual(without);
  });
});
