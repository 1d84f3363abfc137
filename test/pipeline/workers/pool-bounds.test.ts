import { afterEach, describe, expect, it } from 'vitest';
import { ModelPool, type ModelPoolOptions, type ModelSpec, type RemoteStream } from '../../../pipeline/index.ts';
import { EncoderCache } from '../../../pipeline/workers/encoder-cache.ts';
import { snapshotParts } from '../../../pipeline/workers/model-snapshot.ts';
import { openStreamModel } from '../../../pipeline/workers/stream-model.ts';
import { MODELS, onThisThread, wave } from './model-rows.ts';

const SPEC = MODELS['rows as they are, through LSH'] as ModelSpec;
let pool: ModelPool;
const start = (options: ModelPoolOptions): ModelPool => {
  pool = new ModelPool({ workers: 1, ...options });
  return pool;
};
afterEach(() => pool.close());

const kept = (): number => pool.stats()[0]?.keptBytes ?? Number.NaN;

describe('the queue of a worker', () => {
  it.each([0, 1, 3])('is bounded in bytes also by many pushes of %i rows', async (length) => {
    start({ maxQueuedBytes: 2048 });
    const stream = await pool.open(SPEC);
    const answers = Array.from({ length: 500 }, (_, i) => stream.push(wave(i * length, length)));
    let most = 0;
    for (const answer of answers) {
      most = Math.max(most, pool.stats()[0]?.queuedBytes ?? Number.NaN);
      await answer;
    }
    expect(most).toBeLessThanOrEqual(2048);
    // Eight messages at most are under way, and one alone would not keep a worker busy.
    expect(most).toBeGreaterThan(1024);
    expect(pool.stats()).toMatchObject([{ queuedBytes: 0, waitingBytes: 0 }]);
  });

  it('takes a push that is larger than the bound, alone', async () => {
    start({ maxQueuedBytes: 1024 });
    const stream = await pool.open(SPEC);
    const pushes = [wave(0, 4), wave(4, 1000), wave(1004, 4)];
    const answers = await Promise.all(pushes.map((samples) => stream.push(samples)));
    expect([...answers, await stream.flush()]).toEqual(await onThisThread(SPEC, pushes));
  });

  it('refuses calls beyond what may wait, answers those before, and takes calls again behind them', async () => {
    start({ maxQueuedBytes: 1024, maxWaitingBytes: 4096 });
    const stream = await pool.open(SPEC);
    const calls = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => stream.push(wave(100 * i, 100))));
    const taken = calls.filter(({ status }) => status === 'fulfilled').length;
    expect(calls.map(({ status }) => status)).toEqual(calls.map((_, i) => (i < taken ? 'fulfilled' : 'rejected')));
    expect(taken).toBeGreaterThan(1);
    expect(taken).toBeLessThan(20);
    expect(calls[taken]).toMatchObject({
      reason: {
        name: 'OverflowError',
        code: 'BUFFER_OVERFLOW',
        retryable: true,
        message: expect.stringContaining('4096'),
      },
    });
    expect(await stream.push(wave(100 * taken, 100))).toMatchObject({ startToken: 100 * taken });
  });

  it.each([
    [{ maxQueuedBytes: 1023 }, 'maxQueuedBytes'],
    [{ maxWaitingBytes: 0 }, 'maxWaitingBytes'],
    [{ snapshotBytes: 1 }, 'snapshotBytes'],
    [{ snapshotEvery: 0 }, 'snapshotEvery'],
    [{ restoreTries: -1 }, 'restoreTries'],
    [{ restore: 1 as never }, 'restore'],
    [{ workers: 65 }, 'workers'],
  ])('refuses the option %j', (options, name) => {
    start({});
    expect(() => new ModelPool(options)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(`\`${name}\``) }),
    );
  });
});

