import { from, lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { EncoderStream, StreamEncoder, TokenBlock } from '../../core/index.ts';
import { createLongformer } from '../../models/index.ts';
import { encode } from '../../operators/index.ts';
import { describeOperator } from './operator-contract.ts';

const block = (startToken: number, values: readonly number[], change: Partial<TokenBlock> = {}): TokenBlock => ({
  ...{ streamId: 's', startToken, width: 1, originSample: 100, hopSamples: 10, frameSamples: 25 },
  ...{ sampleRateHz: 1000, originTimeMs: undefined, tokens: Float32Array.from(values) },
  ...change,
});

/** An encoder that doubles each token, one token late: a look-ahead, to see latency and flush. */
function lateDouble(): StreamEncoder & { readonly open: () => EncoderStream; opened: number; closed: number } {
  const encoder = {
    ...{ inputSize: 1, outputSize: 1, latencyTokens: 1, modelHash: '', opened: 0, closed: 0 },
    pushMany: () => [],
    open(): EncoderStream {
      encoder.opened += 1;
      let held: number[] = [];
      return {
        get position() {
          return held.length;
        },
        push(tokens) {
          held = [...held, ...tokens];
          return Float32Array.from(held.splice(0, held.length - 1), (value) => 2 * value);
        },
        flush: () => Float32Array.from(held.splice(0), (value) => 2 * value),
        peek: () => new Float32Array(0),
        reset: () => undefined,
        snapshot: () => new Uint8Array(0),
        restore: () => undefined,
        clone: () => encoder.open(),
        close: () => {
          encoder.closed += 1;
        },
        stats: () => ({ position: 0, cacheBytes: 0, windowFill: [], pinnedKeys: [], pendingTokens: 0 }),
      };
    },
  };
  return encoder;
}

const encoded = (startToken: number, values: readonly number[]) => ({
  ...{ streamId: 's', startToken, width: 1, sampleRateHz: 1000, encodings: Float32Array.from(values) },
  startSamples: Float64Array.from(values, (_, i) => 100 + 10 * (startToken + i)),
});

describeOperator('encode', {
  operator: () => encode(lateDouble()),
  items: [block(0, [1, 2]), block(2, []), block(2, [3])],
  outputs: { a: [encoded(0, [2])], b: [encoded(1, [])], c: [encoded(1, [4])] },
  atEnd: { afterA: [encoded(1, [4])], afterC: [encoded(2, [6])] },
  *endless() {
    for (let i = 0; ; i++) yield block(i, [i]);
  },
  pulledForOne: 1,
});

describe('encode', () => {
  it('gives what the encoder gives for all tokens at once, and closes its stream', async () => {
    const encoder = createLongformer(
      { inputSize: 1, hiddenSize: 8, numLayers: 2, numHeads: 2, window: 3 },
      { seed: 4 },
    );
    const values = Array.from({ length: 20 }, (_, i) => Math.sin(i));
    const blocks = [block(0, values.slice(0, 7)), block(7, values.slice(7))];
    const out = await lastValueFrom(from(blocks).pipe(encode(encoder), toArray()));
    expect(out.flatMap(({ encodings }) => Array.from(encodings))).toEqual(
      Array.from(encoder.open().push(Float32Array.from(values))),
    );
    const counted = lateDouble();
    await lastValueFrom(from(blocks).pipe(encode(counted), toArray()));
    expect([counted.opened, counted.closed]).toEqual([1, 1]);
  });

  it('gives what look-ahead still owes at the end, placed where its tokens start', async () => {
    const encoder = createLongformer(
      { inputSize: 1, hiddenSize: 8, numLayers: 2, numHeads: 2, window: 3, lookAhead: [1, 2], dilation: [1, 2] },
      { seed: 4 },
    );
    const values = Array.from({ length: 12 }, (_, i) => Math.sin(i));
    const blocks = [block(0, values.slice(0, 3)), block(3, values.slice(3))];
    const out = await lastValueFrom(from(blocks).pipe(encode(encoder), toArray()));
    expect(out.map(({ startToken, encodings }) => [startToken, encodings.length / 8])).toEqual([
      [0, 0],
      [0, 7],
      [7, 5],
    ]);
    expect(out.flatMap(({ startSamples }) => Array.from(startSamples))).toEqual(values.map((_, t) => 100 + 10 * t));
    const { encodings } = encoder.encodeSequence({ tokens: Float32Array.from(values) });
    expect(out.flatMap((one) => Array.from(one.encodings))).toEqual(Array.from(encodings));
  });

  it('gives a stream shorter than the look-ahead at its end', async () => {
    const encoder = createLongformer(
      { inputSize: 1, hiddenSize: 8, numLayers: 1, numHeads: 2, window: 3, lookAhead: 9 },
      { seed: 4 },
    );
    const out = await lastValueFrom(of(block(0, [1, 2])).pipe(encode(encoder), toArray()));
    expect(out.map(({ startToken, encodings }) => [startToken, encodings.length / 8])).toEqual([
      [0, 0],
      [0, 2],
    ]);
  });

  it('refuses tokens of another width and a second stream', async () => {
    await expect(lastValueFrom(of(block(0, [1, 2], { width: 2 })).pipe(encode(lateDouble())))).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    });
    const two = from([block(0, [1]), block(0, [1], { streamId: 't' })]);
    await expect(lastValueFrom(two.pipe(encode(lateDouble())))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
