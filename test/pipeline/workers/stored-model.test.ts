import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLongformer, loadModel, saveModelFile } from '../../../models/index.ts';
import { ModelPool, type ModelSpec } from '../../../pipeline/index.ts';

const CHECKPOINT = fileURLToPath(new URL('../../fixtures/hf/longformer-checkpoint', import.meta.url));
const CONFIG = { inputSize: 2, hiddenSize: 8, numLayers: 1, numHeads: 2, window: 4 };
const IDS = Float64Array.of(0, 5, 7, 9, 2);

let folder: string;
let pool: ModelPool;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'longwave-stored-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  pool = new ModelPool({ workers: 1 });
});
afterEach(() => pool.close());

async function saved(name: string): Promise<string> {
  const path = join(folder, name);
  await saveModelFile(path, { encoder: createLongformer(CONFIG, { seed: 5 }), labels: [] });
  return path;
}

const spec = (model: string, channels = 2): ModelSpec => ({
  kind: 'embedding',
  front: { kind: 'none', channels },
  encoder: { model },
});

describe('a model named by its path', () => {
  it('gives in a worker what it gives on the main thread, from a file and from a directory', async () => {
    const file = await pool.open(spec(await saved('a.safetensors')));
    const rows = Float64Array.of(1, 2, 3, 4);
    expect(await file.push(rows)).toMatchObject({
      rows: createLongformer(CONFIG, { seed: 5 }).open().push(Float32Array.from(rows)),
    });
    const directory = await pool.open(spec(CHECKPOINT, 1));
    const stream = (await loadModel(CHECKPOINT)).encoder.open();
    expect(await directory.push(IDS)).toMatchObject({ rows: stream.push(Float32Array.from(IDS)) });
    expect(await directory.flush()).toMatchObject({ startToken: 0, rows: stream.flush() });
  });

  it('is read once by a worker', async () => {
    const path = await saved('once.safetensors');
    await pool.open(spec(path));
    rmSync(path);
    const again = await pool.open(spec(path));
    expect(await again.push(Float64Array.of(1, 2))).toMatchObject({ rows: { length: 8 } });
  });

  it('keeps the order of other streams while it is read', async () => {
    const other = await pool.open({
      ...spec(''),
      encoder: { longformer: CONFIG, seed: 1 },
    } as ModelSpec);
    const answers: string[] = [];
    const note = (name: string) => (): void => void answers.push(name);
    await Promise.all([
      other.push(Float64Array.of(1, 2)).then(note('push 0')),
      pool.open(spec(CHECKPOINT, 1)).then(note('open')),
      other.push(Float64Array.of(3, 4)).then(note('push 1')),
      other.flush().then(note('flush')),
    ]);
    expect(answers).toEqual(['push 0', 'open', 'push 1', 'flush']);
  });

  it('brings back why it cannot be read, and is tried anew', async () => {
    const path = join(folder, 'late.safetensors');
    await expect(pool.open(spec(path))).rejects.toMatchObject({ name: 'WeightsError', code: 'WEIGHTS_UNREADABLE' });
    await saved('late.safetensors');
    truncateSync(path, 100);
    await expect(pool.open(spec(path))).rejects.toMatchObject({ name: 'WeightsError', code: 'WEIGHTS_MALFORMED' });
    await saved('late.safetensors');
    await expect(pool.open(spec(path))).resolves.toBeDefined();
  });

  it.each([
    ['rows of another width', { kind: 'none', channels: 3 }, /width 2.*linear.*width 3 \(front none\)/],
    ['log-mel tokens', { kind: 'logMel', sampleRateHz: 16_000 }, /width 2.*width 64 \(front logMel\)/],
  ] as const)('refuses %s by naming both widths', async (_, front, message) => {
    const opened = pool.open({ ...spec(await saved('width.safetensors')), front } as ModelSpec);
    await expect(opened).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
  });

  it('takes no more once it has refused tokens that the front has let go, and still gives what it owes', async () => {
    const path = join(folder, 'short.safetensors');
    const learned = { position: 'learned', maxPositions: 5, lookAhead: 2 } as const;
    await saveModelFile(path, { encoder: createLongformer({ ...CONFIG, ...learned }, { seed: 5 }), labels: [] });
    const front = { kind: 'scale', channels: 2, warmupRows: 2 };
    const stream = await pool.open({ ...spec(path), front } as ModelSpec);
    expect(await stream.push(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8))).toMatchObject({ rows: { length: 2 * 8 } });
    for (const rows of [Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 2)]) {
      await expect(stream.push(rows)).rejects.toMatchObject({ code: 'POSITION_EXHAUSTED' });
    }
    expect(await stream.flush()).toMatchObject({ startToken: 2, rows: { length: 2 * 8 } });
  });

  it('refuses to scale ids', async () => {
    const front = { kind: 'scale', channels: 1, warmupRows: 5 };
    await expect(pool.open({ ...spec(CHECKPOINT), front } as ModelSpec)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('got scale'),
    });
  });

  it('takes rows of id, type and position, as the caller says', async () => {
    const stream = await pool.open({
      kind: 'embedding',
      front: { kind: 'none', channels: 3 },
      encoder: { model: CHECKPOINT, options: { idColumns: 3 } },
    });
    const { encoder } = await loadModel(CHECKPOINT, { idColumns: 3 });
    const rows = Float64Array.of(0, 0, 2, 5, 1, 9);
    await stream.push(rows);
    expect(await stream.flush()).toMatchObject({
      rows: encoder.encodeSequence({ tokens: Float32Array.from(rows) }).encodings,
    });
  });

  it.each([
    [97, 'Expected the id of token 2 to be an integer in 0..96, got 97'],
    [7.5, 'Expected the id of token 2 to be an integer in 0..96, got 7.5'],
    [7.000000001, 'Expected column 0 of token 2 to be an integer, got 7.000000001'],
  ])('refuses the id %d by its token, and goes on', async (id, message) => {
    const stream = await pool.open(spec(CHECKPOINT, 1));
    await stream.push(Float64Array.of(0, 5));
    await expect(stream.push(Float64Array.of(id))).rejects.toMatchObject({ code: 'TOKEN_INVALID', message });
    await stream.push(Float64Array.of(7, 9, 2));
    const whole = (await loadModel(CHECKPOINT)).encoder.encodeSequence({ tokens: Float32Array.from(IDS) });
    expect(await stream.flush()).toMatchObject({ rows: whole.encodings });
  });
});
