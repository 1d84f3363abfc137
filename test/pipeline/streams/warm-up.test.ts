import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Chunk } from '../../../core/index.ts';
import { type Finding, findingToJson, ModelPool, type ModelSpec, StreamTask } from '../../../pipeline/index.ts';
import { replayField } from '../../../pipeline/streams/replay-field.ts';
import { firstTokenOf } from '../../../pipeline/streams/warm-up.ts';

const pool = new ModelPool({ workers: 1 });
afterAll(() => pool.close());

const SHAPE = { hiddenSize: 8, numLayers: 2, numHeads: 2, ffnSize: 8, window: [5, 3], position: 'none' } as const;
const encoderOf = (inputSize: number, more = {}) => ({ longformer: { ...SHAPE, ...more, inputSize }, seed: 3 });

/** Models with a finite field, and enough samples for several. */
const CASES: Readonly<Record<string, { readonly spec: ModelSpec; readonly channels: number; readonly rows: number }>> =
  {
    rows: {
      spec: { kind: 'embedding', front: { kind: 'none', channels: 2 }, encoder: encoderOf(2) },
      channels: 2,
      rows: 300,
    },
    'rows with look-ahead and steps': {
      spec: {
        ...{ kind: 'embedding', front: { kind: 'none', channels: 1 } },
        encoder: encoderOf(1, { lookAhead: [2, 1], dilation: [1, [1, 3]] }),
      },
      ...{ channels: 1, rows: 500 },
    },
    'rows in int8 caches': {
      spec: {
        ...{ kind: 'embedding', front: { kind: 'none', channels: 1 } },
        encoder: { ...encoderOf(1), cachePrecision: 'int8' },
      },
      ...{ channels: 1, rows: 300 },
    },
    audio: {
      spec: { kind: 'embedding', front: { kind: 'logMel', sampleRateHz: 16_000 }, encoder: encoderOf(64) },
      ...{ channels: 1, rows: 32_000 },
    },
  };

function chunksOf({ channels, rows }: (typeof CASES)[string], cuts: readonly number[]): Chunk[] {
  const samples = Float32Array.from({ length: rows * channels }, (_, i) => Math.sin(i * i * 0.001) * 0.3);
  const bounds = [...new Set([0, ...cuts, rows])].sort((a, b) => a - b);
  return bounds.slice(1).map((to, i) => {
    const from = bounds[i] ?? 0;
    const place = { streamId: 'test', startSample: 7 + from, sampleRateHz: 16_000, channels, eventTimeMs: undefined };
    return { ...place, samples: samples.subarray(from * channels, to * channels) };
  });
}

const text = (found: readonly Finding[]): string => found.map(findingToJson).join('\n');

describe('a stream that is begun anew without its caches', () => {
  it.each(Object.entries(CASES))(
    'has the bits of the one that went on, from wherever it is begun: %s',
    async (_, one) => {
      const { spec, channels, rows } = one;
      const field = await replayField(spec);
      const options = { spec, field, streamId: 'test', columns: ['a', 'b'].slice(0, channels) };
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: rows >> 1 }),
          fc.integer({ min: 0, max: 20 }),
          fc.array(fc.nat(rows), { maxLength: 6 }),
          async (split, extra, cuts) => {
            const whole = new StreamTask(pool, options);
            let bytes: Uint8Array | undefined;
            let check: { token: number; digest: number } | undefined;
            let wantedToken = Number.POSITIVE_INFINITY;
            const steps = Array.from({ length: 40 }, (__, i) => Math.floor((i * rows) / 40));
            const chunks = chunksOf(one, [split, ...cuts, ...steps]);
            const [wanted, found]: Finding[][] = [[], []];
            let anew: StreamTask | undefined;
            let from = 0;
            for (const [i, chunk] of chunks.entries()) {
              const made = await whole.process(chunk);
              if (check !== undefined) wanted?.push(...made);
              const outline = whole.outline ?? expect.unreachable();
              if (bytes === undefined && outline.nextSample >= 7 + split) {
                bytes = outline.bytes({ split });
                from = i + 1;
                const { originSample, nextSample } = outline;
                wantedToken = firstTokenOf({ originSample, nextSample, field }) + field.reachTokens + extra;
              } else if (check === undefined && outline.token >= wantedToken) {
                check = { token: outline.token, digest: whole.digest };
              }
            }
            if (bytes === undefined || check === undefined) return;
            const begun = StreamTask.begin(pool, { ...options, bytes, check });
            anew = begun.task;
            expect(begun.decoder).toEqual({ split });
            for (const chunk of chunks.slice(from)) found?.push(...(await anew.process(chunk)));
            wanted?.push(...(await whole.finish()));
            found?.push(...(await anew.finish()));
            expect(text(found ?? [])).toBe(text(wanted ?? []));
            expect([anew.digest, anew.nextSample]).toEqual([whole.digest, whole.nextSample]);
            compared += wanted?.length ?? 0;
            await Promise.all([whole.close(), anew.close()]);
          },
        ),
        { numRuns: 15 },
      );
      expect(compared).toBeGreaterThan(0);
    },
  );

  it('names samples that are not finite by their place in the stream', async () => {
    const { spec } = CASES.rows ?? expect.unreachable();
    const task = new StreamTask(pool, { spec, field: await replayField(spec), streamId: 'test', columns: ['a', 'b'] });
    const place = { streamId: 'test', startSample: 40, sampleRateHz: 0, channels: 2, eventTimeMs: undefined };
    await expect(task.process({ ...place, samples: Float64Array.of(0, 1, 2, 1e39) })).rejects.toMatchObject({
      code: 'VALUE_NOT_FINITE',
      message: expect.stringContaining('channel 1 of sample 41'),
    });
    expect(task.outline).toBeUndefined();
  });

  it.each<[string, Partial<ModelSpec>]>([
    ['the scene head', { kind: 'scene' }],
    ['`front.scale`', { front: { kind: 'scale', channels: 2, warmupRows: 4 } }],
    ['`position` rotary', { encoder: encoderOf(2, { position: 'rotary' }) }],
    ['1 sinks', { encoder: encoderOf(2, { sinks: 1 }) }],
    ['global tokens', { encoder: encoderOf(2, { globals: 2 }) }],
  ])('is refused with %s', async (part, change) => {
    const spec = { ...CASES.rows?.spec, ...change } as ModelSpec;
    await expect(replayField(spec)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`snapshot beside ${part}`),
    });
  });
});
