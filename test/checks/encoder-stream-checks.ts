import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StreamEncoder } from '../../core/index.ts';
import { arbitraryCase, bits, concat, type EncoderFamily, finish, push, runCut, slice } from './encoder-family.ts';

/** What every stream does with its tokens: the same bits whatever the calls, latency, ownership, bounded memory. */
export function checkStreams<C, E extends StreamEncoder>(family: EncoderFamily<C, E>): void {
  const cases = arbitraryCase(family);
  const count = (encoder: E, input: { readonly tokens: Float32Array }): number =>
    input.tokens.length / encoder.inputSize;

  it('gives the same bits for any split into pushes', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const whole = finish(one.encoder.open(), one.input);
        expect(bits(runCut(one.encoder, one))).toBe(bits(whole));
        const single = { ...one, cuts: Array.from({ length: count(one.encoder, one.input) }, (_, i) => i) };
        expect(bits(runCut(one.encoder, single))).toBe(bits(whole));
      }),
      { numRuns: 480 },
    );
  });

  it('gives for a prefix the first outputs of any longer stream', () => {
    fc.assert(
      fc.property(cases, ({ encoder, input, cuts }) => {
        const early = push(encoder.open(), slice(encoder, input, 0, cuts[0] ?? 0));
        const late = finish(encoder.open(), input);
        expect(bits(late.subarray(0, early.length))).toBe(bits(early));
      }),
      { numRuns: 240 },
    );
  });

  it('gives each output `latencyTokens` behind its input, and the rest on flush', () => {
    fc.assert(
      fc.property(cases, ({ encoder, input, cuts }) => {
        expect(encoder.latencyTokens).toBe(family.latency(encoder));
        const stream = encoder.open();
        let given = 0;
        let at = 0;
        for (const cut of [...cuts, count(encoder, input)]) {
          given += push(stream, slice(encoder, input, at, cut)).length / encoder.outputSize;
          at = cut;
          expect(given).toBe(Math.max(0, cut - encoder.latencyTokens));
          expect([stream.position, stream.stats().pendingTokens]).toEqual([cut, cut - given]);
        }
        expect(given + stream.flush().length / encoder.outputSize).toBe(at);
        expect([stream.position, stream.stats().pendingTokens]).toEqual([at, 0]);
      }),
      { numRuns: 320 },
    );
  });

  it('gives nothing on a second flush, refuses tokens after it, and starts anew on reset', () => {
    fc.assert(
      fc.property(cases, ({ encoder, input }) => {
        const stream = encoder.open();
        const first = finish(stream, input);
        const ended = expect.objectContaining({ code: 'STREAM_ENDED' });
        expect(stream.flush()).toHaveLength(0);
        expect(() => push(stream, input)).toThrow(ended);
        expect(() => stream.peek(input.tokens, options(input))).toThrow(ended);
        stream.reset();
        expect([stream.position, bits(finish(stream, input))]).toEqual([0, bits(first)]);
      }),
      { numRuns: 240 },
    );
  });

  it('shows by peek what push would give, and with `end` what flush would add, without a change', () => {
    fc.assert(
      fc.property(cases, ({ encoder, input, cuts }) => {
        const stream = encoder.open();
        push(stream, slice(encoder, input, 0, cuts[0] ?? 0));
        const rest = slice(encoder, input, cuts[0] ?? 0);
        const before = bits(stream.snapshot());
        const settled = stream.peek(rest.tokens, options(rest));
        const all = stream.peek(rest.tokens, { ...options(rest), end: true });
        expect(bits(stream.snapshot())).toBe(before);
        const pushed = push(stream, rest);
        expect(bits(settled)).toBe(bits(pushed));
        expect(bits(all)).toBe(bits(concat([pushed, stream.flush()])));
      }),
      { numRuns: 320 },
    );
  });

  it('encodes several streams at once as each alone', () => {
    fc.assert(
      fc.property(cases, ({ encoder, input, cuts }) => {
        const parts = [slice(encoder, input, 0, cuts[0] ?? 0), slice(encoder, input, cuts[0] ?? 0), input];
        const streams = parts.map(() => encoder.open());
        const together = encoder.pushMany(
          parts.map((part, i) => ({ stream: streams[i] as (typeof streams)[0], ...part })),
        );
        expect(together.map(bits)).toEqual(parts.map((part) => bits(push(encoder.open(), part))));
        const alone = parts.map((part) => bits(finish(encoder.open(), part)));
        expect(streams.map((stream, i) => bits(concat([together[i] as Float32Array, stream.flush()])))).toEqual(alone);
      }),
      { numRuns: 240 },
    );
  });

  it('takes nothing into any of several streams when the input of one is refused', () => {
    fc.assert(
      fc.property(cases, ({ encoder, input }) => {
        const [good, bad] = [encoder.open(), encoder.open()];
        const before = bits(good.snapshot());
        const wrong = { stream: bad, tokens: new Float32Array(encoder.inputSize), kinds: Uint8Array.of(3) };
        expect(() => encoder.pushMany([{ stream: good, ...input }, wrong])).toThrow(
          expect.objectContaining({ code: 'TOKEN_INVALID' }),
        );
        expect([bits(good.snapshot()), bits(bad.snapshot())]).toEqual([before, before]);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves its input alone and its outputs to the caller', () => {
    fc.assert(
      fc.property(cases, ({ encoder, input }) => {
        const before = [bits(input.tokens), bits(input.kinds ?? new Uint8Array(0))];
        const stream = encoder.open();
        const first = push(stream, input);
        const seen = bits(first);
        push(stream, input);
        first.fill(Number.NaN);
        const owed = stream.flush();
        const again = finish(encoder.open(), { ...input });
        expect([bits(input.tokens), bits(input.kinds ?? new Uint8Array(0))]).toEqual(before);
        expect(bits(again.subarray(0, first.length))).toBe(seen);
        expect(owed.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 240 },
    );
  });

  it('holds constant memory unless all comes at the end, and refuses use after close', () => {
    fc.assert(
      fc.property(cases, ({ encoder, input }) => {
        const stream = encoder.open();
        const { cacheBytes } = stream.stats();
        for (let round = 0; round < 8; round++) {
          push(stream, input);
          if (Number.isFinite(encoder.latencyTokens)) expect(stream.stats().cacheBytes).toBe(cacheBytes);
        }
        stream.close();
        stream.close();
        const closed = expect.objectContaining({ code: 'STREAM_CLOSED' });
        for (const use of [
          () => push(stream, input),
          () => stream.flush(),
          () => stream.snapshot(),
          () => stream.reset(),
        ]) {
          expect(use).toThrow(closed);
        }
      }),
      { numRuns: 120 },
    );
  });
}

function options(input: { readonly kinds?: Uint8Array }): { readonly kinds?: Uint8Array } {
  return input.kinds === undefined ? {} : { kinds: input.kinds };
}
