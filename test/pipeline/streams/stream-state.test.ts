import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Chunk } from '../../../core/index.ts';
import { type Finding, findingToJson, ModelPool, type ModelSpec, StreamTask } from '../../../pipeline/index.ts';
import { encodeStreamState, type StreamState } from '../../../pipeline/streams/stream-state.ts';
import { contentStart, sealed } from '../../checks/snapshot-bytes.ts';
import { CASES, chunksOf, type StreamCase } from '../run/stream-cases.ts';

const pool = new ModelPool({ workers: 1 });
/** Knows nothing of the streams of the other. */
const fresh = new ModelPool({ workers: 1 });
afterAll(() => Promise.all([pool.close(), fresh.close()]));

const optionsOf = ({ spec, channels }: StreamCase) => ({
  ...{ spec, streamId: 'test', columns: ['a', 'b'].slice(0, channels) },
});
const text = (found: readonly Finding[]): string => found.map(findingToJson).join('\n');
const required = <T>(value: T | undefined): T => value ?? expect.unreachable();

/** What a task finds in the chunks, and at its end. */
async function run(task: StreamTask, chunks: readonly Chunk[]): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const chunk of chunks) found.push(...(await task.process(chunk)));
  return found;
}

const AHEAD = CASES['embeddings of rows with look-ahead'] as StreamCase;
const SCENE_AHEAD = CASES['scene novelty with look-ahead'] as StreamCase;

