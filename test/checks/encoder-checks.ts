import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EncoderStream, StreamEncoder } from '../../core/index.ts';

/** The bytes of a float array, so that equality means equal bits. */
export function bits(array: Float32Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
}

/** Random finite tokens `[count, width]` from fast-check, values with very different magnitudes. */
export function arbitraryTokens(width: number, maxTokens: number): fc.Arbitrary<Float32Array> {
  return fc
    .array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: width, maxLength: width * maxTokens })
    .map((values) => Float32Array.from(values.slice(0, values.length - (values.length % width))));
}

/** Pushes `tokens` cut at the given places and joins what comes back. */
export function pushCut(stream: EncoderStream, tokens: Float32Array, cuts: readonly number[]): Float32Array {
  const out: Float32Array[] = [];
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b).concat(tokens.length)) {
    out.push(stream.push(tokens.subarray(at, cut)));
    at = cut;
  }
  return concat(out);
}

export function concat(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The contract that every encoder keeps, whatever its family. */
export function checkEncoder(name: string, encoder: StreamEncoder, other: StreamEncoder): void {
  const width = encoder.inputSize;
  const cutTokens = arbitraryTokens(width, 60).chain((tokens) =>
    fc.tuple(
      fc.constant(tokens),
      fc.array(
        fc.integer({ min: 0, max: tokens.length / width }).map((cut) => cut * width),
        { maxLength: 8 },
      ),
    ),
  );

  describe(`${name} keeps the encoder contract`, () => {
    it('gives the same bits for any split into pushes', () => {
      fc.assert(
        fc.property(cutTokens, ([tokens, cuts]) => {
          expect(bits(pushCut(encoder.open(), tokens, cuts))).toBe(bits(encoder.open().push(tokens)));
        }),
        { numRuns: 40 },
      );
    });

    it('goes on bit for bit from a snapshot, a clone and after a peek', () => {
      fc.assert(
        fc.property(cutTokens, ([tokens, cuts]) => {
          const cut = cuts[0] ?? 0;
          const stream = encoder.open();
          stream.push(tokens.subarray(0, cut));
          const restored = encoder.open();
          restored.restore(stream.snapshot());
          const twin = stream.clone();
          const rest = tokens.subarray(cut);
          const peeked = bits(stream.peek(rest));
          const expected = bits(stream.push(rest));
          expect([peeked, bits(restored.push(rest)), bits(twin.push(rest))]).toEqual([expected, expected, expected]);
          expect(Buffer.from(restored.snapshot()).equals(Buffer.from(stream.snapshot()))).toBe(true);
        }),
        { numRuns: 30 },
      );
    });

    it('encodes several streams at once as each alone', () => {
      fc.assert(
        fc.property(arbitraryTokens(width, 20), arbitraryTokens(width, 20), (a, b) => {
          const together = encoder.pushMany([
            { stream: encoder.open(), tokens: a },
            { stream: encoder.open(), tokens: b },
          ]);
          expect(together.map(bits)).toEqual([bits(encoder.open().push(a)), bits(encoder.open().push(b))]);
        }),
        { numRuns: 20 },
      );
    });

    it('forgets everything on reset', () => {
      const tokens = new Float32Array(width * 9).fill(0.5);
      const stream = encoder.open();
      stream.push(new Float32Array(width * 50).fill(-3));
      stream.reset();
      expect([stream.position, bits(stream.push(tokens))]).toEqual([0, bits(encoder.open().push(tokens))]);
    });

    it('leaves its input alone and its outputs to the caller', () => {
      const tokens = new Float32Array(width * 5).map((_, i) => Math.sin(i));
      const before = bits(tokens);
      const stream = encoder.open();
      const first = stream.push(tokens);
      const seen = bits(first);
      stream.push(tokens);
      expect([bits(tokens), bits(first)]).toEqual([before, seen]);
    });

    it('refuses a partial row and a value that is not finite, state untouched', () => {
      const stream = encoder.open();
      const good = new Float32Array(width * 3).fill(1);
      stream.push(good);
      const before = Buffer.from(stream.snapshot());
      const bad = new Float32Array(width * 3);
      bad[width * 2] = Number.NaN;
      expect(() => stream.push(bad)).toThrow(
        expect.objectContaining({ code: 'VALUE_NOT_FINITE', message: expect.stringContaining('token 5') }),
      );
      if (width > 1)
        expect(() => stream.push(new Float32Array(width + 1))).toThrow(
          expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
        );
      expect(Buffer.from(stream.snapshot()).equals(before)).toBe(true);
    });

    it('refuses damaged snapshots and those of another model, state untouched', () => {
      const stream = encoder.open();
      stream.push(new Float32Array(width * 3).fill(1));
      const snapshot = stream.snapshot();
      const strange = other.open();
      strange.push(new Float32Array(other.inputSize * 3).fill(1));
      expect(() => stream.restore(strange.snapshot())).toThrow(
        expect.objectContaining({ code: 'SNAPSHOT_MODEL_MISMATCH' }),
      );
      fc.assert(
        fc.property(fc.nat({ max: snapshot.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
          const damaged = snapshot.slice();
          damaged[at] = (damaged[at] as number) ^ flip;
          expect(() => stream.restore(damaged)).toThrow(expect.objectContaining({ name: 'SnapshotError' }));
        }),
        { numRuns: 50 },
      );
      expect(() => stream.restore(snapshot.subarray(0, 20))).toThrow(
        expect.objectContaining({ code: 'SNAPSHOT_CORRUPT' }),
      );
      expect(Buffer.from(stream.snapshot()).equals(Buffer.from(snapshot))).toBe(true);
    });

    it('holds constant memory and refuses use after close', () => {
      const stream = encoder.open();
      stream.push(new Float32Array(width * 10));
      const bytes = stream.stats().cacheBytes;
      stream.push(new Float32Array(width * 400));
      expect([stream.stats().cacheBytes, stream.position]).toEqual([bytes, 410]);
      stream.close();
      stream.close();
      expect(() => stream.push(new Float32Array(width))).toThrow(expect.objectContaining({ code: 'STREAM_CLOSED' }));
    });
  });
}
