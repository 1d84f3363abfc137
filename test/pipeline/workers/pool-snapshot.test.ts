import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ModelPool, ModelSnapshot, ModelSpec } from '../../../pipeline/index.ts';
import { crashes, kill, marked, SPEC, start, stop } from './crash-pool.ts';
import { faults } from './faulty-threads.ts';
import { MODELS, onThisThread, wave } from './model-rows.ts';

vi.mock('node:worker_threads', async (original) => {
  const { withFaults } = await import('./faulty-threads.ts');
  return withFaults(await original<typeof import('node:worker_threads')>());
});

afterEach(stop);

/** The state of a stream behind these rows. */
async function stateBehind(pool: ModelPool, rows: number, spec: ModelSpec = SPEC): Promise<ModelSnapshot> {
  const stream = await pool.open(spec);
  await stream.push(wave(0, rows));
  const snapshot = await stream.snapshot();
  await stream.close();
  return snapshot ?? expect.unreachable();
}

describe('the snapshot of a pooled stream', () => {
  it('is the state behind the calls made before it, and the stream goes on', async () => {
    const pool = start({ workers: 2 });
    const stream = await pool.open(SPEC);
    const [, snapshot, later] = await Promise.all([
      stream.push(wave(0, 50)),
      stream.snapshot(),
      stream.push(wave(50, 30)),
      stream.flush(),
    ]);
    const restored = await pool.restore(SPEC, snapshot ?? expect.unreachable());
    expect(await restored.push(wave(50, 30))).toEqual(later);
    expect(restored.stats.tokens).toBe(80);
  });

  it('is nothing while its model holds the whole stream', async () => {
    const pool = start({ workers: 1 });
    const stream = await pool.open(MODELS['a stream that is held whole'] as ModelSpec);
    await stream.push(wave(0, 10));
    expect(await stream.snapshot()).toBeUndefined();
    await stream.close();
    await expect(stream.snapshot()).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
  });

  it('waits for a worker that dies, and is that of a run without the crash', async () => {
    const pool = start({ workers: 1 });
    const stream = await pool.open(SPEC);
    faults.timesLeft = 1;
    const pushes = [wave(0, 50), marked(1001, 20)];
    const [, , snapshot] = await Promise.all([
      ...pushes.map((rows) => stream.push(rows)),
      stream.snapshot(),
      stream.close(),
    ]);
    expect(crashes.length).toBe(1);
    const restored = await pool.restore(SPEC, (snapshot as ModelSnapshot) ?? expect.unreachable());
    const rest = [await restored.push(wave(70, 9)), await restored.flush()];
    expect(rest).toEqual((await onThisThread(SPEC, [...pushes, wave(70, 9)])).slice(2));
  });

  it('is asked for again when its worker dies, also where nothing but the end follows', async () => {
    const pool = start({ workers: 1 });
    const stream = await pool.open(SPEC);
    await stream.push(wave(0, 50));
    kill(0);
    const [snapshot] = await Promise.all([stream.snapshot(), stream.close()]);
    expect(crashes.length).toBe(1);
    const restored = await pool.restore(SPEC, snapshot ?? expect.unreachable());
    expect(await restored.push(wave(50, 30))).toEqual((await onThisThread(SPEC, [wave(0, 50), wave(50, 30)]))[1]);
  });

  it('is what a restored stream goes on from after a crash', async () => {
    const pool = start({ workers: 1 });
    const restored = await pool.restore(SPEC, await stateBehind(pool, 50), 'pump');
    kill(0);
    await expect.poll(() => crashes).toMatchObject([{ streams: ['pump'], lost: [] }]);
    const answers = [await restored.push(wave(50, 30)), await restored.flush()];
    expect(answers).toEqual((await onThisThread(SPEC, [wave(0, 50), wave(50, 30)])).slice(1));
    expect(pool.stats()).toMatchObject([{ crashes: 1, restores: 1, streams: 1 }]);
  });

  it('is restored once also when the worker dies while it is at it', async () => {
    const pool = start({ workers: 1 });
    const state = await stateBehind(pool, 50);
    const restoring = pool.restore(SPEC, state);
    kill(0);
    const restored = await restoring;
    expect(await restored.push(wave(50, 30))).toEqual((await onThisThread(SPEC, [wave(0, 50), wave(50, 30)]))[1]);
  });

  it('of another model is refused, and leaves no stream', async () => {
    const pool = start({ workers: 1 });
    const state = await stateBehind(pool, 50, MODELS['rows as they are, through LSH'] as ModelSpec);
    const other = MODELS['rows, judged with an encoder'] as ModelSpec;
    for (const spec of [SPEC, other]) {
      const fault = { name: 'SnapshotError', code: 'SNAPSHOT_MODEL_MISMATCH' };
      await expect(pool.restore(spec, state)).rejects.toMatchObject(fault);
    }
    expect(pool.stats()).toMatchObject([{ streams: 0, crashes: 0 }]);
  });
});
