import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StreamEncoder } from '../../core/index.ts';
import { arbitraryCase, bits, type EncoderFamily, finish, push, slice } from './encoder-family.ts';

/** Input that no stream takes is refused as a whole: by name, and with the state as it was. */
export function checkRefusals<C, E extends StreamEncoder>(family: EncoderFamily<C, E>): void {
  it('refuses a partial row and kinds that do not fit, state untouched', () => {
    fc.assert(
      fc.property(arbitraryCase(family, 20), ({ encoder, input, cuts }) => {
        const stream = encoder.open();
        push(stream, slice(encoder, input, 0, cuts[0] ?? 0));
        const before = bits(stream.snapshot());
        const { inputSize } = encoder;
        const rows = new Float32Array(2 * inputSize);
        const refuse = (tokens: Float32Array, kinds: Uint8Array | undefined, error: object): void => {
          expect(() => stream.push(tokens, kinds)).toThrow(expect.objectContaining(error));
          expect(() => stream.peek(tokens, kinds === undefined ? {} : { kinds })).toThrow(
            expect.objectContaining(error),
          );
        };
        const shape = { name: 'ShapeError', code: 'SHAPE_MISMATCH' };
        if (inputSize > 1) {
          refuse(new Float32Array(inputSize + 1), undefined, {
            ...shape,
            message: expect.stringContaining(`\`tokens\` to hold whole rows of ${inputSize} numbers`),
          });
        }
        const kinds = { ...shape, message: expect.stringContaining('`kinds`') };
        refuse(rows, Uint8Array.of(1), kinds);
        refuse(rows, Uint8Array.of(1, 1, 1), kinds);
        refuse(rows, Uint8Array.of(1, 3), {
          name: 'InputError',
          code: 'TOKEN_INVALID',
          message: expect.stringContaining(`token ${stream.position + 1} `),
        });
        expect(bits(stream.snapshot())).toBe(before);
      }),
      { numRuns: 120 },
    );
  });

  it('refuses tokens that its configuration does not take, state untouched', () => {
    fc.assert(
      fc.property(arbitraryCase(family), ({ encoder, input }) => {
        const start = slice(encoder, input, 0, 3);
        const stream = encoder.open();
        push(stream, start);
        const before = bits(stream.snapshot());
        for (const { what, tokens, kinds, code, message } of family.refused(encoder, stream.position)) {
          expect(() => stream.push(tokens, kinds), what).toThrow(
            expect.objectContaining({ name: 'InputError', code, message: expect.stringContaining(message) }),
          );
        }
        expect(bits(stream.snapshot())).toBe(before);
        const rest = slice(encoder, input, 3);
        expect(bits(finish(stream, rest))).toBe(bits(finish(replay(encoder, start), rest)));
      }),
      { numRuns: 240 },
    );
  });

  const { exhausting } = family;
  if (exhausting === undefined) return;
  it('takes as many tokens as it has positions for and refuses the next one, state untouched', () => {
    const { config, room } = exhausting;
    const encoder = family.create(config, 1);
    const [input] = fc.sample(family.input(encoder, room + 1), { numRuns: 1, seed: 1 });
    if (input === undefined) return expect.fail('no input');
    const stream = encoder.open();
    const exhausted = expect.objectContaining({ name: 'InputError', code: 'POSITION_EXHAUSTED' });
    expect(() => push(stream, input)).toThrow(exhausted);
    expect(stream.position).toBe(0);
    push(stream, slice(encoder, input, 0, room));
    const before = bits(stream.snapshot());
    expect(() => push(stream, slice(encoder, input, room))).toThrow(exhausted);
    expect(bits(stream.snapshot())).toBe(before);
    stream.reset();
    expect(push(stream, slice(encoder, input, 0, room))).toHaveLength(
      (room - encoder.latencyTokens) * encoder.outputSize,
    );
  });
}

function replay(encoder: StreamEncoder, start: Parameters<typeof push>[1]): ReturnType<StreamEncoder['open']> {
  const stream = encoder.open();
  push(stream, start);
  return stream;
}
