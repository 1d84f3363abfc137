import fc from 'fast-check';
import { from, lastValueFrom, of, reduce } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { TokenBlock } from '../../core/index.ts';
import { BlockMeanStream, blockMean } from '../../operators/index.ts';
import { tokenBlock } from './chunks.ts';
import { cut } from './dsp/splits.ts';
import { describeOperator } from './operator-contract.ts';

// Two tokens of 25 samples, 10 apart, span 35 samples.
const means = (startToken: number, tokens: number[]): TokenBlock =>
  tokenBlock(startToken, tokens, { hopSamples: 20, frameSamples: 35 });

describeOperator('blockMean', {
  operator: () => blockMean({ rows: 2 }),
  items: [tokenBlock(0, [1]), tokenBlock(1, [2, 3, 4]), tokenBlock(4, [5])],
  outputs: { a: [means(0, [])], b: [means(0, [1.5, 3.5])], c: [means(2, [])] },
  atEnd: { afterA: [], afterC: [] },
  *endless() {
    for (let i = 0; ; i++) yield tokenBlock(i, [i]);
  },
  pulledForOne: 1,
});

describe('blockMean', () => {
  it('gives the same bits for any split, in every column', async () => {
    const rows = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i));
    const byDefinition = Array.from({ length: 20 }, (_, i) => {
      const at = 6 * Math.floor(i / 2) + (i % 2);
      return Math.fround((rows[at]! + rows[at + 2]! + rows[at + 4]!) / 3);
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(30), { maxLength: 8 }), async (rowCuts) => {
        const places = rowCuts.map((row) => 2 * row);
        let startToken = 0;
        const blocks = cut(rows, places).map((part) => {
          const made = tokenBlock(startToken, [...part], { width: 2 });
          startToken += part.length / 2;
          return made;
        });
        const all = reduce((tokens: number[], made: TokenBlock) => [...tokens, ...made.tokens], []);
        expect(await lastValueFrom(from(blocks).pipe(blockMean({ rows: 3 }), all))).toEqual(byDefinition);
      }),
    );
  });

  it('hands on the ack of a block that completes no mean', async () => {
    const ack = (): void => {};
    expect((await lastValueFrom(of(tokenBlock(0, [1], { ack })).pipe(blockMean({ rows: 2 })))).ack).toBe(ack);
  });

  it.each([
    ['a gap', tokenBlock(2, [1]), { code: 'TIME_NOT_MONOTONIC' }],
    ['a duplicate', tokenBlock(0, [1]), { code: 'TIME_NOT_MONOTONIC' }],
    ['another width', tokenBlock(1, [1, 2], { width: 2 }), { name: 'ShapeError' }],
    ['another stream', tokenBlock(1, [1], { streamId: 'other' }), { name: 'ConfigError' }],
    ['NaN', tokenBlock(1, [Number.NaN]), { code: 'VALUE_NOT_FINITE' }],
  ])('refuses %s', async (_, second, refusal) => {
    const outcome = lastValueFrom(of(tokenBlock(0, [1]), second).pipe(blockMean({ rows: 2 })));
    await expect(outcome).rejects.toMatchObject(refusal);
  });

  it('refuses options out of range when it is made', () => {
    expect(() => blockMean({ rows: 0 })).toThrow(/`rows` to be an integer in 1..1048576, got 0/);
  });
});

describe('BlockMeanStream', () => {
  it('continues from a snapshot in the middle of a block, and is empty after a reset', () => {
    const stream = new BlockMeanStream({ width: 1, rows: 3 });
    stream.push(Float32Array.of(1, 2));
    const restored = new BlockMeanStream({ width: 1, rows: 3 });
    restored.restore(stream.snapshot());
    expect([...restored.push(Float32Array.of(6))]).toEqual([3]);
    stream.reset();
    expect([...stream.push(Float32Array.of(6, 6, 6))]).toEqual([6]);
  });
});
