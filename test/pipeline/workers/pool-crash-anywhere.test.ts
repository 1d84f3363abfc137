import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ModelPool, type ModelPoolOptions, type ModelSpec, type RemoteStream } from '../../../pipeline/index.ts';
import { faults } from './faulty-threads.ts';
import { MODELS, onThisThread, wave } from './model-rows.ts';

vi.mock('node:worker_threads', async (original) => {
  const { withFaults } = await import('./faulty-threads.ts');
  return withFaults(await original<typeof import('node:worker_threads')>());
});

const STREAMS = 4;
/** A push to one of the streams, or the end of one of the latest threads, some turns of the event loop later. */
const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ stream: fc.nat(STREAMS - 1), length: fc.oneof(fc.nat(3), fc.nat(400)) }) },
    { weight: 2, arbitrary: fc.record({ kill: fc.nat(1), turns: fc.nat(6) }) },
  ),
  { minLength: 5, maxLength: 40 },
);
const models = fc.array(fc.constantFrom(...Object.keys(MODELS)), { minLength: STREAMS, maxLength: STREAMS });
const limits = fc.record({
  maxQueuedBytes: fc.constantFrom(1024, 2 ** 24),
  snapshotBytes: fc.constantFrom(1024, 2 ** 20),
  snapshotEvery: fc.constantFrom(1, 30, 4096),
});

/** A stream and all that was pushed to it and came back. */
class Recorded {
  readonly spec: ModelSpec;
  readonly pushes: Float64Array[] = [];
  readonly answers: unknown[] = [];
  /** Indices of the pushes as their answers came. */
  readonly order: number[] = [];
  readonly #stream: RemoteStream;
  #rows = 0;

  constructor(spec: ModelSpec, stream: RemoteStream) {
    this.spec = spec;
    this.#stream = stream;
  }

  async push(length: number): Promise<void> {
    const index = this.pushes.length;
    const samples = wave(this.#rows, length);
    this.#rows += length;
    this.pushes.push(samples);
    this.answers[index] = await this.#stream.push(samples);
    this.order.push(index);
  }

  flush(): Promise<unknown> {
    return this.#stream.flush();
  }
}

let pool: ModelPool | undefined;
let crashes = 0;

/** Takes the steps without waiting for answers, checks them all, and tells nothing else. */
async function check(
  names: readonly string[],
  list: typeof steps extends fc.Arbitrary<infer T> ? T : never,
  options: ModelPoolOptions,
) {
  faults.reset();
  const opened = new ModelPool({ workers: 2, restoreTries: 50, onCrash: () => crashes++, ...options });
  pool = opened;
  const streams = await Promise.all(
    names.map(async (name) => {
      const spec = MODELS[name] as ModelSpec;
      return new Recorded(spec, await opened.open(spec));
    }),
  );
  const calls: (Promise<void> | undefined)[] = [];
  for (const step of list) {
    if ('stream' in step) {
      calls.push(streams[step.stream]?.push(step.length));
      continue;
    }
    for (let turn = 0; turn < step.turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    void faults.started.at(-1 - step.kill)?.terminate();
  }
  const ends = await Promise.all(streams.map((stream) => stream.flush()));
  await Promise.all(calls);
  for (const [s, { spec, pushes, answers, order }] of streams.entries()) {
    expect([...answers, ends[s]]).toEqual(await onThisThread(spec, pushes));
    expect(order).toEqual([...pushes.keys()]);
  }
  await opened.close();
}

describe('a worker that dies', () => {
  afterEach(() => pool?.close());

  it('changes no bit and no order, wherever it dies and whatever model it runs', async () => {
    await fc.assert(fc.asyncProperty(models, steps, limits, check), { numRuns: 10 });
    // The property would hold without a crash, too.
    expect(crashes).toBeGreaterThan(3);
  });
});
