import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type StreamEncoder, TOKEN_KINDS } from '../../core/index.ts';
import { bits, type EncoderFamily, type EncoderInput, type Forgetting, finish, slice } from './encoder-family.ts';

const MAX_REACH = 240;
const MAX_PERIOD = 400;
/** Outputs compared after the reach. */
const COMPARED = 20;

interface Shift<E> {
  readonly encoder: E;
  /** A prefix and then a signal of `reach + COMPARED` tokens. */
  readonly input: EncoderInput;
  readonly prefix: number;
  readonly reach: number;
}

/** Configurations that keep nothing of the start of a stream forget what lies beyond their receptive field. */
export function checkShiftInvariance<C, E extends StreamEncoder>(family: EncoderFamily<C, E>): void {
  it('does not notice any prefix that lies beyond its receptive field', () => {
    let worst = 0;
    fc.assert(
      fc.property(arbitraryShift(family, 'any'), (shift) => {
        const [alone, shifted] = afterReach(shift);
        expect(shifted).toHaveLength(alone.length);
        alone.forEach((value, i) => {
          worst = Math.max(worst, Math.abs(value - (shifted[i] as number)));
        });
        expect(worst).toBeLessThan(2e-5);
      }),
      { numRuns: 120 },
    );
    console.log(`${family.name}: largest difference after a forgotten prefix ${worst.toExponential(2)}`);
  });

  it('does not notice bit for bit a prefix of whole blocks, without positions', () => {
    fc.assert(
      fc.property(arbitraryShift(family, 'period'), (shift) => {
        const [alone, shifted] = afterReach(shift);
        expect(bits(shifted)).toBe(bits(alone));
      }),
      { numRuns: 60 },
    );
  });
}

function arbitraryShift<C, E extends StreamEncoder>(
  family: EncoderFamily<C, E>,
  prefixes: 'any' | 'period',
): fc.Arbitrary<Shift<E>> {
  return fc
    .tuple(family.configs, fc.integer({ min: 0, max: 1e6 }))
    .map(([config, seed]) => ({ config, seed, encoder: family.create(config, seed) }))
    .map((made) => ({ ...made, forgetting: family.forgetting(made.encoder) }))
    .filter(({ forgetting }) => forgetting !== undefined && fits(forgetting, prefixes))
    .chain(({ config, seed, encoder, forgetting }) => {
      const { reach, period, step = 1 } = forgetting as Forgetting;
      const prefix =
        prefixes === 'any'
          ? fc.integer({ min: 1, max: Math.ceil(90 / step) }).map((steps) => steps * step)
          : fc.constant(period as number);
      return prefix.chain((count) =>
        family.input(encoder, count + reach + COMPARED).map((input) => ({
          encoder,
          input: withoutGlobals(input),
          prefix: count,
          reach,
          [fc.toStringMethod]: () => JSON.stringify({ config, seed, prefix: count, kinds: input.kinds?.join('') }),
        })),
      );
    });
}

function fits({ reach, period, step = 1 }: Forgetting, prefixes: 'any' | 'period'): boolean {
  const prefix = prefixes === 'any' ? step : period;
  return reach <= MAX_REACH && prefix !== undefined && prefix <= MAX_PERIOD;
}

/** A global stays in sight for ever, with all that it saw. */
function withoutGlobals(input: EncoderInput): EncoderInput {
  const { global, local } = TOKEN_KINDS;
  if (input.kinds === undefined) return input;
  return { ...input, kinds: input.kinds.map((kind) => (kind === global ? local : kind)) };
}

/** The outputs of the signal after the reach: the signal alone, and behind the prefix. */
function afterReach<E extends StreamEncoder>({
  encoder,
  input,
  prefix,
  reach,
}: Shift<E>): [Float32Array, Float32Array] {
  const alone = finish(encoder.open(), slice(encoder, input, prefix));
  const shifted = finish(encoder.open(), input);
  return [alone.subarray(reach * encoder.outputSize), shifted.subarray((prefix + reach) * encoder.outputSize)];
}
