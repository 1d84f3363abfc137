import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLongformer, saveModelFile } from '../../../models/index.ts';
import type { ModelSpec } from '../../../pipeline/index.ts';
import { crashes, kill, marked, SPEC, start, stop } from './crash-pool.ts';
import { faults } from './faulty-threads.ts';
import { onThisThread, wave } from './model-rows.ts';

vi.mock('node:worker_threads', async (original) => {
  const { withFaults } = await import('./faulty-threads.ts');
  return withFaults(await original<typeof import('node:worker_threads')>());
});

afterEach(stop);

describe('a worker that dies', () => {
  it('is given up for one stream only when that stream ends it again and again; the others have their answers before', async () => {
    const pool = start({ workers: 1 });
    const [good, bad, idle] = [await pool.open(SPEC, 'good'), await pool.open(SPEC, 'bad'), await pool.open(SPEC)];
    await Promise.all([idle.push(wave(3, 45)), bad.push(wave(0, 45))]);
    faults.timesLeft = 100;
    const settled: string[] = [];
    const note = (name: string) => (): void => void settled.push(name);
    const poisoned = bad.push(marked(1001, 5));
    const behind = bad.push(wave(0, 5));
    const pushes = [wave(0, 60), wave(60, 60)];
    const answers = pushes.map((samples) => good.push(samples));
    poisoned.catch(note('bad'));
    behind.catch(note('behind'));
    for (const answer of answers) answer.then(note('good'));
    for (const call of [poisoned, behind]) {
      await expect(call).rejects.toMatchObject({ name: 'WorkerError', code: 'WORKER_CRASHED' });
    }
    expect(settled).toEqual(['good', 'good', 'bad', 'behind']);
    expect(crashes.map(({ streams, lost }) => [streams, lost])).toEqual([
      [['good', 'bad', 'stream 2'], []],
      [['good', 'bad', 'stream 2'], []],
      [['good', 'stream 2'], ['bad']],
    ]);
    expect([...(await Promise.all(answers)), await good.flush()]).toEqual(await onThisThread(SPEC, pushes));
    expect((await Promise.all([idle.push(wave(48, 5)), idle.flush()])).slice(0, 1)).toEqual(
      (await onThisThread(SPEC, [wave(3, 45), wave(48, 5)])).slice(1, 2),
    );
    await expect(bad.push(wave(0, 1))).rejects.toMatchObject({ code: 'WORKER_CRASHED' });
    await bad.close();
    expect(pool.stats()[0]).toMatchObject({ streams: 2, crashes: 3 });
  });

  it('gives up a stream whose replay ends the worker, though its calls were answered once', async () => {
    const pool = start({ workers: 1, restoreTries: 1 });
    const [good, bad] = [await pool.open(SPEC, 'good'), await pool.open(SPEC, 'bad')];
    await Promise.all([good.push(wave(0, 50)), bad.push(marked(1001, 50))]);
    faults.timesLeft = 100;
    kill(0);
    const after = good.push(wave(50, 10));
    await expect(bad.push(wave(0, 1))).rejects.toMatchObject({ code: 'WORKER_CRASHED' });
    expect(await after).toEqual((await onThisThread(SPEC, [wave(0, 50), wave(50, 10)]))[1]);
    expect(crashes.at(-1)?.lost).toEqual(['bad']);
  });

  it('takes its streams with it where they are not restored, and no others', async () => {
    const pool = start({ workers: 2, restore: false });
    const [first, second] = [await pool.open(SPEC), await pool.open(SPEC)];
    faults.timesLeft = 1;
    const call = first.push(marked(1002, 5));
    const pushes = [wave(0, 50), wave(50, 10)];
    const answers = pushes.map((samples) => second.push(samples));
    await expect(call).rejects.toMatchObject({ name: 'WorkerError', code: 'WORKER_CRASHED' });
    await expect(first.push(wave(0, 5))).rejects.toMatchObject({ code: 'WORKER_CRASHED' });
    expect([...(await Promise.all(answers)), await second.flush()]).toEqual(await onThisThread(SPEC, pushes));
    expect(crashes).toMatchObject([{ worker: 0, streams: [], lost: ['stream 0'] }]);
    expect(pool.stats()).toMatchObject([
      { streams: 0, keptBytes: 0 },
      { streams: 1, keptBytes: 0 },
    ]);
    const next = await pool.open(SPEC);
    expect(await next.push(wave(0, 50))).toEqual((await onThisThread(SPEC, [wave(0, 50)]))[0]);
  });

  it('is a bounded number of tries where no thread comes up at all', async () => {
    const pool = start({ workers: 1 });
    faults.file = 'there-is-no-such-worker.mjs';
    await expect(Promise.all([pool.open(SPEC), pool.open(SPEC)])).rejects.toMatchObject({ code: 'WORKER_CRASHED' });
    await expect.poll(() => pool.stats()[0]?.streams).toBe(0);
    expect(crashes.length).toBeLessThanOrEqual(5);
    faults.file = undefined;
    const stream = await pool.open(SPEC);
    expect(await stream.push(wave(0, 50))).toEqual((await onThisThread(SPEC, [wave(0, 50)]))[0]);
  });
});

describe('a stream whose model cannot be had again', () => {
  it('is given up with the reason', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'longwave-crash-'));
    const path = join(folder, 'model.safetensors');
    const config = { inputSize: 1, hiddenSize: 4, numLayers: 1, numHeads: 1, window: 4 };
    const save = (seed: number): Promise<void> =>
      saveModelFile(path, { encoder: createLongformer(config, { seed }), labels: [] });
    await save(1);
    const pool = start({ workers: 1 });
    const stored: ModelSpec = { kind: 'embedding', front: { kind: 'none', channels: 1 }, encoder: { model: path } };
    const [stream, other] = [await pool.open(stored, 'stored'), await pool.open(SPEC)];
    await stream.push(wave(0, 5));
    await save(2);
    kill(0);
    await expect(stream.push(wave(5, 5))).rejects.toMatchObject({
      ...{ code: 'WORKER_CRASHED', message: expect.stringContaining('stream stored') },
      cause: { code: 'SNAPSHOT_MODEL_MISMATCH' },
    });
    expect(await other.push(wave(0, 50))).toEqual((await onThisThread(SPEC, [wave(0, 50)]))[0]);
    rmSync(folder, { recursive: true });
  });
});