describe('the state of a stream', () => {
  it.each(Object.entries(CASES))(
    'goes on in another pool with the same findings and digest, wherever it is split: %s',
    async (_, one) => {
      const rows = one.samples.length / one.channels;
      const whole = new StreamTask(pool, optionsOf(one));
      const wanted = text([...(await run(whole, chunksOf(one, []))), ...(await whole.finish())]);
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: rows }),
          fc.array(fc.nat(rows), { maxLength: 4 }),
          async (split, cuts) => {
            const chunks = chunksOf(one, [split, ...cuts]);
            const before = chunks.filter(({ startSample }) => startSample < split);
            const first = new StreamTask(pool, optionsOf(one));
            const found = await run(first, before);
            const bytes = required(await first.snapshot({ split }));
            await first.close();
            const { task, decoder } = await StreamTask.restore(fresh, { ...optionsOf(one), bytes });
            expect([decoder, task.digest, task.nextSample]).toEqual([{ split }, first.digest, first.nextSample]);
            found.push(...(await run(task, chunks.slice(before.length))));
            found.push(...(await task.finish()));
            await task.close();
            expect(text(found)).toBe(wanted);
            expect(task.digest).toBe(whole.digest);
          },
        ),
        {
          numRuns: 12,
          examples: [
            [0, []],
            [rows, []],
          ],
        },
      );
      expect(whole.digest).not.toBe(0);
    },
  );

  it.each([
    ['embeddings', AHEAD],
    ['scenes', SCENE_AHEAD],
  ])('carries what is owed from before a gap, bit for bit: %s', async (_, one) => {
    const [first, second] = chunksOf(one, [Math.floor((one.samples.length / one.channels) * 0.8)]) as [Chunk, Chunk];
    const late = { ...second, startSample: second.startSample + 5 };
    const bad = { ...late, samples: late.samples.slice().fill(Number.NaN) };
    const task = new StreamTask(pool, optionsOf(one));
    await task.process(first);
    await expect(task.process(bad)).rejects.toMatchObject({ code: 'VALUE_NOT_FINITE' });
    const bytes = required(await task.snapshot());
    const { task: restored } = await StreamTask.restore(fresh, { ...optionsOf(one), bytes });
    const wanted = await task.process(late);
    expect(wanted.some(({ value }) => 'startSample' in value && value.startSample < second.startSample)).toBe(true);
    expect(await restored.process(late)).toEqual(wanted);
    expect(restored.digest).toBe(task.digest);
  });

  it('knows that the stream has ended, and begins anew behind the end', async () => {
    const [first, second] = chunksOf(AHEAD, [50]) as [Chunk, Chunk];
    const task = new StreamTask(pool, optionsOf(AHEAD));
    await task.process(first);
    await task.finish();
    const bytes = required(await task.snapshot());
    const { task: restored } = await StreamTask.restore(fresh, { ...optionsOf(AHEAD), bytes });
    expect(await restored.process(second)).toEqual(await task.process(second));
    const { task: again } = await StreamTask.restore(fresh, { ...optionsOf(AHEAD), bytes });
    expect(await again.finish()).toEqual([]);
  });

  it('is that of the call: chunks may follow before it is there', async () => {
    const [first, second] = chunksOf(AHEAD, [50]) as [Chunk, Chunk];
    const task = new StreamTask(pool, optionsOf(AHEAD));
    await task.process(first);
    const taken = task.snapshot();
    const wanted = await task.process(second);
    const { task: restored } = await StreamTask.restore(fresh, { ...optionsOf(AHEAD), bytes: required(await taken) });
    expect(restored.nextSample).toBe(50);
    expect(await restored.process(second)).toEqual(wanted);
  });

  it('has the same bytes for the same stream, however it was cut', async () => {
    const chunks = [chunksOf(AHEAD, []), chunksOf(AHEAD, [3, 40, 41])];
    const bytes = chunks.map(async (own) => {
      const task = new StreamTask(pool, optionsOf(AHEAD));
      await run(task, own);
      return required(await task.snapshot());
    });
    const [one, other] = await Promise.all(bytes);
    expect(Buffer.from(required(other)).equals(required(one))).toBe(true);
  });

  it('is nothing while a model holds its whole stream', async () => {
    const spec: ModelSpec = {
      ...{ kind: 'embedding', front: { kind: 'none', channels: 1 }, untilEnd: 'allow' },
      encoder: {
        reformer: {
          ...{ inputSize: 1, hiddenSize: 4, numHeads: 1, ffnSize: 4, causal: false, layers: ['local'] },
          local: { chunkLength: 4 },
        },
        seed: 5,
      },
    };
    const task = new StreamTask(pool, { spec, streamId: 'test', columns: ['a'] });
    await task.process({ ...(chunksOf(AHEAD, [])[0] as Chunk), channels: 1 });
    expect(await task.snapshot()).toBeUndefined();
  });

  it('is refused for another model or stream, and taken with another engine or threshold', async () => {
    const one = SCENE_AHEAD;
    const task = new StreamTask(pool, optionsOf(one));
    await run(task, chunksOf(one, []));
    const bytes = required(await task.snapshot());
    const spec = one.spec as ModelSpec & { kind: 'scene'; encoder: { seed: number } };
    const restore = (change: Partial<ReturnType<typeof optionsOf>>) =>
      StreamTask.restore(fresh, { ...optionsOf(one), ...change, bytes });
    const mismatch = { name: 'SnapshotError', code: 'SNAPSHOT_MODEL_MISMATCH' };
    const seeded = { ...spec, encoder: { ...spec.encoder, seed: 99 } };
    await expect(restore({ spec: seeded })).rejects.toMatchObject(mismatch);
    await expect(restore({ spec: AHEAD.spec })).rejects.toMatchObject(mismatch);
    await expect(restore({ streamId: 'other' })).rejects.toMatchObject(mismatch);
    const { task: restored } = await restore({
      spec: { ...spec, threshold: 0.5, encoder: { ...spec.encoder, engine: 'reference' } },
    });
    const [rest, same] = await Promise.all([task.finish(), restored.finish()]);
    const scores = (found: readonly Finding[]) => found.map(({ kind, value }) => kind === 'scene' && value.score);
    expect(scores(same)).toEqual(scores(rest));
  });

  it.each([
    ['an origin and no model', { origin: { sample: 0, timeMs: undefined } }],
    ['an end and no beginning', { ended: true }],
    ['a sample that is no index', { nextSample: -1 }],
    ['a rate that is none', { sampleRateHz: Number.POSITIVE_INFINITY }],
    ['texts that are none', { timeTexts: [{ startSample: 0, texts: [7 as never] }] }],
    ['a run of texts that begins nowhere', { timeTexts: [{ startSample: 0.5, texts: ['noon'] }] }],
  ])('is refused with %s', async (_, change) => {
    const empty: StreamState = {
      ...{ streamId: 'test', model: undefined, origin: undefined, nextSample: 0, sampleRateHz: 0, ended: false },
      ...{ digest: 0, owed: [], timeTexts: [], decoder: null },
    };
    const restore = (state: StreamState) =>
      StreamTask.restore(fresh, { ...optionsOf(AHEAD), bytes: encodeStreamState(state, AHEAD.spec) });
    expect((await restore(empty)).task.digest).toBe(0);
    await expect(restore({ ...empty, ...change })).rejects.toMatchObject({
      name: 'SnapshotError',
      code: 'SNAPSHOT_CORRUPT',
    });
  });

  it('that is damaged is refused; one that is forged is refused or a stream, and nothing stays open', async () => {
    const task = new StreamTask(pool, optionsOf(AHEAD));
    const [first, second] = chunksOf(AHEAD, [40]) as [Chunk, Chunk];
    await task.process(first);
    const bytes = required(await task.snapshot({ rows: 40 }));
    const restore = (forged: Uint8Array) => StreamTask.restore(fresh, { ...optionsOf(AHEAD), bytes: forged });
    // The task's own fields stand before and behind the parts of the model.
    const tail = fc.integer({ min: bytes.length - 300, max: bytes.length - 5 });
    const change = fc.record({ at: fc.oneof(fc.nat(bytes.length - 5), tail), to: fc.integer({ min: 1, max: 255 }) });
    const forge = (changes: readonly { at: number; to: number }[]): Uint8Array => {
      const forged = bytes.slice();
      for (const { at, to } of changes) forged[at] = (forged[at] as number) ^ to;
      return forged;
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 3 }),
        fc.nat(bytes.length),
        async (changes, length) => {
          const { streams } = required(fresh.stats()[0]);
          const forged = forge(changes);
          if (!Buffer.from(forged).equals(bytes))
            await expect(restore(forged)).rejects.toMatchObject({ name: 'SnapshotError' });
          if (length < bytes.length) {
            await expect(restore(bytes.subarray(0, length))).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' });
          }
          await restore(sealed(forged)).then(
            async ({ task: restored }) => {
              await restored.process(second).catch((error) => expect(error.name).toMatch(/^(InputError|StateError)$/));
              await restored.close();
            },
            (error) => expect(error).toMatchObject({ name: 'SnapshotError' }),
          );
          expect(fresh.stats()).toMatchObject([{ streams, crashes: 0 }]);
        },
      ),
      { numRuns: 300, examples: [[[{ at: contentStart(bytes) + 3, to: 0x7f }], 0]] },
    );
  });
});
