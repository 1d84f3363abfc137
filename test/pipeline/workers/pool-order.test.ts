import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { ModelPool, type ModelSpec } from '../../../pipeline/index.ts';
import { EncoderCache } from '../../../pipeline/workers/encoder-cache.ts';
import { openStreamModel } from '../../../pipeline/workers/stream-model.ts';
import { marked, start, stop } from './crash-pool.ts';
import { faults } from './faulty-threads.ts';

vi.mock('node:worker_threads', async (original) => {
  const { withFaults } = await import('./faulty-threads.ts');
  return withFaults(await original<typeof import('node:worker_threads')>());
});

const SPEC: ModelSpec = {
  kind: 'embedding',
  front: { kind: 'scale', channels: 1, warmupRows: 3 },
  encoder: { longformer: { inputSize: 1, hiddenSize: 4, numLayers: 1, numHeads: 1, window: 5, lookAhead: 1 }, seed: 9 },
};
const STREAMS = 5;
const rows = (from: number, length: number): Float64Array => new Float64Array(length).map((_, i) => Math.cos(from + i));

/** Which stream gets how many rows; 0 rows is a message all the same. A push of 200 rows is over the bound by itself. */
const pushes = fc.array(
  fc.record({ stream: fc.nat(STREAMS - 1), length: fc.oneof(fc.nat(3), fc.nat(100), fc.constant(200)) }),
  { maxLength: 60 },
);

const pool = new ModelPool({ workers: 2, maxQueuedBytes: 1024 });
afterAll(() => pool.close());

describe('the order of calls', () => {
  it('is kept per stream and gives the bits of one thread, however many pushes wait for room at once', async () => {
    await fc.assert(
      fc.asyncProperty(pushes, async (list) => {
        const streams = await Promise.all(Array.from({ length: STREAMS }, () => pool.open(SPEC)));
        const taken = new Array<number>(STREAMS).fill(0);
        const wanted = list.map(({ stream, length }) => {
          const from = taken[stream] as number;
          taken[stream] = from + length;
          return { stream, samples: rows(1000 * stream + from, length) };
        });
        const settled: number[] = [];
        const answers = await Promise.all([
          ...wanted.map(async ({ stream, samples }, i) => {
            const answer = await streams[stream]?.push(samples);
            settled.push(i);
            return answer;
          }),
          ...streams.map((stream) => stream.flush()),
        ]);
        const cache = new EncoderCache();
        const models = await Promise.all(streams.map(() => openStreamModel(SPEC, cache)));
        expect(answers).toEqual([
          ...wanted.map(({ stream, samples }) => models[stream]?.push(samples)),
          ...models.map((model) => model.flush()),
        ]);
        for (const s of streams.keys()) {
          const ofStream = settled.filter((i) => wanted[i]?.stream === s);
          expect(ofStream).toEqual(ofStream.toSorted((a, b) => a - b));
        }
        await Promise.all(streams.map((stream) => stream.close()));
      }),
      { numRuns: 30 },
    );
  });

  it('is nothing that one worker could keep another from', async () => {
    const pool = start({ workers: 2 });
    const [stuck, other] = [await pool.open(SPEC), await pool.open(SPEC)];
    faults.timesLeft = 1;
    const late = stuck.push(marked(1006, 10));
    const settled = vi.fn();
    late.then(settled);
    const pushes = Array.from({ length: 20 }, (_, i) => rows(i * 10, 10));
    const answers = [];
    for (const samples of pushes) answers.push(await other.push(samples));
    const model = await openStreamModel(SPEC, new EncoderCache());
    expect(answers).toEqual(pushes.map((samples) => model.push(samples)));
    expect(settled).not.toHaveBeenCalled();
    faults.release();
    expect(await late).toMatchObject({ kind: 'embedding' });
    await stop();
  });

  it('takes the samples as they are when the call is made, also where the push has to wait', async () => {
    const stream = await pool.open(SPEC);
    const samples = new Float64Array(200);
    const answers = Promise.all(
      [0, 200, 400].map((from) => {
        samples.set(rows(from, 200));
        return stream.push(samples);
      }),
    );
    const model = await openStreamModel(SPEC, new EncoderCache());
    expect(await answers).toEqual([0, 200, 400].map((from) => model.push(rows(from, 200))));
    await stream.close();
  });
});
