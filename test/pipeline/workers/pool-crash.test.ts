import { afterEach, describe, expect, it, vi } from 'vitest';
import { ModelPool } from '../../../pipeline/index.ts';
import { crashes, kill, marked, SPEC, start, stop } from './crash-pool.ts';
import { faults } from './faulty-threads.ts';
import { onThisThread, wave } from './model-rows.ts';

vi.mock('node:worker_threads', async (original) => {
  const { withFaults } = await import('./faulty-threads.ts');
  return withFaults(await original<typeof import('node:worker_threads')>());
});

afterEach(stop);

describe('a worker that dies', () => {
  it.each([
    [1001, 'exits', 'exited with code 7'],
    [1002, 'throws', 'a fault of the test'],
    [1003, 'runs out of memory', 'memory limit'],
    [1004, 'meets a fault that its model does not know of', 'a fault inside the model'],
    [1005, 'exits between two answers', 'exited with code 8'],
  ])(
    'by mark %i, because it %s: is told, its streams go on with the same bits, other workers are untouched',
    async (mark, _, message) => {
      const pool = start({ workers: 2 });
      const streams = [
        await pool.open(SPEC, 'a'),
        await pool.open(SPEC, 'b'),
        await pool.open(SPEC, 'c'),
        await pool.open(SPEC, 'd'),
      ];
      faults.timesLeft = 1;
      const pushes = streams.map((_, s) => [
        wave(s, 50),
        wave(s + 50, 30),
        s === 2 ? marked(mark, 20) : wave(s, 20),
        wave(s, 40),
      ]);
      const answers = await Promise.all(
        streams.map((stream, s) =>
          Promise.all([...(pushes[s] ?? []).map((samples) => stream.push(samples)), stream.flush()]),
        ),
      );
      const wanted = await Promise.all(pushes.map((own) => onThisThread(SPEC, own)));
      expect(answers).toEqual(wanted);
      await expect.poll(() => crashes).toMatchObject([{ worker: 0, streams: ['a', 'c'], lost: [] }]);
      expect(crashes[0]?.error).toMatchObject({ name: 'WorkerError', code: 'WORKER_CRASHED' });
      expect(crashes[0]?.error.message).toContain(message);
      expect(crashes[0]?.error.cause).toBeInstanceOf(Error);
      await expect
        .poll(() => pool.stats())
        .toMatchObject([
          { crashes: 1, restores: 2, streams: 2, queuedBytes: 0, waitingBytes: 0 },
          { crashes: 0, restores: 0, streams: 2 },
        ]);
      expect(streams.map((stream) => stream.stats.tokens)).toEqual([140, 140, 140, 140]);
    },
  );

  it('is survived again by a stream that had an answer in between', async () => {
    const pool = start({ workers: 1, restoreTries: 1 });
    const stream = await pool.open(SPEC);
    const pushes = [marked(1001, 50), marked(1001, 20), marked(1001, 30)];
    const answers: unknown[] = [];
    for (const samples of pushes) {
      faults.timesLeft = 1;
      answers.push(await stream.push(samples));
    }
    expect([...answers, await stream.flush()]).toEqual(await onThisThread(SPEC, pushes));
    expect(pool.stats()).toMatchObject([{ crashes: 3, restores: 3 }]);
  });

  it('in the middle of a restore does not run what was restored twice', async () => {
    const pool = start({ workers: 1 });
    const stream = await pool.open(SPEC);
    const pushes = [wave(0, 50), marked(1001, 20), wave(70, 10), wave(80, 10)];
    const answers: unknown[] = [];
    for (const samples of pushes.slice(0, 3)) answers.push(await stream.push(samples));
    faults.timesLeft = 1;
    kill(0);
    answers.push(await stream.push(pushes[3] as Float64Array), await stream.flush());
    expect(answers).toEqual(await onThisThread(SPEC, pushes));
    expect(pool.stats()).toMatchObject([{ crashes: 2, restores: 2 }]);
  });

  it('leaves a stream that was flushed at its end', async () => {
    const pool = start({ workers: 1 });
    const stream = await pool.open(SPEC);
    await stream.push(wave(0, 50));
    const { stats } = stream;
    expect(await stream.flush()).toMatchObject({ startToken: 49, rows: { length: 4 } });
    kill(0);
    expect(await stream.flush()).toMatchObject({ startToken: 50, rows: { length: 0 } });
    await expect(stream.push(wave(50, 5))).rejects.toMatchObject({ name: 'StateError', code: 'STREAM_ENDED' });
    expect(stream.stats.tokens).toBe(stats.tokens);
    expect(pool.stats()).toMatchObject([{ crashes: 1, restores: 1 }]);
  });

  it('remembers that its model takes no more', async () => {
    const pool = start({ workers: 1 });
    const longformer = { inputSize: 1, hiddenSize: 4, numLayers: 1, numHeads: 1, window: 4 };
    const stream = await pool.open({
      kind: 'embedding',
      front: { kind: 'scale', channels: 1, warmupRows: 2 },
      encoder: { longformer: { ...longformer, position: 'learned', maxPositions: 5 }, seed: 1 },
    });
    await stream.push(wave(0, 4));
    const fault = { name: 'InputError', code: 'POSITION_EXHAUSTED' };
    await expect(stream.push(wave(4, 2))).rejects.toMatchObject(fault);
    kill(0);
    // One row has a position still, but the front is two rows ahead of the encoder.
    await expect(stream.push(wave(6, 1))).rejects.toMatchObject(fault);
    expect(pool.stats()).toMatchObject([{ crashes: 1, restores: 1 }]);
  });

  it('runs an open again that had no answer, and closes what was to be closed', async () => {
    const pool = start({ workers: 1 });
    const first = await pool.open(SPEC, 'first');
    await first.push(wave(0, 50));
    const closing = first.close();
    const opening = pool.open(SPEC, 'second');
    kill(0);
    await closing;
    const second = await opening;
    expect(await second.push(wave(0, 50))).toEqual((await onThisThread(SPEC, [wave(0, 50)]))[0]);
    expect(pool.stats()).toMatchObject([{ streams: 1, crashes: 1, restores: 0 }]);
  });

  it('answers what was called before a close', async () => {
    const pool = start({ workers: 1 });
    const stream = await pool.open(SPEC);
    await stream.push(wave(0, 50));
    const answer = stream.push(wave(50, 50));
    const closing = stream.close();
    kill(0);
    expect(await answer).toEqual((await onThisThread(SPEC, [wave(0, 50), wave(50, 50)]))[1]);
    await closing;
    expect(pool.stats()).toMatchObject([{ streams: 0, keptBytes: 0 }]);
  });

  it('rejects what is under way when the pool is closed meanwhile', async () => {
    const pool = start({ workers: 1 });
    const stream = await pool.open(SPEC);
    await stream.push(wave(0, 50));
    kill(0);
    const call = stream.push(wave(50, 50));
    call.catch(() => undefined);
    await expect.poll(() => crashes.length).toBe(1);
    await pool.close();
    await expect(call).rejects.toMatchObject({ code: 'WORKER_CRASHED' });
    await expect(stream.push(wave(0, 1))).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
    expect(faults.started.length).toBe(2);
  });

  it('is a warning of the process where nobody asks to be told', async () => {
    const warning = new Promise<Error>((resolve) => process.once('warning', resolve));
    faults.reset();
    const pool = new ModelPool({ workers: 1 });
    const stream = await pool.open(SPEC);
    kill(0);
    expect(await warning).toMatchObject({ name: 'WorkerError', code: 'WORKER_CRASHED' });
    await stream.push(wave(0, 1));
    await pool.close();
  });
});
