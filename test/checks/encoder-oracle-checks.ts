import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StreamEncoder } from '../../core/index.ts';
import { arbitraryCase, bits, type EncoderFamily, finish, runCut } from './encoder-family.ts';

const ORACLE_RUNS = 600;

/** A stream gives what an independent implementation, and the encoder's own offline pass, give for the whole of it. */
export function checkAgainstOracle<C, E extends StreamEncoder>(family: EncoderFamily<C, E>): void {
  const cases = arbitraryCase(family);

  it('equals, pushed and flushed, an independent dense float64 implementation', () => {
    let worst = 0;
    let undecided = 0;
    fc.assert(
      fc.property(cases, (one) => {
        const dense = family.oracle(one.encoder, one.input);
        const streamed = runCut(one.encoder, one);
        expect(streamed).toHaveLength(dense.length);
        const differences = dense.map((value, i) => Math.abs(value - (streamed[i] as number)));
        const i = differences.findIndex((difference) => !(difference < 2e-5));
        if (i < 0) worst = differences.reduce((a, b) => Math.max(a, b), worst);
        else if (family.undecided?.(one.encoder, one.input)) undecided += 1;
        else expect.fail(`number ${i} of the output: ${streamed[i]}, expected ${dense[i]}`);
      }),
      { numRuns: ORACLE_RUNS },
    );
    console.log(
      `${family.name}: largest difference from the dense float64 oracle ${worst.toExponential(2)}, ${undecided} cases undecided`,
    );
    expect(undecided).toBeLessThan(0.01 * ORACLE_RUNS);
  });

  const { offline } = family;
  if (offline === undefined) return;
  it('equals, pushed and flushed, its own pass over whole sequences bit for bit', () => {
    fc.assert(
      fc.property(cases, ({ encoder, input }) => {
        expect(bits(offline(encoder, input))).toBe(bits(finish(encoder.open(), input)));
      }),
      { numRuns: 300 },
    );
  });
}
