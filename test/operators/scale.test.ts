import { lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Chunk, TokenBlock } from '../../core/index.ts';
import { scale } from '../../operators/index.ts';
import { describeOperator } from './operator-contract.ts';

const rows = (startSample: number, samples: number[], more: Partial<Chunk> = {}): Chunk => ({
  streamId: 's',
  startSample,
  sampleRateHz: 0,
  channels: 1,
  samples: Float64Array.from(samples),
  eventTimeMs: undefined,
  ...more,
});

const block = (startToken: number, tokens: number[]): TokenBlock => ({
  streamId: 's',
  startToken,
  tokens: Float32Array.from(tokens),
  width: 1,
  originSample: 0,
  hopSamples: 1,
  frameSamples: 1,
  sampleRateHz: 0,
  originTimeMs: undefined,
});

// Rows 1, 2, 6: median 2, mean deviation (1 + 0 + 4) / 3.
const deviation = 5 / 3;
const scaled = (x: number): number => Math.asinh((x - 2) / deviation);

describeOperator('scale', {
  operator: () => scale({ warmupRows: 3 }),
  items: [rows(0, [5, 5]), rows(2, [8, 11]), rows(4, [5])],
  // 5, 5, 8: median 5, mean deviation 1
  outputs: { a: [block(0, [])], b: [block(0, [0, 0, Math.asinh(3), Math.asinh(6)])], c: [block(4, [0])] },
  // 5, 5 alone: a constant, so the deviation counts as 1
  atEnd: { afterA: [block(0, [0, 0])], afterC: [] },
  *endless() {
    for (let i = 0; ; i++) yield rows(i, [i]);
  },
  pulledForOne: 1,
});

describe('scale', () => {
  it('hands on the ack of chunks that are held for the warm-up', async () => {
    const ack = (): void => {};
    const blocks = await lastValueFrom(of(rows(0, [1], { ack })).pipe(scale({ warmupRows: 3 }), toArray()));
    expect(blocks.map((made) => [made.ack, made.tokens.length])).toEqual([
      [ack, 0],
      [undefined, 1],
    ]);
  });

  it('takes the reference from the warm-up rows only', async () => {
    const blocks = of(rows(0, [1, 2, 6]), rows(3, [1000, -1000])).pipe(scale({ warmupRows: 3 }), toArray());
    const tokens = (await lastValueFrom(blocks)).flatMap((made) => [...made.tokens]);
    [1, 2, 6, 1000, -1000].forEach((x, i) => {
      expect(tokens[i]).toBeCloseTo(scaled(x), 6);
    });
  });

  it('refuses a changed number of channels and a gap', async () => {
    const outcome = (second: Chunk) => lastValueFrom(of(rows(0, [1, 2]), second).pipe(scale({ warmupRows: 2 })));
    await expect(outcome(rows(2, [1, 2], { channels: 2 }))).rejects.toMatchObject({ name: 'ShapeError' });
    await expect(outcome(rows(3, [1]))).rejects.toMatchObject({ code: 'TIME_NOT_MONOTONIC' });
  });

  it('refuses options out of range when it is made', () => {
    expect(() => scale({ warmupRows: 1 })).toThrow(/`warmupRows` to be an integer in 2..1048576, got 1/);
  });
});
