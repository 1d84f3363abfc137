import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createLongformer,
  createReformer,
  type LongformerConfig,
  saveModelFile,
  saveSafetensors,
} from '../../../models/index.ts';
import { configuredModel, requirePipeline, storedModel } from '../../../pipeline/index.ts';

const CHECKPOINT = fileURLToPath(new URL('../../fixtures/hf/longformer-checkpoint', import.meta.url));
const REFORMER = fileURLToPath(new URL('../../fixtures/hf/reformer-checkpoint', import.meta.url));
const AUDIO = { kind: 'audio', channels: 1 } as const;
const series = (channels: number) => ({ kind: 'series', channels }) as const;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-models-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function saved(name: string, config: Partial<LongformerConfig>): Promise<string> {
  const path = join(folder, `${name}.safetensors`);
  const encoder = createLongformer({ inputSize: 2, hiddenSize: 8, numLayers: 1, numHeads: 2, ...config }, { seed: 5 });
  await saveModelFile(path, { encoder, labels: [] });
  return path;
}

const pipeline = (parts: string) =>
  requirePipeline(`name: x\nsource: { csv: { path: a.csv } }\n${parts}\nsink: { ndjson: {} }\n`, 'x.yaml');

describe('the front of a stored model', () => {
  it('scales a series and makes log-mel tokens of audio for a model of values', async () => {
    const path = await saved('linear', {});
    expect(await storedModel(path, series(2))).toEqual({
      kind: 'embedding',
      front: { kind: 'scale', channels: 2, warmupRows: 100 },
      encoder: { model: path },
    });
    expect(await storedModel(path, AUDIO)).toMatchObject({ front: { kind: 'logMel', sampleRateHz: 16_000 } });
  });

  it('takes rows as they are for embeddings and ids, with the columns of a directory from the caller', async () => {
    const path = await saved('direct', { input: 'direct', inputSize: 8 });
    expect(await storedModel(path, series(8))).toMatchObject({
      front: { kind: 'none', channels: 8 },
      encoder: { model: path },
    });
    expect(await storedModel(CHECKPOINT, series(3))).toEqual({
      kind: 'embedding',
      front: { kind: 'none', channels: 3 },
      encoder: { model: CHECKPOINT, options: { idColumns: 3 } },
    });
  });

  it('scales a series for a Reformer of values', async () => {
    const path = join(folder, 'reformer.safetensors');
    const encoder = createReformer({ inputSize: 2, hiddenSize: 4, numHeads: 2, layers: ['local'] }, { seed: 1 });
    await saveModelFile(path, { encoder, labels: [] });
    expect(await storedModel(path, series(2))).toMatchObject({ front: { kind: 'scale', channels: 2 } });
  });

  it('refuses audio for ids', async () => {
    await expect(storedModel(CHECKPOINT, AUDIO)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('names what is no model', async () => {
    const broken = join(folder, 'broken.safetensors');
    writeFileSync(broken, 'x');
    const foreign = join(folder, 'foreign.safetensors');
    await saveSafetensors(foreign, new Map([['w', { shape: [1], values: [1] }]]));
    const codeOf = (path: string): Promise<unknown> => storedModel(path, series(1)).catch((error) => error.code);
    expect(await Promise.all([join(folder, 'none'), broken, foreign].map(codeOf))).toEqual([
      'WEIGHTS_UNREADABLE',
      'WEIGHTS_MALFORMED',
      'WEIGHTS_UNSUPPORTED',
    ]);
  });
});

describe('the model of a pipeline file', () => {
  it('is the stored one with the front that suits it, or the one that the file names', async () => {
    const path = await saved('named', {});
    const encoder = `encoder: { model: ${path} }`;
    expect(await configuredModel(pipeline(`${encoder}\nhead: { scene: { threshold: 0.7 } }`), series(2))).toEqual({
      kind: 'scene',
      front: { kind: 'scale', channels: 2, warmupRows: 100 },
      encoder: { model: path },
      threshold: 0.7,
    });
    const plain = await configuredModel(
      pipeline(`front: { none: {} }\n${encoder}\nhead: { embedding: {} }`),
      series(2),
    );
    expect(plain).toMatchObject({ kind: 'embedding', front: { kind: 'none', channels: 2 } });
  });

  it('takes the fields of an untrained encoder as they stand', async () => {
    const fields = 'hiddenSize: 8, numLayers: 2, numHeads: 2, lookAhead: [1, 0], dilation: [2, [1, 3]], sinks: 4';
    const config = pipeline(`front: { none: {} }\nencoder: { ${fields} }\nhead: { embedding: {} }`);
    expect(await configuredModel(config, series(3))).toEqual({
      kind: 'embedding',
      front: { kind: 'none', channels: 3 },
      encoder: {
        longformer: {
          ...{ inputSize: 3, hiddenSize: 8, numLayers: 2, numHeads: 2 },
          ...{ lookAhead: [1, 0], dilation: [2, [1, 3]], sinks: 4 },
        },
        seed: 1,
      },
    });
  });

  it('takes the fields of an untrained Reformer as they stand', async () => {
    const fields =
      'layers: [window, lsh], hiddenSize: 8, numHeads: 2, lsh: { numBuckets: 4 }, window: { window: 5 }, seed: 3';
    const config = pipeline(`front: { none: {} }\nencoder: { ${fields} }\nhead: { scene: {} }`);
    expect(await configuredModel(config, series(3))).toEqual({
      kind: 'scene',
      front: { kind: 'none', channels: 3 },
      encoder: {
        reformer: {
          ...{ inputSize: 3, layers: ['window', 'lsh'], hiddenSize: 8, numHeads: 2 },
          ...{ lsh: { numBuckets: 4 }, window: { window: 5 } },
        },
        seed: 3,
      },
    });
  });

  it('passes the changes to a stored Reformer on', async () => {
    const encoder = `encoder: { model: ${REFORMER}, lsh: { horizon: 8 }, positionPolicy: recycle }`;
    expect(await configuredModel(pipeline(`${encoder}\nhead: { embedding: {} }`), series(1))).toEqual({
      kind: 'embedding',
      front: { kind: 'none', channels: 1 },
      encoder: {
        model: REFORMER,
        options: { idColumns: 1, overrides: { lsh: { horizon: 8 }, positionPolicy: 'recycle' } },
      },
    });
  });

  it.each([
    ['a Longformer', 'hiddenSize: 8, numLayers: 1, numHeads: 2'],
    ['a Reformer', 'hiddenSize: 8, numHeads: 2, layers: [local], local: { chunkLength: 4 }'],
    ['a stored model', `model: ${REFORMER}`],
  ])('hands the engine and the precision of the caches on, beside what makes %s', async (_, fields) => {
    const parts = (engine: string): string =>
      `front: { none: {} }\nencoder: { ${fields}${engine} }\nhead: { embedding: {} }`;
    const plain = await configuredModel(pipeline(parts('')), series(1));
    const chosen = await configuredModel(pipeline(parts(', engine: reference')), series(1));
    expect(plain.encoder).not.toHaveProperty('engine');
    expect(chosen).toEqual({ ...plain, encoder: { ...plain.encoder, engine: 'reference' } });
    const small = await configuredModel(pipeline(parts(', cachePrecision: int8')), series(1));
    expect(small).toEqual({ ...plain, encoder: { ...plain.encoder, cachePrecision: 'int8' } });
  });

  it('gives the anomaly head an encoder of one channel, whatever the number of columns', async () => {
    const fields = 'hiddenSize: 8, numLayers: 1, numHeads: 2';
    const config = pipeline(`encoder: { ${fields} }\nhead: { anomaly: { useEncoder: true } }`);
    expect(await configuredModel(config, series(3))).toMatchObject({
      head: { channels: 3 },
      encoder: { longformer: { inputSize: 1 } },
    });
  });
});
