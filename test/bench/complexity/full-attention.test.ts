import { describe, expect, it } from 'vitest';
import { encodeHoldingMatrix, matrixBytes } from '../../../bench/complexity/full-attention.ts';
import { heldByFirstLayer, settledBytes } from '../../../bench/complexity/memory.ts';
import { fullEncoder, seededTokens, slidingEncoder } from '../../../bench/complexity/model.ts';

const sliding = slidingEncoder();

describe('full attention', () => {
  it.each([1, 2, 33, 150])(
    'with its matrix held equals the encoder whose window covers all %d tokens, bit for bit',
    (n) => {
      const encoder = fullEncoder(sliding, n);
      const tokens = seededTokens(n);
      expect(encodeHoldingMatrix(encoder, tokens)).toEqual(encoder.encodeSequence({ tokens }).encodings);
    },
  );

  it('equals the sliding window while the sequence fits into it, and differs beyond', () => {
    const short = seededTokens(65);
    const long = seededTokens(200);
    expect(fullEncoder(sliding, 65).encodeSequence({ tokens: short })).toEqual(
      sliding.encodeSequence({ tokens: short }),
    );
    expect(fullEncoder(sliding, 200).encodeSequence({ tokens: long })).not.toEqual(
      sliding.encodeSequence({ tokens: long }),
    );
  });
});

describe('the memory of a computation', () => {
  const length = 256;
  const tokens = seededTokens(length);
  const rows = 4 * length * 32;

  it('is four arrays of rows (residual, queries, keys, values) and little more for the encoder', () => {
    const held = heldByFirstLayer(sliding, (probed) => probed.encodeSequence({ tokens }));
    expect(held).toBeGreaterThanOrEqual(4 * rows);
    expect(held).toBeLessThan(4 * rows + 4096);
  });

  it('has the matrix on top where that is held', () => {
    const encoder = fullEncoder(sliding, length);
    const held = heldByFirstLayer(encoder, (probed) => encodeHoldingMatrix(probed, tokens));
    expect(held - 4 * rows).toBeGreaterThanOrEqual(matrixBytes(2, length));
    expect(held - 4 * rows).toBeLessThan(matrixBytes(2, length) + 16_384);
  });

  it('is what two measurements in a row agree on', () => {
    const readings = [-24_828, 34_000, 34_556, 34_556, 7];
    expect(settledBytes(() => readings.shift() ?? 0)).toBe(34_556);
    expect(readings).toEqual([7]);
  });

  it('lets faults of the computation through', () => {
    expect(() => heldByFirstLayer(sliding, (probed) => probed.encodeSequence({ tokens: new Float32Array(3) }))).toThrow(
      'whole rows',
    );
  });
});
