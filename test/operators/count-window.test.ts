import fc from 'fast-check';
import { from, lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { TokenBlock } from '../../core/index.ts';
import { type CountWindow, countWindow } from '../../operators/index.ts';
import { tokenBlock } from './chunks.ts';
import { cut } from './dsp/splits.ts';
import { describeOperator } from './operator-contract.ts';

const window = (startToken: number, tokens: number[]): CountWindow => ({
  streamId: 's',
  startToken,
  startSample: 100 + 10 * startToken,
  tokens: Float32Array.from(tokens),
  width: 1,
});

function* endless(): Generator<TokenBlock> {
  for (let i = 0; ; i++) yield tokenBlock(i, [i]);
}

describeOperator('countWindow, tumbling', {
  operator: () => countWindow({ size: 2 }),
  items: [tokenBlock(0, [1]), tokenBlock(1, [2, 3, 4]), tokenBlock(4, [5])],
  outputs: { a: [], b: [window(0, [1, 2]), window(2, [3, 4])], c: [] },
  atEnd: { afterA: [], afterC: [] },
  endless,
  pulledForOne: 2,
});

describeOperator('countWindow, hopping, with a short last window', {
  operator: () => countWindow({ size: 3, step: 2, last: 'emit' }),
  items: [tokenBlock(0, [1]), tokenBlock(1, [2, 3, 4]), tokenBlock(4, [5, 6])],
  outputs: { a: [], b: [window(0, [1, 2, 3])], c: [window(2, [3, 4, 5])] },
  atEnd: { afterA: [window(0, [1])], afterC: [window(4, [5, 6])] },
  endless,
  pulledForOne: 3,
});

const windowsOf = (blocks: readonly TokenBlock[], options: Parameters<typeof countWindow>[0]): Promise<CountWindow[]> =>
  lastValueFrom(from(blocks).pipe(countWindow(options), toArray()));

describe('countWindow', () => {
  it('equals slices of the whole for any split, size and step', async () => {
    const tokens = Float32Array.from({ length: 30 }, (_, i) => i);
    const sizes = fc.integer({ min: 1, max: 7 });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.array(fc.nat(30), { maxLength: 8 }), async (size, step, cuts) => {
        let startToken = 0;
        const blocks = cut(tokens, cuts).map((part) => {
          startToken += part.length;
          return tokenBlock(startToken - part.length, [...part]);
        });
        const expected: CountWindow[] = [];
        for (let at = 0; at + size <= 30; at += step) expected.push(window(at, [...tokens.subarray(at, at + size)]));
        expect(await windowsOf(blocks, { size, step })).toEqual(expected);
      }),
    );
  });

  it('emits no short window whose tokens were all in the window before', async () => {
    const made = await windowsOf([tokenBlock(0, [1, 2, 3])], { size: 3, step: 1, last: 'emit' });
    expect(made.map((w) => [...w.tokens])).toEqual([[1, 2, 3]]);
  });

  it('acknowledges a block with the last window that it completes, or at once when it completes none', async () => {
    const acked: string[] = [];
    const blocks = [
      tokenBlock(0, [1], { ack: () => acked.push('first') }),
      tokenBlock(1, [2, 3, 4], { ack: () => acked.push('second') }),
    ];
    const made = await windowsOf(blocks, { size: 2 });
    expect(acked).toEqual(['first']);
    expect(made.map((w) => w.ack !== undefined)).toEqual([false, true]);
    made[1]?.ack?.();
    expect(acked).toEqual(['first', 'second']);
  });

  it('starts its count at the first token that came', async () => {
    const [first] = await windowsOf([tokenBlock(7, [1, 2])], { size: 2 });
    expect(first).toMatchObject({ startToken: 7, startSample: 170 });
  });

  it('refuses a gap', async () => {
    const outcome = lastValueFrom(of(tokenBlock(0, [1]), tokenBlock(5, [1])).pipe(countWindow({ size: 9 })));
    await expect(outcome).rejects.toMatchObject({ code: 'TIME_NOT_MONOTONIC' });
  });

  it('refuses options out of range when it is made', () => {
    expect(() => countWindow({ size: 0 })).toThrow(/`size` to be an integer in 1..65536, got 0/);
    expect(() => countWindow({ size: 1, step: 0 })).toThrow(/`step`/);
  });
});