describe('what a pool keeps of its streams', () => {
  const MESSAGE = 256;

  /** The most bytes kept while rows are pushed one after the other. */
  async function mostKept(stream: RemoteStream, pushes: number, length: number): Promise<number> {
    let most = 0;
    for (let i = 0; i < pushes; i++) {
      await stream.push(wave(i * length, length));
      most = Math.max(most, kept());
    }
    return most;
  }

  /** Bytes of the snapshot of a stream that has taken some rows. */
  async function snapshotOf(rows: number): Promise<number> {
    const model = await openStreamModel(SPEC, new EncoderCache());
    model.push(wave(0, rows));
    return snapshotParts(model.snapshot() ?? expect.unreachable()).reduce((sum, part) => sum + part.byteLength, 0);
  }

  it('is a snapshot and less than `snapshotBytes` and one push, after 10,000 pushes as after 1,000', async () => {
    start({ snapshotBytes: 8192, snapshotEvery: 1e9 });
    const stream = await pool.open(SPEC);
    await mostKept(stream, 200, 1);
    const early = await mostKept(stream, 800, 1);
    const late = await mostKept(stream, 9_000, 1);
    expect(late).toBeLessThanOrEqual(early);
    expect(late).toBeLessThan((await snapshotOf(10_000)) + 8192 + MESSAGE + 8);
    await stream.close();
    expect(kept()).toBe(0);
  });

  it('is never much more than twice a snapshot that is larger than `snapshotBytes`', async () => {
    start({ snapshotBytes: 1024, snapshotEvery: 1e9 });
    const stream = await pool.open(SPEC);
    const most = await mostKept(stream, 1000, 1);
    const snapshot = await snapshotOf(1000);
    expect(snapshot).toBeGreaterThan(3 * 1024);
    expect(most).toBeLessThan(2 * snapshot + MESSAGE + 8);
    expect(most).toBeGreaterThan(2 * snapshot - MESSAGE - 8);
  });

  it('is bounded by tokens, too', async () => {
    start({ snapshotEvery: 4 });
    const stream = await pool.open(SPEC);
    await mostKept(stream, 100, 1);
    const few = await mostKept(stream, 100, 1);
    await pool.close();
    start({ snapshotEvery: 64 });
    const other = await pool.open(SPEC);
    await mostKept(other, 100, 1);
    const many = await mostKept(other, 100, 1);
    // Per push a message and a row; a snapshot comes with the answer behind the push that made it due.
    expect(many - few).toBeGreaterThan(50 * (MESSAGE + 8));
    expect(many - few).toBeLessThan(70 * (MESSAGE + 8));
  });

  it('holds for pushes that are made without waiting, and for those that are refused', async () => {
    start({ snapshotBytes: 8192, maxQueuedBytes: 4096 });
    const stream = await pool.open(SPEC);
    const most: number[] = [];
    const pushes = Array.from({ length: 1000 }, async (_, i) => {
      await stream.push(i % 5 === 0 ? Float64Array.of(Number.NaN) : wave(i, 20)).catch(() => undefined);
      most.push(kept());
    });
    await Promise.all(pushes);
    expect(Math.max(...most)).toBeLessThan((await snapshotOf(1000)) + 8192 + MESSAGE + 160);
    await Promise.all([stream.close(), stream.flush().catch(() => undefined)]);
    expect(pool.stats()).toMatchObject([{ streams: 0, keptBytes: 0 }]);
  });

  it('is the whole stream where the model holds it, and little once it was flushed', async () => {
    start({ snapshotBytes: 1024, snapshotEvery: 16 });
    const stream = await pool.open(MODELS['a stream that is held whole'] as ModelSpec);
    for (let i = 0; i < 50; i++) await stream.push(wave(100 * i, 100));
    expect(kept()).toBeGreaterThan(5000 * 8);
    await stream.flush();
    await expect.poll(kept).toBeLessThan(1024);
  });

  it('is nothing where streams are not restored', async () => {
    start({ restore: false });
    const stream = await pool.open(SPEC);
    await stream.push(wave(0, 100));
    expect(kept()).toBe(0);
  });
});
